"""The shipped schemas, and what is held against them: what the command prints, and YAML that we write."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft7Validator

from reconciler.shipped import schema_text

VERSION = "reconciler.oci/"
OF_KINDS = {
    "ModelDeployment": "model-deployment.v1.json",
    "Repository": "repository.v1.json",
    "Prices": "prices.v1.json",
}


def fits(document: Any) -> None:
    """Raise ValidationError unless the document fits the schema that its version and kind name."""
    version = document["apiVersion"].removeprefix(VERSION)
    fits_schema(document, OF_KINDS[document["kind"]] if version == "v1" else f"{version}.json")


def fits_schema(document: Any, name: str) -> None:
    """Raise ValidationError unless the document fits this schema once it is written."""
    _validator(name).validate(json.loads(json.dumps(document)))


@cache
def _validator(name: str) -> Draft7Validator:
    schema = json.loads(schema_text(name))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)
