"""What clients rely on: the versions that a server serves, and the contract of each."""

from dataclasses import dataclass, field
from typing import TypeAlias

from reconciler.core.model.served.contract import Contract

ModelVersion: TypeAlias = tuple[str, int]
"""A model's name and the number of a version of it."""

Versions: TypeAlias = frozenset[ModelVersion]
"""A version structure: what the server serves."""


@dataclass(frozen=True, slots=True)
class Structure:
    """The versions that are served, and the contracts of those whose contract is known, sorted.

    `contents` has the names of models, each with what stands for its content and for how it is served, where
    that is known. `assumed`: the start command is not known, so it is taken to load every model. `restricted`
    says what the server asks a header for, as its command does.
    """

    versions: Versions
    contracts: tuple[tuple[ModelVersion, Contract], ...] = ()
    contents: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    assumed: bool = False
    restricted: frozenset[str] = frozenset()


NOTHING = Structure(frozenset())


@dataclass(frozen=True, slots=True)
class WillNotServe:
    """The server would not start, or would serve nothing, for this reason."""

    why: str


Served: TypeAlias = Structure | WillNotServe


@dataclass(frozen=True, slots=True)
class Servings:
    """What one deployment serves on its way from live to desired.

    `now` is what it serves, None where that cannot be read. An update while it serves changes the container
    and the models one after the other, in one of two orders; in between the desired command starts on the
    live models (`container_first`), or the live command on the desired models (`models_first`). `desired` is
    what it serves in the end, None where nobody can tell.
    """

    now: Served | None
    container_first: Served | None
    models_first: Served | None
    desired: Served | None
