"""What requests about projects may hold. Pure. Field lists: OCI SDK 2.189, `oci/data_science/models`."""

from datascience_emulator.wire.fields import DESCRIBED, IN_COMPARTMENT, tag_size
from datascience_emulator.wire.schema import record

create = record(IN_COMPARTMENT, DESCRIBED, tag_size)
update = record({}, DESCRIBED, tag_size)
