"""Forms → the JSON Schema of a merge patch (RFC 7386) for them: no field must be there, and null removes.

Lists are replaced as a whole, so their items are as anywhere else. That a patch must meet something is no
matter of a schema.
"""

from typing import assert_never

from reconciler.core.model.configuration import Json
from reconciler.manifests.schema import forms
from reconciler.manifests.schema.forms import Form
from reconciler.manifests.schema.json_schema import Schema, schema_of_form

_REMOVED: Schema = {"type": "null"}


def patch_schema(form: forms.TableForm, without: frozenset[str] = frozenset()) -> Schema:
    """What a patch of this table may be; fields that are in `without` may not be in it."""
    return _table([form], without)


def _patch(form: Form) -> Schema:
    match form:
        case forms.TableForm():
            return _table([form])
        case forms.MapForm():
            whole = schema_of_form(form)
            names: Schema = {key: whole[key] for key in ("type", "propertyNames") if key in whole}
            return {**names, "additionalProperties": _or_removed(_patch(form.value))}
        case forms.UnionForm():
            tables = [option for option in form.options if isinstance(option, forms.TableForm)]
            others = [_patch(option) for option in form.options if not isinstance(option, forms.TableForm)]
            options: list[Json] = [*([_table(tables)] if tables else []), *others]
            return {"anyOf": options}
        case (
            forms.TextForm()
            | forms.ChoiceForm()
            | forms.NumberForm()
            | forms.BoolForm()
            | forms.ListForm()
            | forms.FreeForm()
        ):
            return schema_of_form(form)
        case _:
            assert_never(form)


def _table(tables: list[forms.TableForm], without: frozenset[str] = frozenset()) -> Schema:
    """One object for all tables that may be meant: a patch may turn one into another."""
    properties: Schema = {}
    for table in tables:
        for field in table.fields:
            if field.key not in without and field.key not in properties:
                below = _patch(field.form)
                needed = field.required and len(tables) == 1
                shown = below if needed else _or_removed(below)
                properties[field.key] = {"description": field.doc.text, **shown}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _or_removed(schema: Schema) -> Schema:
    options = schema.get("anyOf")
    if isinstance(options, list) and schema.keys() == {"anyOf"}:
        return {"anyOf": [*options, dict(_REMOVED)]}
    return {"anyOf": [schema, dict(_REMOVED)]}
