"""Shapes → JSON Schema, for editors. `python -m reconciler.manifests.schema.json_schema DIR` writes the
files; a test says when they are old.

The result is safe for draft-07 tools. Where something else than text is wanted in a manifest, a text with a
template is accepted too, unless it names the environment: an editor sees the file before templates are filled
in. Settings hold none.
"""

import json
import sys
from pathlib import Path
from typing import Any, TypeAlias, assert_never

from reconciler.core.model.configuration import Json
from reconciler.manifests.declarations.model_deployment import Manifest
from reconciler.manifests.declarations.repository import RepositoryFile
from reconciler.manifests.schema.shapes import (
    BoolShape,
    ChoiceShape,
    Count,
    FieldShape,
    FreeShape,
    ListShape,
    MapShape,
    NumberShape,
    Shape,
    TableShape,
    Text,
    TextShape,
    UnionShape,
    table_of,
)

SCHEMAS: dict[str, type[Any]] = {"model-deployment.v1.json": Manifest, "repository.v1.json": RepositoryFile}

Schema: TypeAlias = dict[str, Json]

_TEMPLATE: Schema = {
    "type": "string",
    "pattern": r"^(?!.*\{\{-?\s*env\b).*\{\{.*\}\}",
    "description": "A template that stands for the value.",
}


def schema_of(cls: type[Any]) -> Schema:
    """The whole schema of a described dataclass."""
    head: Schema = {"$schema": "http://json-schema.org/draft-07/schema#", "title": _summary(cls)}
    whole = {**head, **_schema(table_of(cls))}
    if cls is RepositoryFile:
        return {key: _without_templates(below) for key, below in whole.items()}
    return {**whole, "definitions": {"template": dict(_TEMPLATE)}}


def schema_file(cls: type[Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema_of(cls), indent=2, ensure_ascii=False) + "\n"


def _schema(shape: Shape) -> Schema:
    match shape:
        case TextShape():
            text = {"type": "string", **_text(shape.limits)}
            return _or_template(text) if shape.limits.pattern else text
        case ChoiceShape(words=(word,)):
            return {"const": word}
        case ChoiceShape():
            return _or_template({"enum": list(shape.words)})
        case NumberShape():
            return _or_template(_number(shape))
        case BoolShape():
            return _or_template({"type": "boolean"})
        case ListShape():
            return {"type": "array", "items": _schema(shape.item), **_count(shape.count, "Items")}
        case MapShape():
            return _map(shape)
        case FreeShape():
            return {"type": "object"}
        case TableShape():
            return _table(shape)
        case UnionShape():
            return {"anyOf": [_schema(option) for option in shape.options]}
        case _:
            assert_never(shape)


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


def _number(shape: NumberShape) -> Schema:
    limits = {"minimum": shape.limits.low, "maximum": shape.limits.high}
    given: Schema = {name: limit for name, limit in limits.items() if limit is not None}
    return {"type": "integer" if shape.whole else "number", **given}


def _count(count: Count, noun: str) -> Schema:
    made: Schema = {f"min{noun}": count.least} if count.least else {}
    return made if count.most is None else {**made, f"max{noun}": count.most}


def _map(shape: MapShape) -> Schema:
    keys = _text(shape.keys)
    names: Schema = {"propertyNames": keys} if keys else {}
    return {
        "type": "object",
        **names,
        "additionalProperties": _schema(shape.value),
        **_count(shape.count, "Properties"),
    }


def _table(shape: TableShape) -> Schema:
    made: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [field.key for field in shape.fields if field.required],
        "properties": {field.key: _field(field) for field in shape.fields},
    }
    if shape.one_of is not None:
        rule = "oneOf" if shape.one_of.exactly else "anyOf"
        made[rule] = [{"required": [name]} for name in shape.one_of.names]
    return made


def _field(field: FieldShape) -> Schema:
    examples: Schema = {"examples": list(field.doc.examples)} if field.doc.examples else {}
    return {"description": field.doc.text, **examples, **_schema(field.shape)}


def _summary(cls: type[Any]) -> str:
    return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


def main(folder: Path) -> None:
    """Write every schema into a folder."""
    for name, cls in SCHEMAS.items():
        (folder / name).write_text(schema_file(cls), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
