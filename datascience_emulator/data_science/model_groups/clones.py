"""Clones of model groups: what a clone copies from its source, and what may be changed. Pure.

UNVERIFIED: that name, description, tags and metadata are copied unless they are modified, and that the
version is not copied. The SDK only lists what may be modified and patched.
"""

from datascience_emulator.data_science.model_groups import documents
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.json_values import Json

SOURCE = "modelGroupCloneSourceDetails"
_COPIED = ("displayName", "description", "freeformTags", "definedTags", "modelGroupDetails")


def cloned(source: Json, details: Json) -> Json:
    """The clone as the details of a CREATE. `source`: the document of the model group that is cloned.
    `details`: the body of the CLONE.
    """
    changes = details[SOURCE].get("modifyModelGroupDetails", {})
    _check_type(source, changes)
    patches = details[SOURCE].get("patchModelGroupMemberModelDetails", {}).get("items", [])
    entries = _patched(source["memberModelEntries"]["memberModelDetails"], patches)
    result = {
        **{name: source[name] for name in _COPIED if name in source},
        **changes,
        "createType": "CLONE",
        "sourceModelGroupId": source["id"],
        "compartmentId": details["compartmentId"],
        "projectId": details["projectId"],
        "memberModelEntries": documents.members({"memberModelDetails": entries}, "memberModelEntries"),
    }
    documents.stacked(result, "")
    return result


def _check_type(source: Json, changes: Json) -> None:
    """UNVERIFIED: the type of a model group never changes. It is not among the fields of an update either."""
    old = source["modelGroupDetails"]["type"]
    new = changes.get("modelGroupDetails", {}).get("type", old)
    if new != old:
        raise invalid(f"modelGroupDetails.type: a clone of a model group of the type {old} cannot be {new}")


def _patched(entries: list[Json], patches: list[Json]) -> list[Json]:
    """The members after all patches, one after the other."""
    for patch in patches:
        if patch["operation"] == "INSERT":
            entries = [*entries, *patch["values"]]
        else:
            for value in patch["values"]:
                entries = _without(entries, value)
    return entries


def _without(entries: list[Json], value: Json) -> list[Json]:
    left = [entry for entry in entries if not value.items() <= entry.items()]
    if len(left) == len(entries):
        named = " as ".join(str(part) for part in value.values())
        raise invalid(f"patchModelGroupMemberModelDetails: {named} is not a member, so it cannot be removed")
    return left
