"""Which fields there may be at a place of a manifest, as far as a patch is concerned."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from reconciler.manifests.schema.forms import (
    Form,
    FormField,
    FreeForm,
    ListForm,
    MapForm,
    TableForm,
    forms_of,
)

Forms: TypeAlias = Sequence[Form]
"""All forms that a value may have."""


class Below(NamedTuple):
    """What may be below a key: its forms, and whether the key must be there."""

    forms: Forms
    required: bool = False


def tables_of(forms: Forms) -> list[TableForm]:
    """Those with known fields."""
    return [form for form in forms if isinstance(form, TableForm)]


def is_list(forms: Forms) -> bool:
    """Whether nothing but a list may be there."""
    return bool(forms) and all(isinstance(form, ListForm) for form in forms)


def below(forms: Forms, key: str) -> Below | None:
    """What may be below this key; None when no form knows it."""
    fields = [field for table in tables_of(forms) if (field := table.by_key().get(key))]
    maps = [form for form in forms if isinstance(form, MapForm)]
    if not fields and not maps:
        # What no form describes holds anything; and so does what has the wrong kind, until it is read.
        described = bool(tables_of(forms))
        return None if described and not any(isinstance(form, FreeForm) for form in forms) else Below(())
    found = [
        option for form in (*_values(fields), *(form.value for form in maps)) for option in forms_of(form)
    ]
    # Of several tables another one may be meant, which has no such field.
    return Below(tuple(found), len(tables_of(forms)) == 1 and any(field.required for field in fields))


def _values(fields: Sequence[FormField]) -> list[Form]:
    return [field.form for field in fields]


def names_of_fields(forms: Forms) -> tuple[str, ...]:
    """The names of all fields that there may be."""
    return tuple(dict.fromkeys(key for table in tables_of(forms) for key in table.by_key()))
