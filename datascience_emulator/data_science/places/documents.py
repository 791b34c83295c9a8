"""What requests about compute targets and private endpoints may hold, and the limits that are documented.

Pure: JSON in, normalised JSON or a ServiceError 400 out. Field lists and limits: OCI SDK 2.189,
`oci/data_science/models`.
"""

from datascience_emulator.api.jsons import JsonValue
from datascience_emulator.api.schema import (
    Parser,
    integer,
    number,
    ocid,
    one_of,
    record,
    sequence,
    tagged,
    text,
)
from datascience_emulator.data_science.choices.shapes import SHAPES
from datascience_emulator.data_science.deployments.environments import variables
from datascience_emulator.data_science.deployments.scaling import instances
from datascience_emulator.data_science.documents import DESCRIBED, tag_size
from datascience_emulator.errors import invalid

_PLACE: dict[str, Parser] = {"compartmentId": ocid("(?:compartment|tenancy)")}


def _shape(value: JsonValue, where: str) -> str:
    if not isinstance(value, str) or value not in SHAPES:
        raise invalid(f"{where}: {value!r} is not a shape for compute targets; see GET /computeTargetShapes")
    return value


_SHAPE: dict[str, Parser] = {"instanceShape": Parser(_shape, {"type": "string", "enum": list(SHAPES)})}
_INSTANCE: dict[str, Parser] = {
    "capacityReservationIds": sequence(ocid()),
    "bootVolumeSizeInGBs": integer(1, 32_768),
    "instanceShapeDetails": record({}, {"ocpus": number(1, 1024), "memoryInGBs": number(1, 8192)}),
}
_SCALING: dict[str, Parser] = {"scalingPolicy": instances}


def _compute(required: dict[str, Parser], optional: dict[str, Parser]) -> Parser:
    return tagged("computeType", {"MANAGED_COMPUTE_CLUSTER": record(required, optional)})


_created = _compute({"instanceConfiguration": record(_SHAPE, _INSTANCE)}, _SCALING)
_updated = _compute({}, {"instanceConfiguration": record({}, {**_SHAPE, **_INSTANCE}), **_SCALING})
# The rules of its metadata are, word for word, those of a deployment's environment variables.
_METADATA: dict[str, Parser] = {"metadata": variables}
create_target = record(
    {**_PLACE, "computeConfigurationDetails": _created}, {**DESCRIBED, **_METADATA}, tag_size
)
update_target = record({}, {**DESCRIBED, **_METADATA, "computeConfigurationDetails": _updated}, tag_size)

_NSGS: dict[str, Parser] = {"nsgIds": sequence(ocid("networksecuritygroup"))}
_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
create_endpoint = record(
    {
        **_PLACE,
        "subnetId": ocid("subnet"),
        "dataScienceResourceType": one_of("NOTEBOOK_SESSION", "MODEL_DEPLOYMENT"),
    },
    {**DESCRIBED, **_NSGS, "subDomain": text(maximum=63, pattern=_LABEL, hint="a label of a domain name")},
    tag_size,
)
update_endpoint = record({}, {**DESCRIBED, **_NSGS}, tag_size)
