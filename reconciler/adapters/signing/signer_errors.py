"""Turns what keeps a signer from signing into errors of `core.model.errors`.

The SDK's signers fetch tokens while a request is made, and let through what happens on the way: errors of
HTTP libraries, of the token's format, of files.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import oci
import requests
from circuitbreaker import CircuitBreakerError
from oci._vendor import requests as oci_requests

from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import CloudError, NotAllowed, ServiceAnswer, SetupError, Transient
from reconciler.core.model.temporary_causes import may_pass

LOST = (
    requests.RequestException,
    oci_requests.exceptions.RequestException,
    CircuitBreakerError,
    ConnectionError,
    TimeoutError,
)
"""Without a status they mean that the issuer of tokens was not reached. A circuit breaker opens when that has
happened too often.
"""


def explaining_signer(signer: Sdk) -> Sdk:
    """The same signer, which raises NotAllowed when it gets no new token, and Transient when it may get one
    later. It stays an instance of its class, by which the SDK knows whether it can be renewed.
    """
    kind = type(signer)
    signer.__class__ = type(kind.__name__, (_Explained, kind), {})
    return signer


class _Explained:
    """Mixed into a signer's class of the SDK."""

    def __call__(self, request: Sdk, enforce_content_headers: bool = True) -> Sdk:
        with _translated():
            return super().__call__(request, enforce_content_headers)  # type: ignore[misc] # the SDK has no types: the base is Any

    def refresh_security_token(self) -> Sdk:
        """The SDK calls this after a 401."""
        with _translated():
            return super().refresh_security_token()  # type: ignore[misc] # the SDK has no types: the base is Any


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except CloudError:
        raise
    except SetupError as error:
        raise _kind(error.__cause__ or error)(_answer(error, error.__cause__ or error)) from error
    except Exception as error:
        raise _kind(error)(_answer(error, error)) from error


def _kind(error: BaseException) -> type[CloudError]:
    status = _status(error)
    later = may_pass(status) if status else isinstance(error, LOST)
    return Transient if later else NotAllowed


def _answer(error: Exception, root: BaseException) -> ServiceAnswer:
    message = str(getattr(root, "message", "") or error)
    return ServiceAnswer("signing a request", _status(root), type(root).__name__, message)


def _status(error: BaseException) -> int:
    if isinstance(error, oci.exceptions.ServiceError):
        return int(error.status)
    return int(getattr(getattr(error, "response", None), "status_code", 0))
