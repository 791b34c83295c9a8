"""A model file with the files that it keeps tensors in: those of an ONNX file lie in its folder and are named
in it (ONNX, docs/ExternalData.md). They come along by themselves wherever the model file goes.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.files.folder_walk import bad_link, local_file
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.portable_names import bad_path
from reconciler.triton.model_files.onnx_external_data import external_data
from reconciler.triton.model_files.remembered import once_for_each_file
from reconciler.triton.model_files.wire_format import NotReadable
from reconciler.triton.repository_layout import LayoutFile

ONNX = ".onnx"
MOST_NAMED = 10
"""Names of one message."""

SMALL = 4 << 20
"""Bytes up to which a file is searched for the word without which it has no tensors elsewhere. Most have
none, and reading all nodes of a model takes a while.
"""

_KEY = b"location"


def with_external_files(path: Path, inside: str, where: Location) -> tuple[list[LayoutFile], list[Finding]]:
    """A file of this machine, which gets the path `inside` in the model repository, and the files that belong
    to it. `where` is the place that names it.
    """
    file = local_file(path, inside)
    if isinstance(file, Finding):
        return [], [file]
    files, findings = [file], []
    locations = external_locations(path, inside)
    for location in locations:
        found = _external(path, location, inside)
        if isinstance(found, Finding):
            findings.append(found)
        elif found:
            files.append(found)
    return files, [*_outside(path, locations, where), *_missing(path, locations, where), *findings]


def external_locations(path: Path, inside: str = "") -> tuple[str, ...]:
    """The paths of the files in which a file of this machine keeps tensors, as it writes them; none where it
    is no ONNX file, or cannot be read.
    """
    if ONNX not in {path.suffix, PurePosixPath(inside).suffix}:
        return ()
    try:
        return _locations(LocalFiles({path.name: LocalFile(str(path))}), path.name)
    except OSError:
        return ()


@once_for_each_file
def _locations(files: LocalFiles, path: str) -> tuple[str, ...]:
    """Raises OSError as the port does."""
    if files.size(path) <= SMALL and _KEY not in files.read(path, 0, SMALL):
        return ()
    try:
        return external_data(files, path)
    except NotReadable:
        return ()


def _external(path: Path, location: str, inside: str) -> LayoutFile | Finding | None:
    """One of the files; None where something else is told of it."""
    place = _place(path, location) if stays_inside(location) else None
    if place is None:
        return None
    target = f"{PurePosixPath(inside).parent / location}"
    if target == inside:
        what = f"{path.name} keeps tensors in {location!r}, and gets that name itself"
        return Finding(Location(str(path)), what, "Name it otherwise, in `default_model_filename`.")
    folder = path.resolve().parent
    return bad_link(str(place), folder, {str(folder)}) or local_file(place, target)


def _place(path: Path, location: str) -> Path | None:
    """Where one of the files is: beside the model's file as it is named, or beside what that links to."""
    places = (folder / location for folder in (path.parent, path.resolve().parent))
    return next(filter(os.path.lexists, places), None)


def _outside(path: Path, locations: Sequence[str], where: Location) -> Iterator[Finding]:
    if names := [location for location in locations if not stays_inside(location)]:
        what = f"{path.name} keeps tensors in files that cannot come along: {_listed(names)}"
        yield Finding(
            where, what, "Save the model anew, with its data in files beside it, or in folders there."
        )


def _missing(path: Path, locations: Sequence[str], where: Location) -> Iterator[Finding]:
    inner = [location for location in locations if stays_inside(location)]
    if names := [location for location in inner if not _place(path, location)]:
        what = f"{path.name} keeps tensors in files that are not beside it: {_listed(names)}"
        yield Finding(where, what, "Put them there, or save the model with its data inside.")


def stays_inside(location: str) -> bool:
    """Whether it names a place below the folder of the model's file, by a name that can be packed."""
    return not bad_path(PurePosixPath(location).as_posix())


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(repr, names[:MOST_NAMED])) + more
