"""What is wrong with an answer, by the SDK's own models: fields that are required and not there, values of an
enumeration that the SDK does not know, and maps of tags that are not there.

The models of the SDKs in other languages come from the same description: Go has a nil pointer where a
required field is missing, and Java an exception. Python's looks at none of it.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

UNKNOWN = "UNKNOWN_ENUM_VALUE"
"""What the SDK makes of a value that is none of the enumeration."""

Excuse = Callable[[Any], bool]


def _always(item: Any) -> bool:
    return True


_IN_NO_VERSION_SET = ("model_version_set_id", "model_version_set_name", "version_id")

EXCUSED: Mapping[str, Excuse] = {
    # Of a model in a version set; the acceptance tests of Terraform's provider have models in none.
    **{f"{kind}.{name}": _always for kind in ("Model", "ModelSummary") for name in _IN_NO_VERSION_SET},
    **{f"{kind}.version_label": _always for kind in ("Model", "ModelSummary")},
    # Of a model with such settings.
    "Model.retention_setting": _always,
    "Model.backup_setting": _always,
    "Model.retention_operation_details": lambda model: model.retention_setting is None,
    "Model.backup_operation_details": lambda model: model.backup_setting is None,
    "RetentionOperationDetails.time_deletion_scheduled": _always,  # of a setting that asks for a deletion
    # Computed by the work that the call starts.
    "ModelArtifactSignature.digest": lambda signature: signature.lifecycle_state == "CREATING",
    "ModelArtifactSignature.signature": lambda signature: signature.lifecycle_state == "CREATING",
    # The SDK has no value for the move of a version set, and yet a composite operation that waits for it.
    "WorkRequest.operation_type": lambda work: any(
        resource.entity_type == "modelversionset" for resource in work.resources
    ),
    # The root compartment has no parent.
    "Compartment.compartment_id": lambda compartment: compartment.id.startswith("ocid1.tenancy."),
    # Recorded: the list has none (docs/service.md §5.5).
    "DataSciencePrivateEndpointSummary.lifecycle_details": _always,
    # "By default, the tags are not returned" (SDK, list_buckets, `fields`).
    "BucketSummary.freeform_tags": _always,
    "BucketSummary.defined_tags": _always,
}
"""What may be missing or unknown all the same, each with the reason."""


@cache
def required(kind: type) -> frozenset[str]:
    """The attributes that every object of this class of the SDK has."""
    named = ((name, getattr(kind, name)) for name in dir(kind))
    properties = {name: one for name, one in named if isinstance(one, property)}
    return frozenset(name for name, one in properties.items() if "**[Required]**" in (one.__doc__ or ""))


def faults(answer: Any) -> Iterator[str]:
    """Whatever is wrong with the SDK's objects in it, however deep."""
    if isinstance(answer, list | tuple):
        for item in answer:
            yield from faults(item)
    elif isinstance(answer, dict):
        yield from faults(list(answer.values()))
    elif hasattr(answer, "swagger_types"):
        for name in answer.swagger_types:
            value, at = getattr(answer, name), f"{type(answer).__name__}.{name}"
            wrong = _wrong(type(answer), name, value)
            if wrong and not (at in EXCUSED and EXCUSED[at](answer)):
                yield f"{at}: {wrong}"
            yield from faults(value)


def _wrong(kind: type, name: str, value: Any) -> str | None:
    if value is None and name in required(kind):
        return "is required and not there"
    if value is None and name.endswith("_tags"):
        return "tags are always there, empty ones too"
    return "the SDK does not know this value" if isinstance(value, str) and value == UNKNOWN else None
