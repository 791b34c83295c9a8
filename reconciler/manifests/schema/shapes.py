"""What a YAML document may look like, as values: one description from which both the reader and the JSON
Schema are made.

A shape is derived from a frozen dataclass and the notes (`Annotated`) on its fields; so a field exists once,
in the dataclass. Reading is `schema.reader`'s business, JSON Schema is `schema.json_schema`'s.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from reconciler.core.model.configuration import Secret

# Notes for fields.


@dataclass(frozen=True, slots=True)
class Doc:
    """What a field is for; editors show it, and messages about a missing field do."""

    text: str
    examples: tuple[str | int | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """The name in YAML where it is not the Python name in camelCase."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Limits of a text; `pattern` must be anchored, `what` says it in words, `why` is told to those who are
    past them.
    """

    pattern: str = ""
    what: str = "text"
    longest: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Between:
    """Limits of a number, both included."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries a list or a mapping may have; `why` is told to those who are past the limits."""

    least: int = 0
    most: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """Limits of the keys of a mapping."""

    text: Text


@dataclass(frozen=True, slots=True)
class OneOf:
    """Of these fields at least one must be given, or exactly one."""

    names: tuple[str, ...]
    exactly: bool


# Shapes.


@dataclass(frozen=True, slots=True)
class TextShape:
    """Text; with `secret`, it may be the name of one instead."""

    limits: Text = Text()
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceShape:
    """One of a few words; `enum` is what they become."""

    words: tuple[str, ...]
    enum: type[StrEnum] | None = None


@dataclass(frozen=True, slots=True)
class NumberShape:
    """A number; `whole` without a fraction."""

    whole: bool
    limits: Between = Between()


@dataclass(frozen=True, slots=True)
class BoolShape:
    """true or false."""


@dataclass(frozen=True, slots=True)
class ListShape:
    """A list of one kind of thing."""

    item: "Shape"
    count: Count = Count()


@dataclass(frozen=True, slots=True)
class MapShape:
    """A mapping whose keys the user chooses."""

    value: "Shape"
    keys: Text = Text()
    count: Count = Count()


@dataclass(frozen=True, slots=True)
class FreeShape:
    """A mapping that may hold anything."""


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field of a table: its name in YAML, in Python, and what it holds."""

    key: str
    attribute: str
    shape: "Shape"
    required: bool
    doc: Doc


@dataclass(frozen=True, slots=True)
class TableShape:
    """A mapping with known fields, read into a dataclass."""

    cls: type[Any]
    fields: tuple[FieldShape, ...]
    one_of: OneOf | None = None

    def by_key(self) -> dict[str, FieldShape]:
        """The fields by their names in YAML."""
        return {field.key: field for field in self.fields}


@dataclass(frozen=True, slots=True)
class UnionShape:
    """One of several; they differ in kind, or, as tables, in their fields."""

    options: tuple["Shape", ...]


Shape: TypeAlias = (
    TextShape
    | ChoiceShape
    | NumberShape
    | BoolShape
    | ListShape
    | MapShape
    | FreeShape
    | TableShape
    | UnionShape
)
Notes: TypeAlias = tuple[object, ...]
N = TypeVar("N")


def table_of(cls: type[Any]) -> TableShape:
    """The shape of a described dataclass."""
    described: Any = cls  # mypy does not take a class for hashable
    return _table_of(described)


@cache
def _table_of(cls: Any) -> TableShape:
    hints = get_type_hints(cls, include_extras=True)
    hints.pop("ONE_OF", None)
    made = []
    for item in fields(cls):
        kind, notes = _unwrap(hints[item.name])
        key = _note(notes, Key)
        required = item.default is MISSING and item.default_factory is MISSING
        name = key.name if key else _camel(item.name)
        made.append(FieldShape(name, item.name, _shape(kind, notes), required, _note(notes, Doc) or Doc("")))
    return TableShape(cls, tuple(made), getattr(cls, "ONE_OF", None))


def _shape(kind: Any, notes: Notes) -> Shape:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ChoiceShape(tuple(str(word) for word in args))
    if origin in (Union, types.UnionType):
        return _union(args, notes)
    if origin is tuple:
        return ListShape(_inner(args[0]), _note(notes, Count) or Count())
    if origin is Mapping:
        return _mapping(args[1], notes)
    if kind is str:
        return TextShape(_note(notes, Text) or Text())
    if kind in (int, float):
        return NumberShape(kind is int, _note(notes, Between) or Between())
    if kind is bool:
        return BoolShape()
    if is_dataclass(kind) and isinstance(kind, type):
        return table_of(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ChoiceShape(tuple(word.value for word in kind), kind)
    raise TypeError(f"no shape for {kind!r}")


def _union(args: tuple[Any, ...], notes: Notes) -> Shape:
    kinds = [kind for kind in args if kind is not types.NoneType]
    if Secret in kinds:
        return TextShape(_note(notes, Text) or Text(), secret=True)
    return UnionShape(tuple(_inner(kind, notes) for kind in kinds))


def _mapping(value: Any, notes: Notes) -> Shape:
    if value is object:
        return FreeShape()
    keys = _note(notes, Keys)
    return MapShape(_inner(value), keys.text if keys else Text(), _note(notes, Count) or Count())


def _inner(hint: Any, notes: Notes = ()) -> Shape:
    kind, own = _unwrap(hint)
    return _shape(kind, own + notes)


def _unwrap(hint: Any) -> tuple[Any, Notes]:
    """The hint without its notes, also where they are inside of `… | None`; and the notes."""
    if get_origin(hint) is Annotated:
        kind, *notes = get_args(hint)
        inner, more = _unwrap(kind)
        return inner, (*notes, *more)
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not types.NoneType]
        if len(kinds) == 1:
            return _unwrap(kinds[0])
    return hint, ()


def _note(notes: Notes, kind: type[N]) -> N | None:
    return next((note for note in notes if isinstance(note, kind)), None)


def _camel(name: str) -> str:
    first, *rest = name.strip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)
