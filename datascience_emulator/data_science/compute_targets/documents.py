"""What requests about compute targets may hold, and the limits that are documented. Pure.

Field lists and limits: OCI SDK 2.189, `oci/data_science/models`.
"""

from datascience_emulator.data_science.deployments.environments import variables
from datascience_emulator.data_science.deployments.scaling import instances
from datascience_emulator.data_science.offerings.compute_shapes import compute_shape
from datascience_emulator.wire.fields import DESCRIBED, IN_COMPARTMENT, tag_size
from datascience_emulator.wire.schema import (
    Parser,
    integer,
    number,
    ocid,
    record,
    sequence,
    tagged,
)

_SHAPE: dict[str, Parser] = {"instanceShape": compute_shape("compute targets", "GET /computeTargetShapes")}
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
# The SDK has the same rules, word for word, for this metadata and a deployment's environment variables.
_METADATA: dict[str, Parser] = {"metadata": variables}
create = record(
    {**IN_COMPARTMENT, "computeConfigurationDetails": _created}, {**DESCRIBED, **_METADATA}, tag_size
)
update = record({}, {**DESCRIBED, **_METADATA, "computeConfigurationDetails": _updated}, tag_size)
