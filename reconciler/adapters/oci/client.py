"""Clients of the SDK without retries and without its circuit breaker, and with enough connections.

The engine tries again where that helps. The SDK's default breaker is shared by every client of a process, and
its default retry spins for about 93 s on a 409 (docs/service.md §0.11, §0.12, §5.6, §5.7).

Answers are bounded (`http.bounded_answers`) and checked (`answer_reader`). The SDK alone would follow
redirects, read without end, and take anything for an empty list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from oci.base_client import BaseClient
from oci.circuit_breaker import NoCircuitBreakerStrategy
from oci.data_science import DataScienceClient
from oci.exceptions import ServiceError
from oci.response import Response
from oci.retry import NoneRetryStrategy

from reconciler.adapters.http.bounded_answers import AnswerBounds, BadAnswer, beginning_of, body_of
from reconciler.adapters.http.bounded_sdk_answers import BoundedSdkAdapter
from reconciler.adapters.http.json_text import parsed_json
from reconciler.adapters.oci.answer_reader import AnswerReader
from reconciler.adapters.oci.errors import CONNECTION_ERRORS, Unanswered, translated
from reconciler.adapters.sdk import Sdk

CONNECTIONS = 64
"""The most that `--parallel` allows. Further calls open connections of their own, which are not kept. The
session of the SDK keeps 10.
"""

TIMEOUT = (10.0, 60.0)
UPLOAD_TIMEOUT = (10.0, 600.0)
"""Seconds to connect, and to wait for a byte. The service takes its time to answer an upload."""

BOUNDS = AnswerBounds(seconds=120.0, body=16 << 20)
"""An answer may take a minute to begin, and another one to arrive. A page of a hundred deployments has some
hundred kilobytes, and with the largest configurations a few megabytes.
"""

READS = frozenset({"GET", "HEAD"})
REQUEST_ID = "opc-request-id"
STREAM = "stream"
"""The SDK's name for a body that is passed on as it arrives."""


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """How to reach a control plane: the SDK's config, a signer, and its address unless it is the region's
    own. A local one is never asked through a proxy. `bounds` are those of its answers.
    """

    config: Mapping[str, Any]
    signer: Sdk
    endpoint: str | None = None
    bounds: AnswerBounds = BOUNDS

    @property
    def local(self) -> bool:
        """Whether this is the local cloud."""
        return self.endpoint is not None


def data_science(access: ServiceAccess, timeout: tuple[float, float] = TIMEOUT) -> DataScienceClient:
    """A client of OCI Data Science that many threads may use at once."""
    return client_of(DataScienceClient, "OCI Data Science", access, timeout)


def client_of(kind: Sdk, service: str, access: ServiceAccess, timeout: tuple[float, float] = TIMEOUT) -> Sdk:
    """A client of this kind of the SDK that many threads may use at once; `service` is its name in words."""
    with translated(f"setting up the client of {service}"):
        client = kind(
            dict(access.config),
            signer=access.signer,
            service_endpoint=access.endpoint,
            retry_strategy=NoneRetryStrategy(),
            circuit_breaker_strategy=NoCircuitBreakerStrategy(),
            timeout=timeout,
        )
    bounds = replace(access.bounds, seconds=access.bounds.seconds + timeout[1] - TIMEOUT[1])
    # The SDK makes the transport of its clients itself, and lets nobody choose the class.
    client.base_client.__class__ = _Checked
    client.base_client.take(bounds)
    session = client.base_client.session
    for scheme in ("https://", "http://"):
        adapter = BoundedSdkAdapter(bounds, timeout, pool_connections=4, pool_maxsize=CONNECTIONS)
        session.mount(scheme, adapter)
    session.trust_env = not access.local
    return client


class _Checked(BaseClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's transport, which reads answers in our way."""

    def take(self, bounds: AnswerBounds) -> None:
        """Set the bounds of an answer."""
        self._bounds = bounds
        self._answers = AnswerReader(self.type_mappings)

    def request(self, request: Sdk, *_: object, **__: object) -> Response:
        """Send, and read the answer. Raises what the session raises, ServiceError for what the service
        refuses, and BadAnswer for what cannot be believed.
        """
        signer = self.signer if request.enforce_content_headers else self.signer.without_content_headers
        try:
            response = self.session.request(
                request.method,
                request.url,
                auth=signer,
                params=request.query_params,
                headers=request.header_params,
                data=request.body,
                stream=True,
                allow_redirects=False,
                timeout=self.timeout,
            )
            if not HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                raise _service_error(request, response)
            return self._read(request, response)
        except BadAnswer as error:
            # An odd answer to a write does not say whether the write was heard: it is no refusal.
            error.again = error.again or request.method not in READS
            error.request_id = error.request_id or _our_id(request)
            raise
        except CONNECTION_ERRORS as error:
            raise Unanswered(_our_id(request), error) from error

    def _read(self, request: Sdk, response: Sdk) -> Response:
        """The SDK's Response, with a further attribute `size`: bytes of the body."""
        status, request_id = response.status_code, str(response.headers.get(REQUEST_ID) or "")
        try:
            size, data = self._data(request, response)
        except BadAnswer as error:
            response.close()
            error.status, error.request_id = status, request_id
            raise
        except CONNECTION_ERRORS as error:
            response.close()
            why = f"the answer broke off: {(*error.args, error)[0]}"
            raise BadAnswer(why, again=True, status=status, request_id=request_id) from error
        answer = Response(status, response.headers, data, request)
        answer.size = size
        return answer

    def _data(self, request: Sdk, response: Sdk) -> tuple[int, Any]:
        if request.response_type == STREAM:
            return 0, response
        body = body_of(response, self._bounds)
        if request.response_type:
            return len(body), self._answers.read(body, request.response_type)
        if body.strip():
            # The body may be empty. If it is not, it is JSON, or no answer of the service.
            parsed_json(body)
        return len(body), None


def _our_id(request: Sdk) -> str:
    """The id that we gave the request; the service's own id begins with it."""
    return str(request.header_params.get(REQUEST_ID) or "")


def _service_error(request: Sdk, response: Sdk) -> ServiceError:
    """An error as the SDK raises it, which renews a session for a 401. The body may be anything."""
    body = beginning_of(response)
    try:
        content = parsed_json(body)
    except BadAnswer:
        content = body.decode(errors="replace")
    is_object = isinstance(content, dict)
    code, message = (content.get("code"), content.get("message")) if is_object else (None, content)
    return ServiceError(
        response.status_code,
        str(code or "") or None,
        response.headers,
        str(message or ""),
        original_request=request,
    )
