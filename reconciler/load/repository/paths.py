"""Files and folders as they lie on disk, as paths inside a model repository; and which names all machines can
take.

Nothing here opens a file, except small ones that may be a stand-in of Git LFS.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from fnmatch import translate
from pathlib import Path

from reconciler.core.artifact import Folder, LocalFile
from reconciler.core.errors import Location, Problem
from reconciler.load.repository.declared import LayoutFile

IGNORED = (".git*", ".DS_Store", "__pycache__", "*.pyc")
"""Names that are left out wherever they are."""

_IGNORED = re.compile("|".join(translate(pattern) for pattern in IGNORED))

LONGEST_NAME = 255
"""Bytes of UTF-8: the limit of a name on Linux file systems."""

LONGEST_PATH = 1024
"""Bytes of UTF-8: with room to spare below Linux's 4096, wherever the service unpacks the artifact."""

_MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_LFS = b"version https://git-lfs.github.com/spec/"
_LFS_LARGEST = 1024


def shown(path: Path | str, line: int = 0, column: int = 0) -> Location:
    """A place in a file for a message, by its whole path; who reads manifests makes it relative to the
    root.
    """
    return Location(str(path), line, column)


def ignored(name: str) -> bool:
    """Whether a file or folder of this name never belongs to a model repository."""
    return bool(_IGNORED.match(name))


def good_model_name(name: str) -> bool:
    """Whether a name can be a folder, a header of a request and part of a URL everywhere."""
    return bool(_MODEL_NAME.fullmatch(name))


def list_folder(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder and not ignored, sorted by name."""
    with os.scandir(folder) as found:
        return sorted((item for item in found if not ignored(item.name)), key=lambda item: item.name)


def collect(folder: Path, inside: str, root: Path) -> tuple[list[LayoutFile], list[Problem]]:
    """All files of a folder, and its empty folders, under `inside` in the repository. Links must not leave
    `root`.
    """
    files: list[LayoutFile] = []
    problems: list[Problem] = []
    for found in _walk(folder, inside, (root,)):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            files.append(found)
    return files, problems


def _walk(folder: Path, inside: str, around: tuple[Path, ...]) -> Iterator[LayoutFile | Problem]:
    """`around` is the root and then every folder that is being walked: a link to one of them never ends."""
    try:
        items = list_folder(folder)
    except OSError as error:
        yield Problem(shown(folder), f"cannot be read: {error.strerror}", "check its permissions")
        return
    if not items:
        yield LayoutFile(f"{inside}/", Folder())
    for item in items:
        yield from _walk_item(item, f"{inside}/{item.name}", (*around, folder))


def _walk_item(
    item: os.DirEntry[str], inside: str, around: tuple[Path, ...]
) -> Iterator[LayoutFile | Problem]:
    path = Path(item.path)
    if item.is_symlink():
        wrong = _bad_link(path, around)
        if wrong:
            yield wrong
            return
    if item.is_dir():
        yield from _walk(path, inside, around)
    elif item.is_file():
        yield from local_file(path, inside)
    else:
        yield Problem(shown(path), "neither a file nor a folder", "remove it from the model repository")


def _bad_link(path: Path, around: tuple[Path, ...]) -> Problem | None:
    root, *walked = (folder.resolve() for folder in around)
    try:
        end = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return Problem(shown(path), "a link that leads nowhere", "remove it, or put the file in its place")
    if not end.is_relative_to(root):
        return Problem(
            shown(path), f"a link that leaves {shown(root)}", "put a copy of the file in its place"
        )
    if end in walked:
        return Problem(shown(path), "a link to a folder that it is in", "remove it")
    return None


def local_file(path: Path, inside: str) -> Iterator[LayoutFile | Problem]:
    """One file, by its absolute path, unless it only stands in for the real one."""
    try:
        if path.stat().st_size <= _LFS_LARGEST and path.read_bytes().startswith(_LFS):
            yield Problem(
                shown(path), "a stand-in of Git LFS, not the file itself", "run `git lfs pull` first"
            )
            return
    except OSError as error:
        yield Problem(shown(path), f"cannot be read: {error.strerror}", "check its permissions")
        return
    yield LayoutFile(inside, LocalFile(str(path)))


def bad_paths(files: Iterable[LayoutFile], where: Location) -> Iterator[Problem]:
    """Paths that a zip, a file system or a terminal somewhere cannot take, and paths that differ by case
    alone.
    """
    seen: dict[str, str] = {}
    for file in files:
        place = shown(file.source.path) if isinstance(file.source, LocalFile) else where
        wrong = _bad_path(file.path) or _clash(file.path, seen)
        if wrong:
            yield Problem(place, wrong, "rename it")


def _bad_path(path: str) -> str:
    printable = path.encode(errors="backslashreplace").decode()
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return f"{printable!r}: the name is not UTF-8"
    if not {".", ".."}.isdisjoint(path.split("/")) or path.startswith("/"):
        return f"{path!r}: leaves the model repository"
    if _UNSAFE.search(path):
        return f"{path!r}: control characters and backslashes cannot be in a name"
    if size > LONGEST_PATH or max(len(part.encode()) for part in path.split("/")) > LONGEST_NAME:
        return f"{path[:60]}…: longer than {LONGEST_NAME} bytes a name or {LONGEST_PATH} bytes a path"
    return ""


def _clash(path: str, seen: dict[str, str]) -> str:
    """Says which path this one cannot stand beside. Every folder on the way is compared, each once."""
    parts = path.rstrip("/").split("/")
    for count in range(1, len(parts) + 1):
        part = "/".join(parts[:count])
        other = seen.setdefault(unicodedata.normalize("NFC", part).casefold(), part)
        if other != part:
            return f"{part!r} and {other!r} are one name where case does not count"
    return ""
