"""What requests about model groups may hold, and the limits that are documented.

Pure: takes JSON and returns it normalised, or raises a ServiceError 400. Handlers check that members exist.
Field lists: OCI SDK 2.189, `oci/data_science/models`; limits: sources beside them.
"""

from typing import Any

from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.fields import DESCRIBED, IN_PROJECT, tag_size
from datascience_emulator.wire.schema import Parser, checked, ocid, record, sequence, tagged, text

# "deploy and manage up to 500 models", "maximum length of 32 characters"
# (docs.oracle.com, data-science/using/models-mms-top.htm).
_MEMBERS, _KEY_LENGTH = 500, 32
# No document says which characters are allowed; these fit a folder's name and a header's value.
_KEY = text(
    maximum=_KEY_LENGTH,
    pattern=r"[A-Za-z0-9_-][A-Za-z0-9_.-]*",
    hint="an inference key: letters, digits, underscores, hyphens and periods, no period first",
)
_metadata = record(
    {}, {"key": text(maximum=255), "value": text(), "description": text(maximum=255), "category": text()}
)
_METADATA: dict[str, Parser] = {"customMetadataList": sequence(_metadata)}
_model_group = tagged(
    "type",
    {
        "HETEROGENEOUS": record({}, _METADATA),
        "HOMOGENEOUS": record({}, _METADATA),
        "STACKED": record({"baseModelId": text(maximum=255)}, _METADATA),
    },
)


def _distinct(value: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    names = [member.get("inferenceKey", member["modelId"]) for member in value]
    again = sorted({name for name in names if names.count(name) > 1})
    if again:
        raise invalid(f"{where}: inference keys must be unique, these are not: {', '.join(again)}")
    return value


_member = record({"modelId": text(maximum=255)}, {"inferenceKey": _KEY})
_members = checked(sequence(_member, minimum=1, maximum=_MEMBERS), _distinct)


def stacked(value: dict[str, Any], where: str) -> dict[str, Any]:
    """ "base model must be a member" (Oracle's samples, llm-stacked-inferencing.md)."""
    base = value["modelGroupDetails"].get("baseModelId")
    ids = [member["modelId"] for member in value["memberModelEntries"]["memberModelDetails"]]
    if base is not None and base not in ids:
        raise invalid(f"modelGroupDetails.baseModelId: {base} is not a member of the model group")
    return value


members = record({"memberModelDetails": _members}, {})
_VERSIONED: dict[str, Parser] = {"versionLabel": text(maximum=255), "modelGroupVersionHistoryId": ocid()}


def _patch() -> Parser:
    values = {"values": sequence(_member, minimum=1, maximum=_MEMBERS)}
    return tagged("operation", {"INSERT": record(values, {}), "REMOVE": record(values, {})})


_clone = record(
    {"sourceId": text(maximum=255)},
    {
        "modifyModelGroupDetails": record(
            {}, {**DESCRIBED, **_VERSIONED, "modelGroupDetails": _model_group}, tag_size
        ),
        "patchModelGroupMemberModelDetails": record({}, {"items": sequence(_patch())}),
    },
)
create = tagged(
    "createType",
    {
        "CREATE": record(
            {**IN_PROJECT, "modelGroupDetails": _model_group, "memberModelEntries": members},
            {**DESCRIBED, **_VERSIONED},
            tag_size,
            stacked,
        ),
        "CLONE": record(
            {
                **IN_PROJECT,
                "modelGroupCloneSourceDetails": tagged(
                    "modelGroupCloneSourceType",
                    {"MODEL_GROUP": _clone, "MODEL_GROUP_VERSION_HISTORY": _clone},
                ),
            },
            {},
        ),
    },
)
update = record({}, {**DESCRIBED, **_VERSIONED}, tag_size)
