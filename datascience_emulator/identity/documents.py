"""What requests to Identity may hold. Pure. Field lists: OCI SDK 2.189, `oci/identity/models`."""

from dataclasses import replace

from datascience_emulator.wire.fields import DESCRIBED, tag_size
from datascience_emulator.wire.schema import ocid, record, text

# "The name must be unique across all compartments in the parent"; letters, digits, hyphens, periods and
# underscores (docs.oracle.com, Identity, "Managing Compartments").
_NAME = text(maximum=100, pattern=r"[A-Za-z0-9_.-]+", hint="letters, digits, hyphens, periods, underscores")
_TAGS = {name: DESCRIBED[name] for name in ("freeformTags", "definedTags")}
create_compartment = record(
    {
        "compartmentId": ocid("(?:compartment|tenancy)"),
        "name": _NAME,
        "description": text(maximum=400),
    },
    _TAGS,
    tag_size,
)
# A compartment always has a description, so that an empty one says nothing.
_DESCRIPTION = replace(text(maximum=400), unset=("",))
update_compartment = record({}, {"name": _NAME, "description": _DESCRIPTION, **_TAGS}, tag_size)
