"""What requests about version histories of model groups may hold. Pure.

Field lists: OCI SDK 2.189, `oci/data_science/models`.
"""

from datascience_emulator.wire.fields import DESCRIBED, IN_PROJECT, OPTIONAL_ID, tag_size
from datascience_emulator.wire.schema import Parser, record

_LATEST: dict[str, Parser] = {"latestModelGroupId": OPTIONAL_ID}
create = record(IN_PROJECT, {**DESCRIBED, **_LATEST}, tag_size)
update = record({}, {**DESCRIBED, **_LATEST}, tag_size)
