"""HTTP answers within bounds: every answer ends in time, no answer is too large, and no redirect is followed.
`bounded_sdk_answers` has the same for the SDK's own copy of requests; this module does without the SDK.

A timeout of a socket only bounds the silence between two packets: one byte a second never breaks it. So the
deadline and the limit are enforced where the bytes arrive.
"""

import http.client
import io
import socket
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from reconciler.adapters.http.download_headers import length_of
from reconciler.adapters.sdk import Sdk

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEADER_BYTES = 1 << 18
"""Bytes of an answer before its body, interim answers (1xx) included. Real ones have some hundred."""

ERROR_BYTES = 1 << 16
"""Bytes of an error's body that are read; the service's have a code and a sentence."""

BLOCK = 1 << 16
"""Bytes that are read at a time."""

FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
"""Redirects that another try would meet again (RFC 9110, sections 15.4.2 and 15.4.9)."""


@dataclass(frozen=True, slots=True)
class AnswerBounds:
    """`seconds` from the end of a request to the end of its answer; `body`: bytes of it, decoded."""

    seconds: float
    body: int


class BadAnswer(Exception):
    """An answer that cannot be believed, or did not end; `again` when another try may bring a better one.
    Callers turn it into an error of `core.model.errors` that says what was being done. `location` is where a
    redirect leads.
    """

    def __init__(
        self, why: str, *, again: bool, status: int = 0, request_id: str = "", location: str = ""
    ) -> None:
        super().__init__(why)
        self.again, self.status, self.request_id, self.location = again, status, request_id, location


def body_of(response: Sdk, bounds: AnswerBounds) -> bytes:
    """The whole decoded body of a streamed response. Raises BadAnswer when it is too large or breaks off."""
    body = bytearray()
    if response.request.method == "HEAD" or length_of(response.headers) <= bounds.body:
        for block in response.iter_content(BLOCK):
            body += block
            if len(body) > bounds.body:
                break
        else:
            return bytes(body)
    response.close()
    size = f"{bounds.body / (1 << 20):.0f} MiB"
    raise BadAnswer(f"the answer is larger than {size}, which no answer of the service is", again=False)


def beginning_of(response: Sdk) -> bytes:
    """The first bytes of a streamed response's body, as far as they arrive; the rest is left unread."""
    body = bytearray()
    # A connection with something unread on it is not used again, so it is closed; what has arrived has to do.
    with closing(response), suppress(BadAnswer, OSError, urllib3.exceptions.HTTPError):
        for block in response.iter_content(ERROR_BYTES):
            body += block
            if len(body) >= ERROR_BYTES:
                break
    return bytes(body[:ERROR_BYTES])


class _Incoming(io.RawIOBase):
    """The bytes of one answer from a socket, within its bounds."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, bounds: AnswerBounds) -> None:
        self._raw, self._sock, self._seconds = raw, sock, bounds.seconds
        self._ends = time.monotonic() + bounds.seconds
        # Chunked bodies have some bytes of framing around what counts.
        self._most = 2 * bounds.body + HEADER_BYTES
        self._arrived = 0
        self.head = True
        """Whether the body has not begun."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        usual = self._sock.gettimeout()
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self._late()
        shorter = usual is None or left < usual
        if shorter:
            self._sock.settimeout(left)
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError as error:
            raise self._late() if shorter else error from error
        finally:
            if shorter:
                self._sock.settimeout(usual)
        self._arrived += count or 0
        if self._arrived > (HEADER_BYTES + BLOCK if self.head else self._most):
            where = "before its body begins" if self.head else "for its body"
            raise BadAnswer(f"the answer has too many bytes {where}", again=False)
        return count

    def _late(self) -> BadAnswer:
        return BadAnswer(f"the answer did not end within {self._seconds:g} s", again=True)

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Answer(http.client.HTTPResponse):
    """An answer that is read within bounds."""

    def __init__(self, sock: socket.socket, *arguments: Any, bounds: AnswerBounds, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        buffered: Any = self.fp
        self._incoming = _Incoming(buffered.detach(), sock, bounds)
        self.fp = io.BufferedReader(self._incoming, BLOCK)

    def begin(self) -> None:
        """Read the status and the headers."""
        super().begin()
        self._incoming.head = False


def _pools(bounds: AnswerBounds) -> dict[str, Any]:
    """Kinds of connection pools by scheme."""
    answer = staticmethod(partial(_Answer, bounds=bounds))
    http_connection = type("Plain", (HTTPConnection,), {"response_class": answer})
    https_connection = type("Secure", (HTTPSConnection,), {"response_class": answer})
    return {
        "http": type("PlainPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": http_connection}),
        "https": type("SecurePool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": https_connection}),
    }


class Bounded:
    """Mixed into an HTTPAdapter. `timeout` is for requests that have none: seconds to connect, and between
    two packets.
    """

    def __init__(self, bounds: AnswerBounds, timeout: tuple[float, float], **options: Any) -> None:
        self._pools = _pools(bounds)
        self._timeout = timeout
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)  # type: ignore[misc]  # of the adapter behind
        self.poolmanager.pool_classes_by_scheme = self._pools  # type: ignore[attr-defined]  # as above

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager: Any = super().proxy_manager_for(proxy, **options)  # type: ignore[misc]  # as above
        # SOCKS has connections of its own; there, sizes are bounded, and time by the silence alone.
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request: Any, stream: bool = False, timeout: Any = None, **options: Any) -> Any:
        """Raises BadAnswer for a redirect: it would need another signature, and would lead away from the
        service.
        """
        response = super().send(request, stream, timeout or self._timeout, **options)  # type: ignore[misc]  # as above
        if HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST:
            response.close()
            raise _redirected(response)
        return response


def _redirected(response: Sdk) -> BadAnswer:
    place = response.headers.get("location", "")
    what = f"a redirect to {place[:200]}, which is not followed" if place else "no answer of the service"
    return BadAnswer(
        f"{what}; is a proxy in between, or the endpoint wrong?",
        again=response.status_code not in FOR_GOOD,
        status=response.status_code,
        request_id=response.headers.get("opc-request-id", ""),
        location=place,
    )


class BoundedAdapter(Bounded, requests.adapters.HTTPAdapter):  # type: ignore[misc]  # Bounded passes on any arguments
    """For sessions of requests."""
