"""Which files to read as manifests. Nothing is opened here."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.core.errors import Location, Problem

FOLDER = "manifests"
_ENDINGS = (".yaml", ".yml")


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
    base = os.path.abspath(root)  # noqa: PTH100 - paths are shown as the user knows them
    starts = [os.path.abspath(path) for path in paths] or [f"{base}/{FOLDER}"]  # noqa: PTH100
    found: dict[str, Candidate] = {}
    problems: list[Problem] = []
    for start in starts:
        shown = os.path.relpath(start, base)
        if shown.startswith(".."):
            problems.append(
                Problem(Location(start), "is outside the repository", f"The repository is {base}.")
            )
        elif os.path.isdir(start):  # noqa: PTH112
            for path in _yaml_files(start):
                found.setdefault(path, Candidate(path, os.path.relpath(path, base), named=False))
        elif os.path.exists(start):  # noqa: PTH110
            found[start] = Candidate(start, shown, named=True)
        elif paths:
            problems.append(Problem(Location(shown), "does not exist", "Check the path."))
    return sorted(found.values()), problems


def _yaml_files(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (
            f"{place}/{name}" for name in names if name.endswith(_ENDINGS) and not name.startswith(".")
        )
