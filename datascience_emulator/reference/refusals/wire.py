"""Refusals that all operations share, and those of work requests and compartments. Data only."""

from datascience_emulator.reference.refusals.kinds import (
    Form,
    Refusal,
    conflict,
    gone,
    invalid,
    refused,
    state,
    unauthenticated,
)

SIGNING: tuple[Refusal, ...] = (
    unauthenticated(
        "unsigned", "A request without an authorization header", "no authorization", "§5.4, §5.5"
    ),
    unauthenticated(
        "other-scheme", "An authorization that is not a signature", "must be: Signature", "§5.4, §5.5"
    ),
    unauthenticated("other-algorithm", "A signature by another algorithm", "rsa-sha256", "§5.4, §5.5"),
    unauthenticated("unknown-key", "A key that is not registered", "names no registered key", "§5.4, §5.5"),
    unauthenticated(
        "uncovered-header", "A signature that leaves out what it has to cover", "cover: ", "§5.4, §5.5"
    ),
    unauthenticated(
        "covered-not-sent", "A signature over a header that is not sent", "not sent", "§5.4, §5.5"
    ),
    unauthenticated("no-date", "A date that cannot be read", "not an HTTP date", "§5.4, §5.5"),
    unauthenticated("skewed-date", "A date over five minutes off", "5 minutes", "§5.4, §5.5", verified=False),
    unauthenticated("wrong-body-hash", "A body other than the one signed", "x-content-sha256", "§5.4, §5.5"),
    unauthenticated("wrong-signature", "A signature that does not match", "does not match", "§5.4, §5.5"),
    unauthenticated("expired-token", "A session token that has expired", "expired", "§6", verified=False),
    unauthenticated("foreign-token", "A session token of another issuer", "not issued", "§6", verified=False),
    unauthenticated(
        "token-algorithm", "A session token by another algorithm", "not RS256", "§6", verified=False
    ),
    unauthenticated("endless-token", "A session token that never expires", "no exp", "§6", verified=False),
    unauthenticated(
        "no-session-token", "A token that opens no session", "not a session token", "§6", verified=False
    ),
    refused(
        "exchange-client",
        "Exchanging a token as an unknown client",
        "401 invalid_client",
        "no such client",
        "§6",
        verified=False,
        form=Form.OAUTH,
    ),
    refused(
        "exchange-grant",
        "Asking the identity domain for another grant than an exchange",
        "400 unsupported_grant_type",
        "grant_type",
        "§6",
        verified=False,
        form=Form.OAUTH,
    ),
    refused(
        "exchange-subject",
        "Exchanging text that is not a JWT, or a JWT that has expired or names no issuer",
        "400 invalid_request",
        "subject_token",
        "§6",
        verified=False,
        form=Form.OAUTH,
    ),
    refused(
        "exchange-claims",
        "Exchanging a JWT that names nobody",
        "400 invalid_request",
        "no iss and no sub",
        "§6",
        verified=False,
        form=Form.OAUTH,
    ),
    refused(
        "exchange-key",
        "Exchanging a token for a key that is not an RSA key",
        "400 invalid_request",
        "public_key: must be an RSA key",
        "§6",
        verified=False,
        form=Form.OAUTH,
    ),
    refused(
        "exchange-too-large",
        "A form of more than 64 KB",
        "413 PayloadTooLarge",
        "64 KB",
        "§6",
        verified=False,
    ),
)
REQUESTS: tuple[Refusal, ...] = (
    refused("no-such-route", "A path that no operation has", "404 NotFound", "No operation answers", "§5.5"),
    refused(
        "method-not-allowed",
        "A method that the path does not have",
        "405 MethodNotAllowed",
        "not allowed",
        "§5.5",
    ),
    refused("not-json", "A body that is not JSON", "400 CannotParseRequest", "not JSON", "§5.5"),
    refused(
        "missing-field", "A body without a required field", "400 MissingParameter", "compartmentId", "§5.5"
    ),
    refused("missing-query", "A list without compartmentId", "400 MissingParameter", "compartmentId", "§5.5"),
    invalid("other-type", "A field of another type of JSON", "displayName: must be a string", "§5.5"),
    invalid("no-whole-number", "Text where a whole number has to be", "must be a whole number", "§5.5"),
    invalid("no-number", "Text where a number has to be", "must be a number", "§5.5"),
    invalid("no-truth", "Text where true or false has to be", "must be true or false", "§5.5"),
    invalid("no-list", "An object where a list has to be", "must be a list", "§5.5"),
    invalid("list-as-object", "A list where an object has to be", "freeformTags: must be an object", "§5.5"),
    invalid("list-as-body", "A body that is a list", "body: must be an object", "§5.5"),
    invalid("no-object-of-kinds", "A list where one of several forms has to be", "must be an object", "§5.5"),
    refused(
        "no-kind", "A body without the field that names its form", "400 MissingParameter", "required", "§5.5"
    ),
    refused(
        "deep-json",
        "JSON that is nested more than 64 deep",
        "400 CannotParseRequest",
        "nested more than",
        "§5.5",
        verified=False,
    ),
    refused(
        "huge-number",
        "A number beyond floating point",
        "400 CannotParseRequest",
        "beyond floating point",
        "§5.5",
        verified=False,
    ),
    invalid("no-ocid", "Text where an OCID has to be", "'mine' is not an OCID", "§5.5"),
    invalid("limit-zero", "A page of no items", "limit: must be 1 to 100", "§0.2"),
    invalid("limit-too-large", "A page of more than 100 items", "limit: must be 1 to 100", "§0.2"),
    invalid("unknown-sort", "A sort key that the list does not have", "sortBy: must be one of", "§5.2"),
    invalid("unknown-order", "A sort order other than ASC and DESC", "sortOrder: must be one of", "§5.2"),
    invalid("foreign-page", "A page token that no list gave", "page: not a token", "§5.5"),
    invalid("page-of-another-order", "A page token of a list in another order", "another order", "§5.5"),
    gone("not-found", "A resource that does not exist", "§5.5"),
    gone("changing-what-is-deleted", "Changing a resource that is deleted", "§2.1", verified=False),
    gone(
        "reading-what-is-deleted",
        "Reading a resource that is deleted (reading after-delete=gone)",
        "§2.1",
        verified=False,
    ),
    gone("unknown-compartment", "A list in a compartment that does not exist", "§5.5", verified=False),
    gone("create-nowhere", "A create in a compartment that does not exist", "§5.5", verified=False),
    refused("etag-mismatch", "An if-match that is not the etag", "412 NoEtagMatch", "if-match", "§5.5"),
    refused(
        "retry-token-used",
        "A retry token sent again with another body",
        "409 InvalidatedRetryToken",
        "retry token was used",
        "§5.5",
        verified=False,
    ),
    refused(
        "retry-token-of-deleted",
        "A retry token sent again when what it made is deleted",
        "409 InvalidatedRetryToken",
        "deleted since",
        "§5.5",
        verified=False,
    ),
    refused(
        "too-large",
        "A body of more than 4 MB",
        "413 PayloadTooLarge",
        "limit is 4 MB",
        "§5.5",
        verified=False,
    ),
)
TAGS: tuple[Refusal, ...] = (
    invalid("eleven-tags", "More than 10 free-form tags", "at most 10 free-form tags", "§8"),
    invalid("many-defined-tags", "More than 64 defined tags", "at most 64 defined tags", "§8"),
    invalid("odd-defined-tag", "A defined tag that is null, a list or an object", "must be text, a", "§8"),
    invalid("long-defined-tag", "A defined tag of more than 256 characters", "at most 256", "§8"),
    invalid("dotted-tag-key", "A tag key with a period or a space", "no period, no space", "§8"),
    invalid("dotted-tag-space", "A tag namespace with a period or a space", "no period, no space", "§8"),
    invalid("long-tag-key", "A tag key of more than 100 characters", "1 to 100", "§8"),
    invalid("long-tag-value", "A tag value of more than 256 characters", "at most 256", "§8"),
    invalid("large-tags", "Tags of more than 5 KB in all", "5 KB", "§8"),
)
WORK: tuple[Refusal, ...] = (
    state("cancel-started", "Cancelling a work request that has started", "§2.2"),
    state("cancel-finished", "Cancelling a work request that is over", "§2.2"),
    gone("unknown-work", "The logs of a work request that does not exist", "§5.5"),
)
IDENTITY: tuple[Refusal, ...] = (
    refused(
        "compartment-taken",
        "A second compartment of the same name in one parent",
        "409 CompartmentAlreadyExists",
        "already exists",
        "Identity API",
        verified=False,
    ),
    conflict(
        "compartment-in-use", "Deleting a compartment that holds something", "still holds", "Identity API"
    ),
    gone("no-compartment", "A compartment that does not exist", "§5.5"),
    gone("other-tenancy", "Another tenancy", "§5.5"),
    gone("other-user", "Another user", "§5.5"),
    invalid("subtree", "compartmentIdInSubtree below another than the tenancy", "tenancy", "Identity API"),
)
