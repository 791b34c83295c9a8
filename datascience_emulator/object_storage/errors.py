"""The refusals of Object Storage, which has codes of its own.

Seen in public threads (trackers of Oracle's SDKs, CLI and Terraform provider): BucketNotFound,
NamespaceNotFound, BucketNotEmpty, InvalidUploadPart. Recorded from the service by others: IfMatchFailed,
IfNoneMatchFailed, UnmatchedContentMD5, ObjectNotFound. Implied by the SDK, whose upload manager retries on
it: ConcurrentObjectUpdate. No document of Oracle names the others: UNVERIFIED.
"""

from datascience_emulator.wire.errors import ServiceError


def namespace_not_found() -> ServiceError:
    return ServiceError(
        404,
        "NamespaceNotFound",
        "You do not have authorization to perform this request, or the requested resource could not be "
        "found.",
    )


def bucket_not_found(bucket: str, namespace: str) -> ServiceError:
    return ServiceError(
        404,
        "BucketNotFound",
        f"Either the bucket named '{bucket}' does not exist in the namespace '{namespace}' "
        "or you are not authorized to access it",
    )


def bucket_exists(bucket: str, namespace: str) -> ServiceError:
    return ServiceError(
        409,
        "BucketAlreadyExists",
        f"Either the bucket '{bucket}' in namespace '{namespace}' already exists "
        "or you are not authorized to create it",
    )


def bucket_not_empty(bucket: str, content: str) -> ServiceError:
    return ServiceError(
        409, "BucketNotEmpty", f"Bucket named '{bucket}' is not empty. Delete all {content} first."
    )


def object_not_found(name: str, bucket: str) -> ServiceError:
    return ServiceError(
        404, "ObjectNotFound", f"The object '{name}' does not exist in bucket '{bucket}'. Check its name."
    )


def upload_not_found(upload_id: str) -> ServiceError:
    return ServiceError(
        404,
        "UploadNotFound",
        f"No upload {upload_id} of this object is under way; it was committed or aborted.",
    )


def if_match_failed() -> ServiceError:
    return ServiceError(
        412,
        "IfMatchFailed",
        "The If-Match header does not match the ETag of the existing entity, if there is one.",
    )


def if_none_match_failed() -> ServiceError:
    return ServiceError(
        412, "IfNoneMatchFailed", "The If-None-Match header is '*', and there is an existing entity already."
    )


def concurrent_update() -> ServiceError:
    return ServiceError(
        409, "ConcurrentObjectUpdate", "The parts changed while they were put together; try again."
    )


def unmatched_md5(actual: str, header: str) -> ServiceError:
    """The message is the one that the SDK documents (put_object)."""
    return ServiceError(
        400,
        "UnmatchedContentMD5",
        f"The computed MD5 of the request body ({actual}) does not match the Content-MD5 header ({header})",
    )


def bad(code: str, message: str) -> ServiceError:
    return ServiceError(400, code, message)


def too_large(limit: int) -> ServiceError:
    return ServiceError(
        413, "RequestEntityTooLarge", f"At most {limit:,} bytes in one request; use a multipart upload."
    )
