"""Clients of the SDK as we need them: no retries and no circuit breaker of its own, and enough connections.

Retrying is the engine's business. The SDK's default breaker is shared by every client of a process, and its
default retry spins for about 93 s on a 409 (docs/service.md §0.11, §0.12, §5.6, §5.7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oci.base_client import OCIHTTPAdapter
from oci.circuit_breaker import NoCircuitBreakerStrategy
from oci.data_science import DataScienceClient
from oci.retry import NoneRetryStrategy

from reconciler.adapters.oci_errors import translated
from reconciler.adapters.sdk import Sdk
from reconciler.core.errors import ServiceAnswer, Transient

CONNECTIONS = 64
"""More than the engine's threads, so that none is opened anew for every call; the SDK's session keeps 10."""

TIMEOUT = (10.0, 60.0)
UPLOAD_TIMEOUT = (10.0, 600.0)
"""Seconds to connect, and to wait for a byte. After an upload, the service takes its time to answer."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a control plane is reached: the SDK's config, a signer, and its address unless that is the region's
    own. A local one is never looked for behind a proxy.
    """

    config: Mapping[str, Any]
    signer: Sdk
    endpoint: str | None = None

    @property
    def local(self) -> bool:
        """Whether this is the local cloud."""
        return self.endpoint is not None


def data_science(access: Access, timeout: tuple[float, float] = TIMEOUT) -> DataScienceClient:
    """A client of OCI Data Science that many threads may use at once."""
    with translated("setting up the client of OCI Data Science"):
        client = DataScienceClient(
            dict(access.config),
            signer=access.signer,
            service_endpoint=access.endpoint,
            retry_strategy=NoneRetryStrategy(),
            circuit_breaker_strategy=NoCircuitBreakerStrategy(),
            timeout=timeout,
        )
    session = client.base_client.session
    for scheme in ("https://", "http://"):
        session.mount(scheme, OCIHTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS))
    session.trust_env = not access.local
    session.hooks["response"].append(_insist_on_json)
    return client


def _insist_on_json(response: Sdk, **_: object) -> None:
    """The SDK makes empty objects of a good answer that is no JSON, such as a proxy's sign-in page: a
    plan would take the cloud for empty.
    """
    if not response.ok or response.request.headers.get("accept") != "application/json":
        return
    text = response.content.strip()
    if text and (text[:1], text[-1:]) not in {(b"{", b"}"), (b"[", b"]")}:
        start = text[:80].decode(errors="replace")
        said = f"the answer is not the service's JSON; is a proxy in between? It begins: {start}"
        request = response.request
        raise Transient(ServiceAnswer(f"{request.method} {request.url}", response.status_code, "", said))
