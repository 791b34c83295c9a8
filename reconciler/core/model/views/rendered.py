"""A manifest as it is for a target, with the origin of every value in it: what `reconcile render` shows.

Secrets are in it by the text of the template that names them, never by value.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Location


class WrittenIn(StrEnum):
    """Which part of a repository a value stands in."""

    DEFAULT = "default"
    MANIFEST = "manifest"
    PATCH = "patch"


class InputKind(StrEnum):
    """Where a template, or the value itself, takes something from."""

    VALUES = "values"
    SET = "set"
    ENVIRONMENT = "environment"
    FALLBACK = "fallback"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Input:
    """What was put in: the place below `values`, or the name of a variable of the environment. A fallback is
    what the template has for a place that is not defined; a pin decides which image it is.
    """

    kind: InputKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from. A default has no place."""

    written: WrittenIn
    where: Location | None = None
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedValue:
    """One value; also a list or a mapping that is empty."""

    value: Json
    origin: Origin


@dataclass(frozen=True, slots=True)
class RenderedList:
    """A list that is not empty."""

    items: "tuple[Rendered, ...]"


@dataclass(frozen=True, slots=True)
class RenderedTable:
    """A mapping that is not empty. `removed` are the keys that the patch takes out, and where it does."""

    fields: "tuple[tuple[str, Rendered], ...]"
    removed: tuple[tuple[str, Location], ...] = ()


Rendered: TypeAlias = RenderedValue | RenderedList | RenderedTable


@dataclass(frozen=True, slots=True)
class RenderedManifest:
    """One manifest: the name of its deployment, its place, and what it says for the target."""

    name: str
    where: Location
    root: RenderedTable
