"""Refusals: one class, and a function for each documented pair of status and code.

Codes and statuses: https://docs.cloud.oracle.com/Content/API/References/apierrors.htm. Where no document
names the code for a case, a comment says what was chosen.
"""


class ServiceError(Exception):
    """A refusal as the client sees it: HTTP status, `code` and `message`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def cannot_parse(message: str) -> ServiceError:
    return ServiceError(400, "CannotParseRequest", message)


def invalid(message: str) -> ServiceError:
    return ServiceError(400, "InvalidParameter", message)


def missing(message: str) -> ServiceError:
    return ServiceError(400, "MissingParameter", message)


def related_not_found(resource: str) -> ServiceError:
    """The body names a `resource` (in words) that does not exist, or is not visible to the caller."""
    return ServiceError(
        400,
        "RelatedResourceNotAuthorizedOrNotFound",
        f"Authorization failed or related resource not found: {resource}",
    )


def limit_exceeded(*names: str) -> ServiceError:
    """The words are the service's (docs/service.md §5.5)."""
    return ServiceError(
        400,
        "LimitExceeded",
        f"The following service limits were exceeded: {', '.join(names)}. Request a service limit increase "
        "from the service limits page in the console. ",
    )


def not_authenticated(reason: str) -> ServiceError:
    return ServiceError(
        401,
        "NotAuthenticated",
        f"The required information to complete authentication was not provided or was incorrect. ({reason})",
    )


def not_found() -> ServiceError:
    return ServiceError(
        404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."
    )


def no_such_route(method: str, path: str) -> ServiceError:
    return ServiceError(404, "NotFound", f"No operation answers {method} {path}.")


def method_not_allowed(method: str, path: str) -> ServiceError:
    return ServiceError(405, "MethodNotAllowed", f"{method} is not allowed on {path}.")


def conflict(message: str) -> ServiceError:
    """A conflict that does not go away by waiting."""
    return ServiceError(409, "Conflict", message)


def incorrect_state(resource: str, state: str, allowed: str) -> ServiceError:
    return ServiceError(409, "IncorrectState", f"{resource} is in the state {state}; this needs {allowed}.")


def retry_token_used() -> ServiceError:
    return ServiceError(
        409,
        "InvalidatedRetryToken",
        "The provided retry token was used in an earlier request with another body, or what that request "
        "made has been deleted since. Send a new token.",
    )


def etag_mismatch(resource_id: str) -> ServiceError:
    return ServiceError(412, "NoEtagMatch", f"The etag in if-match is not the current one of {resource_id}.")


def length_required() -> ServiceError:
    return ServiceError(411, "LengthRequired", "Missing content length header")


def payload_too_large(message: str) -> ServiceError:
    return ServiceError(413, "PayloadTooLarge", message)


def too_many_requests(message: str) -> ServiceError:
    return ServiceError(429, "TooManyRequests", message)


def internal(message: str) -> ServiceError:
    return ServiceError(500, "InternalServerError", message)


def unavailable(message: str) -> ServiceError:
    return ServiceError(503, "ServiceUnavailable", message)
