"""Walks through folders of models: their files, as files of a model repository, and everything that must not
be packed.

The beginning of each file is read: it may only stand for the real file, or hold a credential.
"""

import os
import re
from collections.abc import Iterator, Set
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple

from reconciler.core.model.artifact import LARGEST_ARTIFACT, Folder, LocalFile
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.files.confined_paths import within
from reconciler.triton.files.credentials_in_files import SEARCHED, finding_in
from reconciler.triton.files.portable_names import LONGEST_PATH
from reconciler.triton.files.private_places import PRIVATE_ADVICE, git_repository, private_name, private_part
from reconciler.triton.files.safe_open import identity_of, open_file, read_at
from reconciler.triton.repository_layout import LayoutFile

IGNORED = (".git*", ".reconciler", ".DS_Store", "__pycache__", "*.pyc")
"""Names that are left out wherever they are, in letters of any case."""

MOST_FILES = 100_000
"""Files of one model; more are a mistake, or links that lead through each other."""

_IGNORED = re.compile("|".join(translate(pattern) for pattern in IGNORED), re.I)
_LFS = b"version https://git-lfs.github.com/spec/"
_LFS_LARGEST = 1024


def left_out(name: str) -> bool:
    """Whether nothing of this name is ever packed, wherever it is."""
    return bool(_IGNORED.match(name)) or private_name(name)


def list_folder(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder and not ignored, sorted by name."""
    with os.scandir(folder) as items:
        return sorted((item for item in items if not _IGNORED.match(item.name)), key=lambda item: item.name)


def collect(folder: Path, inside: str, root: Path) -> tuple[list[LayoutFile], list[Finding]]:
    """All files of a folder, and its empty folders; `inside` is their path in the model repository. Links
    must not leave `root`.
    """
    walk = _Walk(root)
    walk.take(folder, inside)
    return sorted(walk.files, key=lambda file: file.path), walk.findings


class _Place(NamedTuple):
    """A folder to look into: its path as it is named, its real path, its path inside the model repository,
    and the real folders around it: a link to one of them would never end.
    """

    path: str
    real: str
    inside: str
    around: frozenset[str]


class _Walk:
    """One walk through a folder, without recursion: it may be deep, or a maze of links."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.files: list[LayoutFile] = []
        self.findings: list[Finding] = []
        self._pending: list[_Place] = []
        self._left = MOST_FILES

    def take(self, folder: Path, inside: str) -> None:
        """Look into a folder, and into all folders in it."""
        root = os.path.realpath(self._root)
        self._pending = [_Place(str(folder), os.path.realpath(folder), inside, frozenset({root}))]
        while self._pending and self._left > 0:
            self._look_into(self._pending.pop())
        if self._left <= 0:
            what = f"holds more than {MOST_FILES} files and folders"
            self._refuse(str(folder), what, "Pack them into one, or leave some out.")

    def _look_into(self, place: _Place) -> None:
        if len(os.fsencode(place.inside)) > LONGEST_PATH:
            what = f"its path is longer than {LONGEST_PATH} bytes"
            self._refuse(place.path, what, "Rename it, or move it up.")
            return
        if git_repository(place.real):
            self._refuse(place.path, "a git repository, of which nothing is packed", PRIVATE_ADVICE)
            return
        try:
            items = list_folder(Path(place.path))
        except OSError as error:
            self._refuse(place.path, f"cannot be read: {error.strerror}", "Check its permissions.")
            return
        if not items:
            self.files.append(LayoutFile(f"{place.inside}/", Folder()))
        self._left -= max(1, len(items))
        if self._left > 0:
            around = place.around | {place.real}
            folders = [folder for item in items for folder in self._item(item, place, around)]
            self._pending += reversed(folders)

    def _item(self, item: os.DirEntry[str], place: _Place, around: frozenset[str]) -> Iterator[_Place]:
        """Note a file, or a finding; yield a folder."""
        inside, real = f"{place.inside}/{item.name}", f"{place.real}/{item.name}"
        if private_name(item.name):
            self._refuse(item.path, "its name stands for git's own on some machines", "Rename it.")
        elif item.is_symlink() and (wrong := bad_link(item.path, self._root, around)):
            self.findings.append(wrong)
        elif item.is_dir():
            yield _Place(item.path, os.path.realpath(real) if item.is_symlink() else real, inside, around)
        elif item.is_file():
            file = local_file(Path(item.path), inside)
            if isinstance(file, Finding):
                self.findings.append(file)
            else:
                self.files.append(file)
        else:
            self._refuse(item.path, "neither a file nor a folder", "Remove it from the model repository.")

    def _refuse(self, path: str, what: str, advice: str) -> None:
        self.findings.append(Finding(Location(path), what, advice))


def bad_link(path: str, root: Path, around: Set[str]) -> Finding | None:
    """What is wrong with a link in a folder of the model repository; `around`: the real folders it is in."""
    where, real_root = Location(path), os.path.realpath(root)
    try:
        end = os.path.realpath(path, strict=True)
    except OSError:
        return Finding(where, "a link that leads nowhere", "Remove it, or put the file in its place.")
    if not within(end, real_root):
        return Finding(
            where, f"a link that leaves the folder {root.name!r}", "Put a copy of the file in its place."
        )
    if part := private_part(end, real_root):
        return Finding(where, f"a link into {part}, of which nothing is packed", PRIVATE_ADVICE)
    if end in around:
        return Finding(where, "a link to a folder that it is in", "Remove it.")
    return None


def local_file(path: Path, inside: str) -> LayoutFile | Finding:
    """One file, by its absolute path; a finding when it stands for another file, or must not be packed."""
    where = Location(str(path))
    try:
        with open_file(str(path)) as descriptor:
            status = os.fstat(descriptor)
            start = read_at(descriptor, 0, SEARCHED)
    except OSError as error:
        return Finding(where, f"cannot be read: {error.strerror}", "Check its permissions.")
    if status.st_size <= _LFS_LARGEST and start.startswith(_LFS):
        return Finding(where, "a stand-in of Git LFS, not the file itself", "Run `git lfs pull` first.")
    if status.st_size > LARGEST_ARTIFACT:
        what = f"larger than {LARGEST_ARTIFACT} bytes, the most that the model catalog takes"
        return Finding(where, what, "Split the model, or leave the file out.")
    if credential := finding_in(start, status.st_size, str(path)):
        return credential
    return LayoutFile(inside, LocalFile(str(path)), identity=identity_of(status), size=status.st_size)


def credential_at(path: str) -> Finding | None:
    """The credential in the beginning of a file, as for a file of a model. Raises OSError, also for what is
    not a file.
    """
    with open_file(path) as descriptor:
        return finding_in(read_at(descriptor, 0, SEARCHED), os.fstat(descriptor).st_size, path)
