"""What requests about buckets, objects and uploads may hold. Pure.

Field lists: OCI SDK 2.189, `oci/object_storage/models`.
"""

from dataclasses import replace
from typing import Any

from datascience_emulator.object_storage.errors import bad
from datascience_emulator.wire.fields import DESCRIBED, tag_size
from datascience_emulator.wire.schema import (
    Parser,
    boolean,
    checked,
    integer,
    mapping,
    ocid,
    one_of,
    record,
    sequence,
    text,
)

_METADATA_BYTES = 4 * 1024  # "up to 4KB, of keys and values" (SDK, CreateBucketDetails.metadata)
# Values that are sent as headers later.
_HEADER = text(maximum=1024, pattern=r"[\x20-\x7e]*", hint="printable ASCII")


def small(metadata: dict[str, Any], where: str = "metadata") -> dict[str, Any]:
    if sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items()) > _METADATA_BYTES:
        raise bad("MetadataTooLarge", f"{where}: keys and values together at most {_METADATA_BYTES} bytes")
    return metadata


_UNLESS_EMPTY = replace(text(), unset=("",))
_TAGS = {name: DESCRIBED[name] for name in ("freeformTags", "definedTags")}
_BUCKET: dict[str, Parser] = {
    **_TAGS,
    "metadata": checked(mapping(text(maximum=4096)), small),
    "publicAccessType": one_of("NoPublicAccess", "ObjectRead", "ObjectReadWithoutList"),
    "objectEventsEnabled": boolean,
    "kmsKeyId": ocid(),
    "isBucketKeyEnabled": boolean,
    # One choice each: the emulator has no versions of objects and no tiers.
    "versioning": one_of("Disabled"),
    "autoTiering": one_of("Disabled"),
}
create_bucket = record(
    {"name": text(), "compartmentId": ocid("(?:compartment|tenancy)")},
    {**_BUCKET, "storageTier": one_of("Standard")},
    tag_size,
)
update_bucket = record(
    {},
    {
        **_BUCKET,
        "name": _UNLESS_EMPTY,
        "namespace": _UNLESS_EMPTY,
        "compartmentId": ocid("(?:compartment|tenancy)"),
    },
    tag_size,
)
rename_object = record(
    {"sourceName": text(), "newName": text()},
    {
        "srcObjIfMatchETag": _UNLESS_EMPTY,
        "newObjIfMatchETag": _UNLESS_EMPTY,
        "newObjIfNoneMatchETag": _UNLESS_EMPTY,
    },
)

# -- uploads

STORAGE_TIER = one_of("Standard")


def _meta_keys(metadata: dict[str, str], where: str) -> dict[str, str]:
    """Keys must be in "opc-meta-*" format (SDK, CreateMultipartUploadDetails)."""
    for key in metadata:
        if not key.lower().startswith("opc-meta-") or not _is_token(key):
            raise bad(
                "InvalidMetadata", f"{where}.{key}: the key must be opc-meta- and a name fit for a header"
            )
    return {key.lower(): value for key, value in metadata.items()}


def _is_token(key: str) -> bool:
    return key.isascii() and key.replace("-", "").replace("_", "").replace(".", "").isalnum()


create_upload = record(
    {"object": text()},
    {
        "contentType": _HEADER,
        "contentLanguage": _HEADER,
        "contentEncoding": _HEADER,
        "contentDisposition": _HEADER,
        "cacheControl": _HEADER,
        "storageTier": STORAGE_TIER,
        "metadata": checked(mapping(_HEADER), _meta_keys, small),
    },
)
MAX_PARTS = (
    10_000  # "Maximum number of parts" (docs.oracle.com, Content/Object/Tasks/usingmultipartuploads.htm)
)
PART_NUMBER = integer(1, MAX_PARTS)
commit_upload = record(
    {
        "partsToCommit": sequence(
            record({"partNum": PART_NUMBER, "etag": text()}, {}), minimum=1, maximum=MAX_PARTS
        )
    },
    {"partsToExclude": sequence(PART_NUMBER, maximum=MAX_PARTS)},
)
