"""Translates everything that the OCI SDK and its HTTP library raise into errors of `core.model.errors`,
with the cause chained.

The status and the code alone decide what may be tried again (docs/service.md §5.5, §5.6).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import oci
import urllib3
from oci._vendor import requests as oci_requests

from reconciler.adapters.http.bounded_answers import BadAnswer
from reconciler.adapters.http.retry_after import retry_after_seconds
from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    EtagMismatch,
    IncorrectState,
    NotAllowed,
    NotFound,
    ServiceAnswer,
    SetupError,
    Transient,
    quoting,
)
from reconciler.core.model.temporary_causes import may_pass

BUSY_CODES = frozenset({"IncorrectState", "LockConflict", "ExternalServerIncorrectState"})
"""Codes of a 409 that passes when other work has ended; every other 409 stays."""

CONNECTION_ERRORS = (
    oci_requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    ConnectionError,
    TimeoutError,
)
"""The SDK carries its own copy of requests. Reading a streamed body raises errors of urllib3."""

LONGEST_MESSAGE = 2000
"""Characters that are kept of a message from elsewhere."""

SETUP_ERRORS = (oci.exceptions.ClientError, oci_requests.exceptions.InvalidURL)


class Unanswered(Exception):
    """No answer came to the request with this id of ours. The service may have heard it; `error` is why."""

    def __init__(self, request_id: str, error: Exception) -> None:
        super().__init__(str(error))
        self.request_id, self.error = request_id, error


@contextmanager
def translated(operation: str, before_write: bool = False) -> Iterator[None]:
    """Raise errors of others inside as ours; `operation` says in words what was being done. `before_write` is
    for a read right before a write: an unusable answer is retried, because otherwise the write would count
    as refused.
    """
    try:
        yield
    except oci.exceptions.ServiceError as error:
        raise _of_service(operation, error) from error
    except BadAnswer as error:
        error.again = error.again or before_write
        raise of_bad_answer(operation, error) from error
    except SETUP_ERRORS as error:
        raise SetupError(f"{operation}: {error}") from error
    except Unanswered as error:
        raise _of_connection(operation, error.error, error.request_id) from error
    except CONNECTION_ERRORS as error:
        raise _of_connection(operation, error) from error


def _of_service(operation: str, error: oci.exceptions.ServiceError) -> CloudError:
    status, code = int(error.status), str(error.code or "")
    answer = ServiceAnswer(
        operation,
        status,
        cut(code),
        cut(str(error.message or "")),
        cut(str(error.request_id or "")),
        retry_after_seconds((error.headers or {}).get("retry-after"), time.time()),
    )
    return _kind(status, code)(answer)


def of_bad_answer(operation: str, error: BadAnswer) -> CloudError:
    """The same error with what was being done."""
    answer = ServiceAnswer(operation, error.status, "", cut(str(error)), cut(error.request_id))
    return Transient(answer) if error.again else CloudError(answer)


def cut(text: str) -> str:
    """At most so much of what somebody else has written. Otherwise it stays as it is, control characters too:
    it is searched for secrets later.
    """
    return text[:LONGEST_MESSAGE] + (" …" if len(text) > LONGEST_MESSAGE else "")


def _kind(status: int, code: str) -> type[CloudError]:
    match status:
        case 401 | 403:
            return NotAllowed
        case 404:
            return NotFound
        case 409:
            return IncorrectState if code in BUSY_CODES else Conflict
        case 412:
            return EtagMismatch
        case _:
            return Transient if may_pass(status) else CloudError


def _of_connection(operation: str, error: Exception, request_id: str = "") -> CloudError | SetupError:
    text = " ".join(str(part) for part in error.args)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        advice = "set REQUESTS_CA_BUNDLE to your proxy's certificates"
        message = f"{operation}: the server's certificate is not trusted here; {advice}: {text}"
        return quoting(SetupError(message), text)
    # The library's error wraps the one that says what happened.
    first = error.args[0] if error.args else error
    root = first if isinstance(first, Exception) else error
    reason, *why = root.args or (root,)
    if why and isinstance(why[0], Exception):
        reason = f"{reason} ({type(why[0]).__name__}: {why[0]})"
    return Transient(ServiceAnswer(operation, 0, type(root).__name__, cut(str(reason)), request_id))
