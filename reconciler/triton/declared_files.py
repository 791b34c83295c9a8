"""The files of a declared model: what each of its versions holds, and what its `files` add, put where Triton
looks for them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconciler.core.model.artifact import Remote
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.urls import BadUrl, read_url
from reconciler.triton.config_file import CONFIG_FILE, config_paths
from reconciler.triton.external_files import with_external_files
from reconciler.triton.files.folder_walk import collect, left_out
from reconciler.triton.files.portable_names import bad_path, one_name
from reconciler.triton.repository_layout import LayoutFile
from reconciler.triton.version_policy import LARGEST_VERSION, looks_like_version, version_number


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is fetched when the artifact is packed; `sha256` has 64 hex digits."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DeclaredVersion:
    """One version of a model, and where its content is: a file or a folder (an absolute path), or a file at a
    URL.
    """

    number: int
    content: Path | RemoteFile
    where: Location


@dataclass(frozen=True, slots=True)
class DeclaredFile:
    """Another file or folder of a model, by its path in the model's folder."""

    path: str
    content: Path | RemoteFile
    where: Location


Laid = tuple[list[LayoutFile], list[Finding]]
"""Files, and what is wrong with others."""


def files_of_version(name: str, version: DeclaredVersion, known_as: str) -> Laid:
    """The content of a version of the model `name`. A single file is `known_as` to the model's backend; it
    keeps its own name where that is empty.
    """
    if not 1 <= version.number <= LARGEST_VERSION:
        what = f"{version.number} cannot be a version of {name!r}"
        return [], [Finding(version.where, what, "Versions are whole numbers from 1.")]
    inside, content = f"{name}/{version.number}", version.content
    if isinstance(content, Path) and content.is_dir():
        return collect(content, inside, content)
    try:
        own = content.name if isinstance(content, Path) else PurePosixPath(read_url(content.url).path).name
    except BadUrl:
        own = ""  # said of the URL below
    return _content(content, f"{inside}/{known_as or own or 'model'}", version.where)


def files_beside(
    name: str, files: Sequence[DeclaredFile], versions: Iterable[int], laid: Iterable[LayoutFile]
) -> Laid:
    """What `files` of the model `name` adds to what is `laid` out already, its `versions`."""
    taken = _Taken(name, laid)
    numbers = frozenset(versions)
    added: list[LayoutFile] = []
    findings: list[Finding] = []
    for file in files:
        if wrong := _wrong_path(file, numbers):
            findings.append(wrong)
            continue
        of_file, wrongs = _content(file.content, f"{name}/{file.path}", file.where)
        findings += wrongs
        if clash := next(filter(None, (taken.clash(one.path) for one in of_file)), ""):
            what = f"{file.path!r}: {clash}"
            findings.append(Finding(file.where, what, "Rename one of the two, or leave it out."))
        else:
            taken.add(of_file)
            added += of_file
    return added, findings


def _content(content: Path | RemoteFile, inside: str, where: Location) -> Laid:
    match content:
        case RemoteFile(url, sha256):
            try:
                read_url(url)
            except BadUrl as bad:
                return [], [Finding(where, f"the URL {bad.what}", bad.advice)]
            return [LayoutFile(inside, Remote(url), sha256.lower())], []
        case Path() as path if path.is_dir():
            return collect(path, inside, path)
        case Path() as path if path.is_file():
            return with_external_files(path, inside, where)
        case path:
            return [], [Finding(where, f"no such file or folder: {path}", "Check the path.")]


def _wrong_path(file: DeclaredFile, versions: frozenset[int]) -> Finding | None:
    """What keeps a path from being one of `files`."""
    parts = file.path.split("/")
    number = version_number(parts[0])
    if wrong := bad_path(file.path) or ("" if all(parts) else f"{file.path!r}: a name in it is empty"):
        return Finding(file.where, wrong, "Name a path in the model's folder, such as labels.txt.")
    if unpacked := next(filter(left_out, parts), ""):
        what = f"{file.path!r}: nothing of the name {unpacked!r} is ever packed"
        return Finding(file.where, what, "Rename it.")
    if file.path.casefold() == CONFIG_FILE:
        return Finding(file.where, f"{file.path!r} is the configuration itself", "Name it in `config`.")
    if isinstance(file.content, RemoteFile) and config_paths([file.path]):
        what = f"{file.path!r} is a configuration, and is not on this machine"
        return Finding(file.where, what, "Name a file: what is served depends on what it says.")
    if len(parts) == 1 and (number is not None or looks_like_version(parts[0])):
        what = f"{file.path!r} would be a version of the model"
        return Finding(file.where, what, "Declare it in `versions`.")
    if number is not None and number not in versions:
        what = f"{file.path!r}: there is no version {number}"
        return Finding(
            file.where, what, "Declare the version in `versions`: its folder alone would make it one."
        )
    return None


class _Taken:
    """Paths of the model `name` that are taken, by files and by the folders that they are in."""

    def __init__(self, name: str, files: Iterable[LayoutFile]) -> None:
        self._name = name
        self._files: set[str] = set()
        self._spelled: dict[str, str] = {}
        self.add(files)

    def add(self, files: Iterable[LayoutFile]) -> None:
        for file in files:
            self._files.add(file.path)
            for part in (*_folders(file.path), file.path):
                self._spelled.setdefault(one_name(part), part)

    def clash(self, path: str) -> str:
        """Why a file of this path, or an empty folder, cannot be there, too; empty where it can."""
        for part in (*_folders(path), path):
            other = self._spelled.get(one_name(part), part)
            if other != part:
                return (
                    f"{self._inside(part)} and {self._inside(other)} are one name where case does not count"
                )
        if one_name(path) in self._spelled or not self._files.isdisjoint(_folders(path)):
            return f"{self._inside(path)} is in {self._name!r} already"
        return ""

    def _inside(self, path: str) -> str:
        return repr(path.removeprefix(f"{self._name}/"))


def _folders(path: str) -> Iterator[str]:
    """The folders that a path leads through; an empty folder is one of them."""
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))
