"""What requests about private endpoints may hold. Pure. Field lists and limits: OCI SDK 2.189,
`oci/data_science/models`.
"""

from datascience_emulator.wire.fields import DESCRIBED, IN_COMPARTMENT, tag_size
from datascience_emulator.wire.schema import Parser, ocid, one_of, record, sequence, text

_NSGS: dict[str, Parser] = {"nsgIds": sequence(ocid("networksecuritygroup"))}
_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
create = record(
    {
        **IN_COMPARTMENT,
        "subnetId": ocid("subnet"),
        "dataScienceResourceType": one_of("NOTEBOOK_SESSION", "MODEL_DEPLOYMENT"),
    },
    {**DESCRIBED, **_NSGS, "subDomain": text(maximum=63, pattern=_LABEL, hint="a label of a domain name")},
    tag_size,
)
update = record({}, {**DESCRIBED, **_NSGS}, tag_size)
