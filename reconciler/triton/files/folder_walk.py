"""Files and folders as they lie on disk, as paths inside a model repository; and which names all machines can
take.

Of each file the beginning is read: it may stand in for another one, or hold what must not be packed.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple

from reconciler.core.model.artifact import LARGEST, Folder, LocalFile
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.files.confined_paths import within
from reconciler.triton.files.credentials import SEARCHED, finding_in
from reconciler.triton.files.private_places import ADVICE as NOT_PRIVATE
from reconciler.triton.files.private_places import git_repository, private_name, private_part
from reconciler.triton.files.safe_open import identity_of, open_file, read_at
from reconciler.triton.layout import LayoutFile

IGNORED = (".git*", ".reconciler", ".DS_Store", "__pycache__", "*.pyc")
"""Names that are left out wherever they are, in letters of any case."""

MOST_FILES = 100_000
"""Files of one model; more are a mistake, or links that lead through each other."""

_IGNORED = re.compile("|".join(translate(pattern) for pattern in IGNORED), re.I)

LONGEST_NAME = 255
"""Bytes of UTF-8: the limit of a name on Linux file systems."""

LONGEST_PATH = 1024
"""Bytes of UTF-8: with room to spare below Linux's 4096, wherever the service unpacks the artifact."""

_MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Categories of characters that a terminal does not show: control, direction, line."""

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


def collect(folder: Path, inside: str, root: Path) -> tuple[list[LayoutFile], list[Finding]]:
    """All files of a folder, and its empty folders, under `inside` in the repository. Links must not leave
    `root`.
    """
    walk = _Walk(root)
    walk.take(folder, inside)
    return sorted(walk.files, key=lambda file: file.path), walk.findings


class _Place(NamedTuple):
    """A folder that is to be looked into: as it is named, where it really is, its path inside, and the real
    folders that it is in: a link to one of them never ends.
    """

    path: str
    real: str
    inside: str
    around: frozenset[str]


class _Walk:
    """One walk through a folder, without recursion: somebody may have made it deep, or a maze of links."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.files: list[LayoutFile] = []
        self.findings: list[Finding] = []
        self._pending: list[_Place] = []
        self._left = MOST_FILES

    def take(self, folder: Path, inside: str) -> None:
        """Look into a folder, and all that are in it."""
        root = os.path.realpath(self._root)
        self._pending = [_Place(str(folder), os.path.realpath(folder), inside, frozenset({root}))]
        while self._pending and self._left > 0:
            self._look_into(self._pending.pop())
        if self._left <= 0:
            what = f"holds more than {MOST_FILES} files and folders"
            self._wrong(str(folder), what, "pack them into one, or leave some out")

    def _look_into(self, place: _Place) -> None:
        if len(os.fsencode(place.inside)) > LONGEST_PATH:
            what = f"its path is longer than {LONGEST_PATH} bytes"
            self._wrong(place.path, what, "rename it, or move it up")
            return
        if git_repository(place.real):
            self._wrong(place.path, "a git repository, of which nothing is packed", NOT_PRIVATE)
            return
        try:
            items = list_folder(Path(place.path))
        except OSError as error:
            self._wrong(place.path, f"cannot be read: {error.strerror}", "check its permissions")
            return
        if not items:
            self.files.append(LayoutFile(f"{place.inside}/", Folder()))
        self._left -= max(1, len(items))
        if self._left > 0:
            folders = [found for item in items if (found := self._item(item, place))]
            self._pending += reversed(folders)

    def _item(self, item: os.DirEntry[str], place: _Place) -> _Place | None:
        """What of it is a folder is returned."""
        inside, real = f"{place.inside}/{item.name}", f"{place.real}/{item.name}"
        around = place.around | {place.real}
        if private_name(item.name):
            self._wrong(item.path, "its name stands for git's own on some machines", "rename it")
        elif item.is_symlink() and (wrong := bad_link(item.path, self._root, around)):
            self.findings.append(wrong)
        elif item.is_dir():
            return _Place(item.path, os.path.realpath(real), inside, around)
        elif item.is_file():
            self._file(local_file(Path(item.path), inside))
        else:
            self._wrong(item.path, "neither a file nor a folder", "remove it from the model repository")
        return None

    def _file(self, found: LayoutFile | Finding) -> None:
        if isinstance(found, Finding):
            self.findings.append(found)
        else:
            self.files.append(found)

    def _wrong(self, path: str, what: str, advice: str) -> None:
        self.findings.append(Finding(shown(path), what, advice))


def bad_link(path: str, root: Path, around: Set[str]) -> Finding | None:
    """What is wrong with a link in a folder of the model repository; `around`: the real folders it is in."""
    place, real = shown(path), os.path.realpath(root)
    try:
        end = os.path.realpath(path, strict=True)
    except OSError:
        return Finding(place, "a link that leads nowhere", "remove it, or put the file in its place")
    if not within(end, real):
        return Finding(place, f"a link that leaves {shown(root)}", "put a copy of the file in its place")
    if part := private_part(end, real):
        return Finding(place, f"a link into {part}, of which nothing is packed", NOT_PRIVATE)
    if end in around:
        return Finding(place, "a link to a folder that it is in", "remove it")
    return None


def local_file(path: Path, inside: str) -> LayoutFile | Finding:
    """One file, by its absolute path, unless it only stands in for the real one, or must not be packed."""
    try:
        with open_file(str(path)) as descriptor:
            status = os.fstat(descriptor)
            start = read_at(descriptor, 0, SEARCHED)
    except OSError as error:
        return Finding(shown(path), f"cannot be read: {error.strerror}", "check its permissions")
    if status.st_size <= _LFS_LARGEST and start.startswith(_LFS):
        return Finding(shown(path), "a stand-in of Git LFS, not the file itself", "run `git lfs pull` first")
    if status.st_size > LARGEST:
        what = f"larger than {LARGEST} bytes, the most that the model catalog takes"
        return Finding(shown(path), what, "split the model, or leave the file out")
    if wrong := finding_in(start, status.st_size, str(path)):
        return wrong
    return LayoutFile(inside, LocalFile(str(path)), identity=identity_of(status))


def credential_at(path: str) -> Finding | None:
    """The credential that a file holds, by its beginning, as for a file of a model. Raises OSError, also for
    what is no file.
    """
    with open_file(path) as descriptor:
        return finding_in(read_at(descriptor, 0, SEARCHED), os.fstat(descriptor).st_size, path)


def bad_paths(files: Iterable[LayoutFile], where: Location) -> Iterator[Finding]:
    """Paths that a zip, a file system or a terminal somewhere cannot take, and paths that differ by case
    alone.
    """
    seen: dict[str, str] = {}
    for file in files:
        place = shown(file.source.path) if isinstance(file.source, LocalFile) else where
        wrong = _bad_path(file.path) or _clash(file.path, seen)
        if wrong:
            yield Finding(place, wrong, "rename it")


def _bad_path(path: str) -> str:
    printable = path.encode(errors="backslashreplace").decode()
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return f"{printable!r}: the name is not UTF-8"
    if not {".", ".."}.isdisjoint(path.split("/")) or path.startswith("/"):
        return f"{path!r}: leaves the model repository"
    if "\\" in path or any(unicodedata.category(letter) in _UNSEEN for letter in path):
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
