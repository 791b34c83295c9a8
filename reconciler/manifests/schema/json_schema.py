"""Forms → JSON Schema, for editors. Which schemas there are is said in `declarations.json_schemas`.

Tools for draft-07 can use the result. An editor sees a manifest before its templates are filled in, so a text
with a template is accepted in place of every other kind of value, unless it names the environment. Settings
have no templates.
"""

import json
from typing import Any, TypeAlias, assert_never

from reconciler.core.model.configuration import Json
from reconciler.manifests.schema import forms
from reconciler.manifests.schema.forms import Form
from reconciler.manifests.schema.notes import Count, Text

Schema: TypeAlias = dict[str, Json]

_TEMPLATE: Schema = {
    "type": "string",
    "pattern": r"^(?!.*\{\{-?\s*env\b).*\{\{.*\}\}",
    "description": "A template that stands for the value.",
}


def schema_of(cls: type[Any], templates: bool) -> Schema:
    """The whole schema of a declaration; `templates`: whether one may stand in place of a value."""
    head: Schema = {"$schema": "http://json-schema.org/draft-07/schema#", "title": _summary(cls)}
    whole = {**head, **schema_of_form(forms.table_of(cls))}
    if not templates:
        return {key: _without_templates(below) for key, below in whole.items()}
    return {**whole, "definitions": {"template": dict(_TEMPLATE)}}


def schema_file(schema: Schema) -> str:
    """The text of the schema file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_of_form(form: Form) -> Schema:
    """The schema of one form."""
    match form:
        case forms.TextForm():
            text = {"type": "string", **_text(form.limits)}
            return _or_template(text) if form.limits.pattern else text
        case forms.ChoiceForm(words=(word,)):
            return {"const": word}
        case forms.ChoiceForm():
            return _or_template({"enum": list(form.words)})
        case forms.NumberForm():
            return _or_template(_number(form))
        case forms.BoolForm():
            return _or_template({"type": "boolean"})
        case forms.ListForm():
            return {"type": "array", "items": schema_of_form(form.item), **_count(form.count, "Items")}
        case forms.MapForm():
            return _map(form)
        case forms.FreeForm():
            return {"type": "object"}
        case forms.TableForm():
            return _table(form)
        case forms.UnionForm():
            return {"anyOf": [schema_of_form(option) for option in form.options]}
        case _:
            assert_never(form)


_IN_PLACE: Schema = {"$ref": "#/definitions/template"}


def _or_template(schema: Schema) -> Schema:
    return {"anyOf": [schema, dict(_IN_PLACE)]}


def _without_templates(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_without_templates(below) for below in schema]
    if not isinstance(schema, dict):
        return schema
    options = schema.get("anyOf")
    if isinstance(options, list) and options[1:] == [_IN_PLACE] and isinstance(options[0], dict):
        rest = {key: below for key, below in schema.items() if key != "anyOf"}
        return _without_templates({**rest, **options[0]})
    return {key: _without_templates(below) for key, below in schema.items()}


def _text(limits: Text) -> Schema:
    made: Schema = {"pattern": limits.pattern} if limits.pattern else {}
    return {**made, "maxLength": limits.longest} if limits.longest else made


def _number(form: forms.NumberForm) -> Schema:
    limits = {"minimum": form.limits.low, "maximum": form.limits.high}
    set_limits: Schema = {name: limit for name, limit in limits.items() if limit is not None}
    return {"type": "integer" if form.whole else "number", **set_limits}


def _count(count: Count, noun: str) -> Schema:
    made: Schema = {f"min{noun}": count.least} if count.least else {}
    return made if count.most is None else {**made, f"max{noun}": count.most}


def _map(form: forms.MapForm) -> Schema:
    keys = _text(form.keys)
    names: Schema = {"propertyNames": keys} if keys else {}
    return {
        "type": "object",
        **names,
        "additionalProperties": schema_of_form(form.value),
        **_count(form.count, "Properties"),
    }


def _table(form: forms.TableForm) -> Schema:
    made: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [field.key for field in form.fields if field.required],
        "properties": {field.key: _field(field) for field in form.fields},
    }
    if form.one_of is not None:
        rule = "oneOf" if form.one_of.exactly else "anyOf"
        made[rule] = [{"required": [name]} for name in form.one_of.names]
    return made


def _field(field: forms.FormField) -> Schema:
    examples: Schema = {"examples": list(field.doc.examples)} if field.doc.examples else {}
    return {"description": field.doc.text, **examples, **schema_of_form(field.form)}


def _summary(cls: type[Any]) -> str:
    return (cls.__doc__ or cls.__name__).strip().splitlines()[0]
