"""Forms: what may be at a place of a YAML document, as values. The reader and the JSON Schema are both made
from them.

A form is derived from a frozen dataclass and the notes (`Annotated`) on its fields, so that every field is
declared once. Reading is done by `schema.reader`, JSON Schema by `schema.json_schema`.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from reconciler.core.model.configuration import Secret
from reconciler.manifests.schema.notes import (
    ANY_COUNT,
    ANY_NUMBER,
    ANY_TEXT,
    Between,
    Count,
    Doc,
    Key,
    Keys,
    OneOf,
    Text,
)


@dataclass(frozen=True, slots=True)
class TextForm:
    """Text; with `secret`, it may be the name of a secret instead."""

    limits: Text = ANY_TEXT
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceForm:
    """One of a few words; with `enum`, it becomes a member of that."""

    words: tuple[str, ...]
    enum: type[StrEnum] | None = None


@dataclass(frozen=True, slots=True)
class NumberForm:
    """A number; with `whole`, one without a fraction."""

    whole: bool
    limits: Between = ANY_NUMBER


@dataclass(frozen=True, slots=True)
class BoolForm:
    """true or false."""


@dataclass(frozen=True, slots=True)
class ListForm:
    """A list whose items have one form."""

    item: "Form"
    count: Count = ANY_COUNT


@dataclass(frozen=True, slots=True)
class MapForm:
    """A mapping whose keys the user chooses."""

    value: "Form"
    keys: Text = ANY_TEXT
    count: Count = ANY_COUNT


@dataclass(frozen=True, slots=True)
class FreeForm:
    """A mapping that may hold anything."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a table: its name in YAML and in Python, and its form."""

    key: str
    attribute: str
    form: "Form"
    required: bool
    doc: Doc


@dataclass(frozen=True, slots=True)
class TableForm:
    """A mapping with known fields, read into a dataclass."""

    cls: type[Any]
    fields: tuple[FormField, ...]
    one_of: OneOf | None = None

    def by_key(self) -> dict[str, FormField]:
        """The fields by their names in YAML."""
        return {field.key: field for field in self.fields}


@dataclass(frozen=True, slots=True)
class UnionForm:
    """One of several forms. They differ in kind; tables differ in their fields."""

    options: tuple["Form", ...]


Form: TypeAlias = (
    TextForm | ChoiceForm | NumberForm | BoolForm | ListForm | MapForm | FreeForm | TableForm | UnionForm
)


def forms_of(form: Form) -> tuple[Form, ...]:
    """All forms that this one stands for."""
    return form.options if isinstance(form, UnionForm) else (form,)


Notes: TypeAlias = tuple[object, ...]
N = TypeVar("N")


def cached_by_class(make: Callable[[type[Any]], N]) -> Callable[[type[Any]], N]:
    """`functools.cache`, for mypy, which does not take a class for hashable."""
    cached: Any = cache(make)
    return cached  # type: ignore[no-any-return]  # it is `make`, with a memory


@cached_by_class
def table_of(cls: type[Any]) -> TableForm:
    """The form of a declaration."""
    hints = get_type_hints(cls, include_extras=True)
    hints.pop("ONE_OF", None)
    made = []
    for item in fields(cls):
        kind, notes = _unwrap(hints[item.name])
        key = _note(notes, Key)
        required = item.default is MISSING and item.default_factory is MISSING
        name = key.name if key else _camel(item.name)
        made.append(FormField(name, item.name, _form(kind, notes), required, _note(notes, Doc) or Doc("")))
    return TableForm(cls, tuple(made), getattr(cls, "ONE_OF", None))


def _form(kind: Any, notes: Notes) -> Form:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ChoiceForm(tuple(str(word) for word in args))
    if origin in (Union, types.UnionType):
        return _union(args, notes)
    if origin is tuple:
        return ListForm(_inner(args[0]), _note(notes, Count) or ANY_COUNT)
    if origin is Mapping:
        return _mapping(args[1], notes)
    if kind is str:
        return TextForm(_note(notes, Text) or ANY_TEXT)
    if kind in (int, float):
        return NumberForm(kind is int, _note(notes, Between) or ANY_NUMBER)
    if kind is bool:
        return BoolForm()
    if is_dataclass(kind) and isinstance(kind, type):
        return table_of(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ChoiceForm(tuple(word.value for word in kind), kind)
    raise TypeError(f"{kind!r} has no form")


def _union(args: tuple[Any, ...], notes: Notes) -> Form:
    kinds = [kind for kind in args if kind is not types.NoneType]
    if Secret in kinds:
        return TextForm(_note(notes, Text) or ANY_TEXT, secret=True)
    return UnionForm(tuple(_inner(kind, notes) for kind in kinds))


def _mapping(value: Any, notes: Notes) -> Form:
    if value is object:
        return FreeForm()
    keys = _note(notes, Keys)
    return MapForm(_inner(value), keys.text if keys else ANY_TEXT, _note(notes, Count) or ANY_COUNT)


def _inner(hint: Any, notes: Notes = ()) -> Form:
    kind, own = _unwrap(hint)
    return _form(kind, own + notes)


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
