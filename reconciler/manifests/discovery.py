"""Finds the files to read as manifests. Nothing is opened here.

If a manifest were skipped without a word, its deployment would be deleted. So everything that cannot be
followed or listed is a finding. Only hidden files and folders are left out.

Paths are text here: they are shown as the user knows them, and links are followed only where that is checked.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.core.model.findings import Finding, Location
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.triton.files.confined_paths import within
from reconciler.triton.files.private_places import PRIVATE_ADVICE, private_part

FOLDER = "manifests"
MISSING = "does not exist"
YAML_ENDINGS = (".yaml", ".yml")
_REPLACE_LINK = "Put the file itself here, or remove the link."


class Candidate(NamedTuple):
    """A file that may hold manifests; one that was `named` by the user must. `shown` is its path from the
    root.
    """

    path: str
    shown: str
    named: bool


def discover(paths: Sequence[Path], root: Path) -> tuple[list[Candidate], list[Finding]]:
    """The files of these paths, or of `manifests/` when there are none; folders are searched. A missing
    `manifests/` holds no manifests.
    """
    search = _Search(root)
    for start in paths:
        search.take(os.path.abspath(start), named=True)
    if not paths:
        search.take(f"{search.base}/{FOLDER}", named=False)
    return sorted(search.files.values()), search.findings


def folders_without_manifests(paths: Sequence[Path], root: Path, used: Sequence[str]) -> Iterator[Finding]:
    """A finding for each of these paths that is a folder without manifests; `used` are the files that hold
    some, each as often as it has documents.
    """
    real = {os.path.realpath(file) for file in set(used)}
    for path in paths:
        files, findings = discover([path], root)
        if path.is_dir() and not findings and not any(os.path.realpath(file.path) in real for file in files):
            where = Location(os.path.relpath(path, root))
            yield Finding(where, "holds no manifest", "Check the path.")


def nothing_found(root: Path) -> str:
    """Says that there are no manifests, and where they are looked for when no path is named."""
    folder = os.path.relpath(root / FOLDER)
    if not os.path.isdir(folder):
        return f"no manifests: there is no folder {folder}/, where they are looked for"
    return f"no manifests in {folder}/: they are YAML files that hold kind: ModelDeployment"


class _Search:
    """One search of a repository. Every real folder is listed once, so links cannot lead in circles."""

    def __init__(self, root: Path) -> None:
        self.base = os.path.abspath(root)
        self.files: dict[str, Candidate] = {}
        self.findings: list[Finding] = []
        self._real_base = os.path.realpath(root)
        self._seen: set[str] = set()

    def take(self, start: str, named: bool) -> None:
        """Search from this path. One that was `named` must exist."""
        if not within(start, self.base):
            self._finding(start, "is outside the repository", f"The repository is {self.base}.")
        elif not os.path.lexists(start):
            if named:
                self._finding(start, MISSING, "Check the path.")
        elif not self._leads_inside(start):
            return
        elif os.path.isdir(start):
            self._search(start)
        else:
            self.files[start] = self._candidate(start, named=True)

    def _search(self, start: str) -> None:
        """Search a folder that leads inside. Only links are followed anew: to do so for every folder costs
        the square of the depth.
        """
        folders, links = [(start, os.path.realpath(start))], list[str]()
        while folders or links:
            # Links come last: a file that is also here under its own name is shown under that.
            folder, real = folders.pop() if folders else self._followed(links.pop())
            if not real or real in self._seen:
                continue
            self._seen.add(real)
            for entry in self._entries(folder):
                inside = f"{real}/{entry.name}"
                if entry.name.startswith(".") or (real == self._real_base and entry.name == SETTINGS_FILE):
                    continue
                if entry.is_symlink() and os.path.isdir(entry.path):
                    links.append(entry.path)
                elif not entry.is_dir(follow_symlinks=False):
                    self._file(entry)
                elif not self._is_private(entry.path, private_part(inside, real)):
                    folders.append((entry.path, inside))

    def _followed(self, link: str) -> tuple[str, str]:
        """A link to a folder, and where it leads: nowhere, when it leads out."""
        real = os.path.realpath(link)
        return link, real if real in self._seen or self._leads_inside(link) else ""

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except OSError as error:
            self._finding(folder, f"cannot be read: {error.strerror}", "Check its permissions.")
            return []

    def _file(self, entry: os.DirEntry[str]) -> None:
        """Note a YAML file; refuse a link to nothing, which may have been a folder of manifests."""
        is_yaml = entry.name.lower().endswith(YAML_ENDINGS)
        if entry.is_symlink() and (is_yaml or not os.path.exists(entry.path)):
            is_yaml = self._leads_inside(entry.path) and is_yaml
        if is_yaml:
            self.files.setdefault(entry.path, self._candidate(entry.path, named=False))

    def _leads_inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        if not within(real, self._real_base):
            self._finding(path, "leads out of the repository by a link", _REPLACE_LINK)
        elif self._is_private(path, private_part(real, self._real_base)):
            return False
        elif not os.path.exists(real):
            self._finding(path, "is a link to nothing", _REPLACE_LINK)
        else:
            return True
        return False

    def _is_private(self, path: str, part: str) -> bool:
        """Whether a part of this path is private, which is told."""
        if part:
            self._finding(path, f"leads into {part}: nothing there is read or packed", PRIVATE_ADVICE)
        return bool(part)

    def _candidate(self, path: str, named: bool) -> Candidate:
        return Candidate(path, os.path.relpath(path, self.base), named)

    def _finding(self, path: str, what: str, advice: str) -> None:
        shown = os.path.relpath(path, self.base) if within(path, self.base) else path
        self.findings.append(Finding(Location(shown), what, advice))
