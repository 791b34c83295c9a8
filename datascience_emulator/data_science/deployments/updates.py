"""The document of a deployment after an update: the old one, merged with the details of the update.

Pure. Whether the update is allowed is decided in `option_groups` and the handler.
"""

from datascience_emulator.data_science.deployments.document_parts import (
    CONFIG,
    ENVIRONMENT,
    INFRASTRUCTURE,
    MODEL,
    environment,
)
from datascience_emulator.wire.empty_values import settled
from datascience_emulator.wire.json_values import Json

# Required in a deployment, but optional in an update.
_ALWAYS = ("instanceConfiguration", "computeTargetId", "modelDeploymentResourceConfiguration")
# Maps whose keys are chosen by the client. They are always replaced as a whole.
_MAPS = {"environmentVariables", "freeformTags", "definedTags"}
_FORMS = ("policyType", "environmentConfigurationType", "infrastructureType")


def merged(old: Json, details: Json, omitted: str) -> Json:
    """Fields of the update replace the old ones. Fields at the top that it leaves out stay, and so do whole
    blocks of the configuration.

    UNVERIFIED (docs/service.md §3.4): whether an optional field that is left out of an object which is sent
    is reset or kept. `omitted` is the reading; with "reset", clients notice that they send too little.
    Either way, an empty value that is sent for a field that is not set is no change.
    """
    if omitted == "kept":
        return settled(old, _digest_of_its_image(old, details, _kept(old, details)))
    return settled(old, _replaced(old, details))


def _replaced(old: Json, details: Json) -> Json:
    new = {**old, **details}
    if CONFIG in details:
        new[CONFIG] = {**old[CONFIG], **details[CONFIG]}
        for part in {MODEL, INFRASTRUCTURE} & details[CONFIG].keys():
            stays = {name: value for name, value in old[CONFIG].get(part, {}).items() if name in _ALWAYS}
            new[CONFIG][part] = {**stays, **details[CONFIG][part]}
    return new


def _kept(old: Json, new: Json) -> Json:
    if any(name in new and old.get(name) != new[name] for name in _FORMS):
        return new  # an object of another type, which does not have the fields of the old one
    both = {
        name: _kept(old[name], value)
        for name, value in new.items()
        if name not in _MAPS and isinstance(value, dict) and isinstance(old.get(name), dict)
    }
    return {**old, **new, **both}


def _digest_of_its_image(old: Json, details: Json, new: Json) -> Json:
    """An update to another image does not keep the digest of the old image."""
    before, sent = environment(old), details.get(CONFIG, {}).get(ENVIRONMENT, {})
    if "imageDigest" not in sent and sent.get("image", before.get("image")) != before.get("image"):
        new[CONFIG][ENVIRONMENT].pop("imageDigest", None)
    return new
