"""What requests about model version sets may hold. Pure.

Field lists: OCI SDK 2.189, `oci/data_science/models`.
"""

from datascience_emulator.wire.fields import DESCRIPTION, IN_PROJECT, TAGS, tag_size
from datascience_emulator.wire.schema import Parser, record, text

_SET: dict[str, Parser] = {"description": DESCRIPTION, **TAGS}
create = record({**IN_PROJECT, "name": text(maximum=255, pattern=r"[\s\S]+", hint="a name")}, _SET, tag_size)
update = record({}, _SET, tag_size)
