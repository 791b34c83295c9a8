"""Connections to the very address that was checked: a name is looked up once, all its addresses are checked,
and no library looks it up again.

A proxy of the environment (HTTPS_PROXY) looks names up by itself; then only the URL can be checked.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connectionpool import HTTPConnectionPool

from reconciler.adapters.http.rate_watch import RateWatch
from reconciler.core.model.errors import Failed
from reconciler.core.model.urls import Address, Url, address_of, refused_address

TRIED = 4
"""So many addresses of a name are tried, one after the other."""


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as this machine knows them. Raises OSError."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Resolver:
    """Looks names up. `refused` says why an address is not connected to; it is empty for one that is."""

    look_up: Callable[[str, int], Sequence[str]] = look_up
    refused: Callable[[Address], str] = refused_address

    def addresses(self, place: Url) -> tuple[str, ...]:
        """The addresses of a URL's host. Raises Failed when one of them is refused, requests.ConnectionError
        when the name is unknown.
        """
        try:
            addresses = tuple(dict.fromkeys(self.look_up(place.host, place.port)))
        except OSError as error:
            raise requests.ConnectionError(error) from error
        for address in addresses:
            parsed = address_of(address)
            if parsed is None or (kind := self.refused(parsed)):
                what = f"leads to {address}, {kind}" if parsed else "leads nowhere"
                raise Failed(
                    f"{place.shown}: its host {what}. Models come from other machines; check the URL"
                )
        return addresses[:TRIED]


class CheckedAdapter(HTTPAdapter):
    """For requests to one URL, over connections that are checked and watched."""

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
        """The library's own place to choose the pool of connections for a request."""
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        if (pool.host, pool.port) != (self._place.host, self._place.port):
            raise Failed(f"{self._place.shown}: programs read this URL differently. Write it more simply")
        behind = select_proxy(str(self._place), proxies)
        addresses = () if behind else self._network.addresses(self._place)
        pool.ConnectionCls = _watched(pool.ConnectionCls, addresses, self._watch)
        return cast("HTTPConnectionPool", pool)


def _watched(base: Any, addresses: Sequence[str], watch: RateWatch) -> Any:
    """The same class of connections, to these addresses; to its proxy when there are none."""

    def new_connection(connection: Any) -> socket.socket:
        sock: socket.socket = _connected(addresses, connection) if addresses else base._new_conn(connection)
        watch.hold(sock)
        return sock

    return type("Watched", (base,), {"_new_conn": new_connection})


def _connected(addresses: Sequence[str], connection: Any) -> socket.socket:
    """A connection to the first address that accepts it. Raises the OSError of the last one."""
    *others, last = addresses
    for address in others:
        try:
            return socket.create_connection((address, connection.port), connection.timeout)
        except OSError:
            continue
    return socket.create_connection((last, connection.port), connection.timeout)
