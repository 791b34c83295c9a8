"""Which files to read as manifests. Nothing is opened here.

A manifest that is passed over in silence would be a deployment that is deleted: so whatever cannot be
followed or looked into is a problem. Only hidden files and folders are left out.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.core.errors import Location, Problem
from reconciler.load.paths import within
from reconciler.load.private import ADVICE as NOT_PRIVATE
from reconciler.load.private import private_part
from reconciler.load.repository_file import FILE_NAME

FOLDER = "manifests"
MISSING = "does not exist"
_ENDINGS = (".yaml", ".yml")
_REPLACE_LINK = "Put the file itself here, or remove the link."


class Candidate(NamedTuple):
    """A file that may hold manifests; one that was `named` outright has to. `shown` is its path from the
    root.
    """

    path: str
    shown: str
    named: bool


def discover(paths: Sequence[Path], root: Path) -> tuple[list[Candidate], list[Problem]]:
    """The files of these paths, or of `manifests/`; folders are searched. A missing `manifests/` holds no
    manifests.
    """
    search = _Search(root)
    for start in paths:
        search.take(os.path.abspath(start), named=True)  # noqa: PTH100 - paths are shown as the user knows them
    if not paths:
        search.take(f"{search.base}/{FOLDER}", named=False)
    return sorted(search.found.values()), search.problems


def barren(paths: Sequence[Path], root: Path, held: Sequence[str]) -> Iterator[Problem]:
    """A problem for each of these paths that is a folder without manifests; `held` are the files that were
    found to hold some.
    """
    real = {os.path.realpath(file) for file in set(held)}  # a file has as many documents as it likes
    for path in paths:
        files, problems = discover([path], root)
        if path.is_dir() and not problems and not any(os.path.realpath(file.path) in real for file in files):
            where = Location(os.path.relpath(path, root))
            yield Problem(where, "holds no manifest", "Check the path; it names a folder without any.")


def none_words(root: Path) -> str:
    """That nothing was found without any path, and where it was looked for."""
    folder = os.path.relpath(root / FOLDER)
    if not os.path.isdir(folder):  # noqa: PTH112 - as below
        return f"no manifests: there is no folder {folder}/, where they are looked for"
    return f"no manifests in {folder}/: they are YAML files that hold kind: ModelDeployment"


class _Search:
    """One search of a repository. Every real folder is looked into once, so links cannot lead in circles."""

    def __init__(self, root: Path) -> None:
        self.base = os.path.abspath(root)  # noqa: PTH100 - as above
        self.found: dict[str, Candidate] = {}
        self.problems: list[Problem] = []
        self._real_base = os.path.realpath(root)
        self._seen: set[str] = set()

    def take(self, start: str, named: bool) -> None:
        """A path to start from. One that was `named` has to exist."""
        if not within(start, self.base):
            self._problem(start, "is outside the repository", f"The repository is {self.base}.")
        elif not os.path.lexists(start):
            if named:
                self._problem(start, MISSING, "Check the path.")
        elif not self._leads_inside(start):
            return
        elif os.path.isdir(start):  # noqa: PTH112 - as above
            self._search(start)
        else:
            self.found[start] = self._candidate(start, named=True)

    def _search(self, start: str) -> None:
        folders, links = [start], list[str]()
        while folders or links:
            # Links last: what also lies here under its own name is shown under that.
            folder = folders.pop() if folders else links.pop()
            real = os.path.realpath(folder)
            if real in self._seen or not self._leads_inside(folder):
                continue
            self._seen.add(real)
            for entry in self._entries(folder):
                if entry.name.startswith(".") or (real == self._real_base and entry.name == FILE_NAME):
                    continue
                if os.path.isdir(entry.path):  # noqa: PTH112 - as above
                    (links if entry.is_symlink() else folders).append(entry.path)
                else:
                    self._file(entry)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except OSError as error:
            self._problem(folder, f"cannot be read: {error.strerror}", "Check its permissions.")
            return []

    def _file(self, entry: os.DirEntry[str]) -> None:
        """A file, or a link to nothing, which might have been a folder of manifests."""
        ours = entry.name.lower().endswith(_ENDINGS)
        if entry.is_symlink() and (ours or not os.path.exists(entry.path)):  # noqa: PTH110 - as above
            ours = self._leads_inside(entry.path) and ours
        if ours:
            self.found.setdefault(entry.path, self._candidate(entry.path, named=False))

    def _leads_inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        if not within(real, self._real_base):
            self._problem(path, "leads out of the repository by a link", _REPLACE_LINK)
        elif part := private_part(real, self._real_base):
            self._problem(path, f"leads into {part}: nothing there is read or packed", NOT_PRIVATE)
        elif not os.path.exists(real):  # noqa: PTH110 - as above
            self._problem(path, "is a link to nothing", _REPLACE_LINK)
        else:
            return True
        return False

    def _candidate(self, path: str, named: bool) -> Candidate:
        return Candidate(path, os.path.relpath(path, self.base), named)

    def _problem(self, path: str, what: str, advice: str) -> None:
        shown = os.path.relpath(path, self.base) if within(path, self.base) else path
        self.problems.append(Problem(Location(shown), what, advice))
