"""What requests about signatures of model artifacts may hold. Pure.

Field lists: OCI SDK 2.189, `oci/data_science/models`.
"""

from datascience_emulator.wire.fields import IN_COMPARTMENT, NAME, TAGS, tag_size
from datascience_emulator.wire.schema import Parser, ocid, one_of, record

_SIGNATURE: dict[str, Parser] = {"displayName": NAME, **TAGS}
_ALGORITHMS = [f"SHA_{size}_RSA_PKCS_PSS" for size in (224, 256, 384, 512)]
create = record(
    {
        **IN_COMPARTMENT,
        "kmsKeyId": ocid("key"),
        "kmsKeyVersionId": ocid("keyversion"),
        "signingAlgorithm": one_of(*_ALGORITHMS),
    },
    _SIGNATURE,
    tag_size,
)
update = record({}, _SIGNATURE, tag_size)
