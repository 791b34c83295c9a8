"""What a deployment becomes by an update: its document, and what the update says of it, in one.

Pure. Whether the update is allowed is decided in `update_groups` and the handler.
"""

from datascience_emulator.data_science.deployments.parts import (
    CONFIG,
    ENVIRONMENT,
    INFRASTRUCTURE,
    MODEL,
    environment,
)
from datascience_emulator.wire.jsons import Json

# May be left out of an update, but not of a deployment.
_ALWAYS = ("instanceConfiguration", "computeTargetId", "modelDeploymentResourceConfiguration")
# Objects of these names are maps, whose keys are the client's own: always replaced as a whole.
_MAPS = {"environmentVariables", "freeformTags", "definedTags"}
_FORMS = ("policyType", "environmentConfigurationType", "infrastructureType")


def merged(old: Json, details: Json, omitted: str) -> Json:
    """What is named replaces what was; what an update leaves out at the top stays, and so do the blocks of
    the configuration.

    UNVERIFIED (docs/service.md §3.4): whether an optional field inside an object that is sent is reset or
    kept by leaving it out. `omitted` is the reading: "reset" shows a client that it sends too little.
    """
    if omitted == "kept":
        return _digest_of_its_image(old, details, _kept(old, details))
    new = {**old, **details}
    if CONFIG in details:
        new[CONFIG] = {**old[CONFIG], **details[CONFIG]}
        for part in {MODEL, INFRASTRUCTURE} & details[CONFIG].keys():
            stays = {name: value for name, value in old[CONFIG].get(part, {}).items() if name in _ALWAYS}
            new[CONFIG][part] = {**stays, **details[CONFIG][part]}
    return new


def _kept(old: Json, new: Json) -> Json:
    if any(name in new and old.get(name) != new[name] for name in _FORMS):
        return new  # another kind of object, to whose fields the old ones do not belong
    both = {
        name: _kept(old[name], value)
        for name, value in new.items()
        if name not in _MAPS and isinstance(value, dict) and isinstance(old.get(name), dict)
    }
    return {**old, **new, **both}


def _digest_of_its_image(old: Json, details: Json, new: Json) -> Json:
    """Another image does not keep the digest of the one before."""
    before, sent = environment(old), details.get(CONFIG, {}).get(ENVIRONMENT, {})
    if "imageDigest" not in sent and sent.get("image", before.get("image")) != before.get("image"):
        new[CONFIG][ENVIRONMENT].pop("imageDigest", None)
    return new
