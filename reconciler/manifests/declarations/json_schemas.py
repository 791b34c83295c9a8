"""The JSON Schemas of what a user writes, as files. `python -m reconciler.manifests.declarations.json_schemas
DIR` writes them; a test fails when they are out of date.
"""

import sys
from pathlib import Path
from typing import Any

from reconciler.manifests.declarations.model_deployment import Manifest
from reconciler.manifests.declarations.overlays import FIXED, OVERLAYS, OVERLAYS_DOC, PATCHED
from reconciler.manifests.declarations.prices_file import PricesFile
from reconciler.manifests.declarations.settings_file import SettingsFile
from reconciler.manifests.schema.forms import TableForm, table_of
from reconciler.manifests.schema.json_schema import Schema, schema_file, schema_of
from reconciler.manifests.schema.patch_schema import patch_schema

SCHEMAS: dict[str, type[Any]] = {
    "model-deployment.v1.json": Manifest,
    "repository.v1.json": SettingsFile,
    "prices.v1.json": PricesFile,
}


def main(folder: Path) -> None:
    """Write every schema into a folder."""
    for name, declaration in SCHEMAS.items():
        schema = schema_of(declaration, templates=declaration is Manifest)
        if declaration is Manifest:
            schema = _with_overlays(schema)
        (folder / name).write_text(schema_file(schema), encoding="utf-8")


def _with_overlays(schema: Schema) -> Schema:
    """The schema of a manifest, with what it may say of targets."""
    parts = {field.key: field for field in table_of(Manifest).fields if field.key in PATCHED}
    patched: Schema = {}
    for key, part in parts.items():
        assert isinstance(part.form, TableForm)
        without = frozenset(str(trail[-1]) for trail in FIXED if trail[:-1] == (key,))
        patched[key] = {"description": part.doc.text, **patch_schema(part.form, without)}
    patch: Schema = {"type": "object", "additionalProperties": False, "properties": patched}
    definitions, properties = schema["definitions"], schema["properties"]
    assert isinstance(definitions, dict)
    assert isinstance(properties, dict)
    one: Schema = {"anyOf": [{"$ref": "#/definitions/patch"}, {"type": "null"}]}
    overlays: Schema = {
        "description": OVERLAYS_DOC.text,
        "type": "object",
        "additionalProperties": one,
    }
    return {
        **schema,
        "properties": {**properties, OVERLAYS: overlays},
        "definitions": {**definitions, "patch": patch},
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
