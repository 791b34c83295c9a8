"""Finds the files that a configuration names, as the operating system would: every folder on the way must be
there. Nothing is judged here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Field, Repository


class Is(StrEnum):
    """What is at a place. UNKNOWN: it is outside of the model repository, or in a model that is not known."""

    FILE = "a file"
    FOLDER = "a folder"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a configuration names. A file has its path in the folder of `model` as `inside`."""

    found: Is
    model: RepositoryModel | None = None
    inside: str = ""

    def size(self) -> int | None:
        """Bytes; None when nobody can tell."""
        try:
            return self.model.content.size(f"{self.model.name}/{self.inside}") if self.model else None
        except OSError:
            return None

    def read(self, length: int) -> bytes | None:
        """The first bytes; None when they cannot be read."""
        try:
            path = f"{self.model.name}/{self.inside}" if self.model else ""
            return self.model.content.read(path, 0, length) if self.model else None
        except OSError:
            return None


def find(model: RepositoryModel, repository: Repository, path: str) -> Place:
    """What is at a path that starts in the model's folder."""
    reached = [model.name]
    for part in path.split("/"):
        if part in ("", "."):
            continue
        here = _at(reached, repository)
        if here.found is not Is.FOLDER:
            return here if here.found is Is.UNKNOWN else Place(Is.MISSING)
        if part != "..":
            reached.append(part)
        elif reached:
            reached.pop()
        else:
            return Place(Is.UNKNOWN)
    place = _at(reached, repository)
    return Place(Is.MISSING) if place.found is Is.FILE and path.endswith("/") else place


def _at(reached: Sequence[str], repository: Repository) -> Place:
    if not reached:
        return Place(Is.FOLDER)
    if reached[0] not in repository:
        return Place(Is.MISSING)
    model, inside = repository[reached[0]], "/".join(reached[1:])
    if model is None:
        return Place(Is.UNKNOWN)
    if inside in model.paths:
        return Place(Is.FILE, model, inside)
    if not inside or inside in _folders(model.paths):
        return Place(Is.FOLDER)
    return Place(Is.UNKNOWN if model.handed_on else Is.MISSING)


@lru_cache(maxsize=16)
def _folders(paths: frozenset[str]) -> frozenset[str]:
    """All folders that these paths are in, or that they are."""
    ends = ((path, at) for path in paths for at, character in enumerate(path) if character == "/")
    return frozenset(path[:at] for path, at in ends)


def not_a_file(place: Place, what: str, looked_for: str, field: Field) -> Iterator[Fault]:
    """The fault of a place that holds no file. `what` names it; `looked_for` is its path in the model."""
    if place.found is Is.MISSING:
        yield Fault(f"{what} is not there", f"Triton looks for {looked_for} in the model's folder.", field)
    elif place.found is Is.FOLDER:
        yield Fault(f"{what} is a folder, which ends a server that loads it", "Name a file.", field)
