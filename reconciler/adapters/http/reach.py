"""Connections to the very address that was checked: a name is looked up once, all that it means is checked,
and no library looks it up again.

A proxy of the environment (HTTPS_PROXY) looks names up by itself; then only what a URL says can be checked.
What is sent over a connection is not known here.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connectionpool import HTTPConnectionPool

from reconciler.adapters.http.watch import RateWatch
from reconciler.core.model.errors import Failed
from reconciler.core.model.urls import Address, Url, address_of, refused_address

TRIED = 4
"""Addresses of a name that are tried, one after the other."""


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as this machine knows them. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Resolver:
    """How names are looked up, and what is said of an address that is not asked (nothing of others)."""

    look_up: Callable[[str, int], Sequence[str]] = look_up
    refused: Callable[[Address], str] = refused_address

    def addresses(self, place: Url) -> tuple[str, ...]:
        """Where to connect. Raises Failed when one of them is refused, requests.ConnectionError when nobody
        knows the name.
        """
        try:
            found = tuple(dict.fromkeys(self.look_up(place.host, place.port)))
        except OSError as error:
            raise requests.ConnectionError(error) from error
        for address in found:
            read = address_of(address)
            if read is None or (kind := self.refused(read)):
                said = f"leads to {address}, {kind}" if read else "leads nowhere"
                raise Failed(
                    f"{place.shown}: its host {said}. Models come from other machines; check the URL"
                )
        return found[:TRIED]


class CheckedAdapter(HTTPAdapter):
    """Asks one place, over connections that are watched."""

    def __init__(self, place: Url, network: Resolver, watch: RateWatch) -> None:
        super().__init__()
        self._place, self._network, self._watch = place, network, watch

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,
        proxies: Any = None,
        cert: Any = None,
    ) -> HTTPConnectionPool:
        """Named by the library, as the place for this."""
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        if (pool.host, pool.port) != (self._place.host, self._place.port):
            raise Failed(f"{self._place.shown}: programs read this URL differently. Write it more simply")
        behind = select_proxy(str(self._place), proxies)
        addresses = () if behind else self._network.addresses(self._place)
        pool.ConnectionCls = _watched(pool.ConnectionCls, addresses, self._watch)
        return cast("HTTPConnectionPool", pool)


def _watched(base: Any, addresses: Sequence[str], watch: RateWatch) -> Any:
    """The same class of connections, to these addresses, or to the proxy that it knows if there are none."""

    def new_connection(connection: Any) -> socket.socket:
        found: socket.socket = _connected(addresses, connection) if addresses else base._new_conn(connection)
        watch.hold(found)
        return found

    return type("Watched", (base,), {"_new_conn": new_connection})


def _connected(addresses: Sequence[str], connection: Any) -> socket.socket:
    """Connected to the first address that takes it; raises the OSError of the last one."""
    *others, last = addresses
    for address in others:
        try:
            return socket.create_connection((address, connection.port), connection.timeout)
        except OSError:
            continue
    return socket.create_connection((last, connection.port), connection.timeout)
