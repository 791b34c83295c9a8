"""The refusals of other services: Object Storage, the registry, search, monitoring, logging, limits. Data
only.
"""

from datascience_emulator.reference.refusals.kinds import (
    Form,
    Refusal,
    conflict,
    gone,
    invalid,
    refused,
    unauthenticated,
)


def _storage(name: str, what: str, answer: str, message: str, *, verified: bool = True) -> Refusal:
    return refused(name, what, answer, message, "§9", verified=verified)


def _registry(name: str, what: str, answer: str, message: str) -> Refusal:
    """As in the OCI Distribution Specification. Unverified: that the service follows it."""
    return refused(name, what, answer, message, "§7", verified=False, form=Form.REGISTRY)


STORAGE: tuple[Refusal, ...] = (
    _storage("no-namespace", "Another namespace", "404 NamespaceNotFound", "could not be found"),
    _storage(
        "no-bucket", "A bucket that does not exist", "404 BucketNotFound", "does not exist in the namespace"
    ),
    _storage("no-object", "An object that does not exist", "404 ObjectNotFound", "does not exist in bucket"),
    _storage(
        "bucket-taken",
        "A second bucket of the same name",
        "409 BucketAlreadyExists",
        "already exists",
        verified=False,
    ),
    _storage("bucket-not-empty", "Deleting a bucket that holds objects", "409 BucketNotEmpty", "not empty"),
    _storage(
        "bucket-name",
        "A bucket's name with a slash",
        "400 InvalidBucketName",
        "no bucket name",
        verified=False,
    ),
    _storage(
        "bucket-leaves",
        "A bucket for another namespace",
        "400 MismatchedNamespaceNames",
        "namespace",
        verified=False,
    ),
    _storage(
        "object-name",
        "An object's name over 1,024 bytes",
        "400 InvalidObjectName",
        "1024 bytes",
        verified=False,
    ),
    _storage(
        "renamed-to-itself",
        "Renaming an object to its own name",
        "400 SourceNameSameAsNewName",
        "another one",
        verified=False,
    ),
    _storage(
        "object-there", "if-none-match: * on an object that is there", "412 IfNoneMatchFailed", "existing"
    ),
    _storage("object-changed", "if-match with an old etag", "412 IfMatchFailed", "does not match"),
    _storage("object-md5", "A body with another MD5 than content-md5", "400 UnmatchedContentMD5", "MD5"),
    _storage(
        "object-without-length",
        "An upload without content-length",
        "411 LengthRequired",
        "length",
        verified=False,
    ),
    _storage(
        "large-object",
        "An object of over 50 GiB at once",
        "413 RequestEntityTooLarge",
        "multipart",
        verified=False,
    ),
    _storage(
        "object-metadata",
        "Metadata of an object over 4 KB",
        "400 MetadataTooLarge",
        "at most",
        verified=False,
    ),
    _storage(
        "object-range",
        "A range that the object does not have",
        "416 InvalidParameter",
        "outside",
        verified=False,
    ),
    invalid("other-delimiter", "A list with another delimiter than /", "delimiter: only", "§9"),
    invalid("unknown-fields", "A list of fields that objects do not have", "fields: must be of", "§9"),
    _storage(
        "no-upload",
        "A part for an upload that is not under way",
        "404 UploadNotFound",
        "under way",
        verified=False,
    ),
    _storage("no-upload-id", "A part without uploadId", "400 MissingParameter", "uploadId", verified=False),
    _storage(
        "part-number",
        "A part with a number over 10,000",
        "400 InvalidUploadPartNumber",
        "1 to 10000",
        verified=False,
    ),
    _storage(
        "wrong-part", "A commit of a part that was not uploaded", "400 InvalidUploadPart", "partNum/etag"
    ),
    _storage(
        "small-part",
        "A commit of a part of less than 10 MiB that is not the last",
        "400 InvalidUploadPart",
        "only the last one may be",
        verified=False,
    ),
    _storage(
        "part-order",
        "A commit of parts in another order",
        "400 InvalidUploadPartOrder",
        "in the order",
        verified=False,
    ),
    _storage(
        "commit-not-json", "A commit that is not JSON", "400 CannotParseRequest", "JSON", verified=False
    ),
    _storage(
        "upload-metadata",
        "Metadata of an upload without opc-meta-",
        "400 InvalidMetadata",
        "opc-meta-",
        verified=False,
    ),
    _storage(
        "parts-changed",
        "A commit whose parts change meanwhile",
        "409 ConcurrentObjectUpdate",
        "try again",
        verified=False,
    ),
)
REGISTRY: tuple[Refusal, ...] = (
    _registry("registry-unsigned", "A manifest without a token", "401 UNAUTHORIZED", "required"),
    _registry("registry-scope", "A token for another repository", "401 UNAUTHORIZED", "required"),
    _registry("no-tag", "A tag that the repository does not hold", "404 MANIFEST_UNKNOWN", "has no"),
    _registry("no-repository", "A repository that does not exist", "404 NAME_UNKNOWN", "no repository"),
    unauthenticated(
        "registry-password",
        "A wrong auth token of the registry user",
        "wrong user name",
        "§7",
        verified=False,
    ),
    invalid(
        "image-uri", "Looking up an image by text that is not a name of one", "is not REGISTRY/NAME", "§7"
    ),
    gone("no-image-ocid", "An image's OCID that does not exist", "§7, §5.5"),
    gone("no-repository-ocid", "A repository's OCID that does not exist", "§7, §5.5"),
    invalid("images-subtree", "Images of the tree below another than the tenancy", "tenancy", "§7"),
    gone("no-such-image", "Looking up an image that is not there", "§7, §5.5"),
)
SEARCH: tuple[Refusal, ...] = (
    invalid("search-syntax", "A query that breaks off", "at position", "§8"),
    invalid("search-type", "A query for an unknown type", "no resource type", "§8"),
    invalid("search-field", "A condition on an unknown field", "at position", "§8"),
    invalid("search-limit", "A page of more than 1,000 resources", "limit: must be 1 to 1000", "§8"),
    gone("search-no-type", "Looking up an unknown resource type", "§8", verified=False),
    gone("search-tenancy", "A search in another tenancy", "§8", verified=False),
)
METRICS: tuple[Refusal, ...] = (
    invalid("metric-syntax", "A query of metrics that is not understood", "is not understood", "§4.6"),
    invalid("metric-interval", "An interval of 61 minutes", "interval '61m'", "§4.6"),
    invalid("metric-statistic", "An unknown statistic", "is none of", "§4.6"),
    invalid("metric-percentile", "A percentile over 1", "over 0 and up to 1", "§4.6"),
    invalid(
        "metric-dimension", "A condition on dimensions that is not understood", "must be dimension", "§4.6"
    ),
    invalid("metric-group-by", "groupBy() without a dimension", "needs a dimension", "§4.6"),
    invalid("metric-grouping", "grouping() with a dimension", "takes no dimension", "§4.6"),
    invalid("metric-subtree", "Metrics of the tree below another than the tenancy", "tenancy", "§4.6"),
    invalid("metric-span", "A start after the end", "startTime: must be before", "§4.6"),
    invalid("metric-time", "A time without zone", "names no time zone", "§4.6"),
    invalid("metric-no-time", "A time that cannot be read", "is not a time such as", "§4.6"),
    invalid("metric-far-time", "A time in the year 9999", "not a time of this service", "§4.6"),
)
LOGS: tuple[Refusal, ...] = (
    invalid("log-query", "A query of logs that names none", "must begin with search", "§4.6"),
    invalid("log-stage", "A query of logs that counts lines", "is not among what", "§4.6"),
    invalid("log-no-time", "A time that cannot be read", "is not a time of RFC 3339", "§4.6"),
    invalid("log-time", "A time of no time zone", "has no time zone", "§4.6"),
    gone("no-log-group", "A log group that does not exist", "§10, §5.5"),
    gone("no-log", "A log that does not exist", "§10, §5.5"),
    gone("log-elsewhere", "A log by way of another group than its own", "§10", verified=False),
    conflict("log-group-in-use", "Deleting a log group that holds logs", "still holds 1 log", "§10"),
)
LIMITS: tuple[Refusal, ...] = (
    refused(
        "over-the-limit",
        "A deployment beyond a service limit",
        "400 LimitExceeded",
        "service limits were exceeded: model-deploy-count",
        "§5.5",
    ),
    gone("no-limit", "What is left of a limit that does not exist", "§10, §5.5"),
    gone("limits-elsewhere", "Limits of another compartment than the tenancy", "§10", verified=False),
)
