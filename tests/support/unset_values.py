"""What clients in other languages send for a field that is not set: an empty text, zero, an empty list, an
empty map; derived from the SDK's own models, for whatever body they describe.

A body is JSON, and `kind` the class of the SDK that describes it.
"""

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from oci.data_science import DataScienceClient

from tests.support.answers import required

Json = dict[str, Any]

ONLY_LEFT_OUT = {
    # An enumeration, which Python's SDK does not check.
    ("CreateBucketDetails", "auto_tiering"),
    ("UpdateBucketDetails", "auto_tiering"),
    # Zero is a value.
    ("ResourceRequestConfiguration", "gpus"),
    # A size that is refused.
    ("ModelDeploymentInstanceShapeConfigDetails", "ocpus"),
    ("ModelDeploymentInstanceShapeConfigDetails", "memory_in_gbs"),
    ("InstanceShapeDetails", "ocpus"),
    ("InstanceShapeDetails", "memory_in_gbs"),
}
"""Fields that are only not set when they are left out."""

REFUSED_AGAIN = {("UpdateModelDetails", "model_version_set_id")}
"""Fields that the service refuses with the value that they have already (docs/service.md §1.2)."""

NEEDED = {
    # The SDK requires none of them, but without them nothing could be done.
    "ArtifactExportDetailsObjectStorage": {"namespace", "source_bucket", "source_object_name"},
    "ArtifactImportDetailsObjectStorage": {"namespace", "destination_bucket", "destination_object_name"},
    "MemberModelEntries": {"member_model_details"},
    # "optional while using service managed open source foundation model" (SDK); these are own containers.
    "OcirModelDeploymentEnvironmentConfigurationDetails": {"image"},
}
"""Fields that a body needs beside those that the SDK requires."""


@cache
def body_of(operation: str, client: type[Any] = DataScienceClient) -> type[Any] | None:
    """The class of the operation's body; None where it has none."""
    documented = getattr(client, operation).__doc__ or ""
    found = re.search(r":param (oci\.\w+\.models)\.(\w+) ", documented)
    return getattr(sys.modules[found[1]], found[2]) if found else None


def least(kind: type[Any], body: Json) -> Json:
    """Of a body, only what it needs."""
    kind = _concrete(kind, body)
    needed = _needed(kind)
    result = {}
    for name, field, written in _fields(kind):
        if name in needed and body.get(field) is not None:
            below = _model_in(kind, written)
            result[field] = _each(below, body[field], least) if below else body[field]
    return result


def restated(kind: type[Any], document: Json) -> Json:
    """An update that states all that the document has, as far as the update has a field for it."""
    kind = _concrete(kind, document)
    result = {}
    for name, field, written in _fields(kind):
        if document.get(field) is not None and (kind.__name__, name) not in REFUSED_AGAIN:
            below = _model_in(kind, written)
            result[field] = _each(below, document[field], restated) if below else document[field]
    return result


def with_unset(kind: type[Any], body: Json) -> Json:
    """The body, with every optional field that it leaves out stated as not set, however deep."""
    kind = _concrete(kind, body)
    needed = _needed(kind)
    result = dict(body)
    for name, field, written in _fields(kind):
        below = _model_in(kind, written)
        if body.get(field) is not None:
            result[field] = _each(below, body[field], with_unset) if below else body[field]
        elif name not in needed and (value := _unset(kind, name, written)) is not None:
            result[field] = value
    return result


def _unset(kind: type[Any], name: str, written: str) -> Any:
    """None for what has no such value: flags, times, enumerations, and objects that need a field."""
    if (kind.__name__, name) in ONLY_LEFT_OUT or "allowed_values" in getattr(
        kind, name
    ).fset.__code__.co_varnames:
        return None
    for start, value in {"list[": [], "dict(": {}, "str": "", "int": 0, "float": 0}.items():
        if written.startswith(start):
            return value
    below = _model_in(kind, written)
    return {} if below and not required(below) and not hasattr(below, "get_subtype") else None


def _fields(kind: type[Any]) -> list[tuple[str, str, str]]:
    """Attribute, field of the JSON, and type as the SDK writes it."""
    one = kind()
    return [(name, one.attribute_map[name], written) for name, written in one.swagger_types.items()]


def _needed(kind: type[Any]) -> frozenset[str]:
    return required(kind) | NEEDED.get(kind.__name__, set())


def _concrete(kind: type[Any], body: Mapping[str, Any]) -> type[Any]:
    """Of an abstract class, the one that the body is of."""
    return getattr(_models(kind), kind.get_subtype(body)) if hasattr(kind, "get_subtype") else kind


def _model_in(kind: type[Any], written: str) -> type[Any] | None:
    """The class in "Metadata" and in "list[Metadata]"."""
    return getattr(_models(kind), re.sub(r"^list\[(\w+)\]$", r"\1", written), None)


def _models(kind: type[Any]) -> Any:
    """The package of all models of its service."""
    return sys.modules[kind.__module__.rpartition(".")[0]]


def _each(below: type[Any], value: Any, change: Any) -> Any:
    return [change(below, item) for item in value] if isinstance(value, list) else change(below, value)
