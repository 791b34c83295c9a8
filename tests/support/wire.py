"""A wire that counts: a TCP relay to a server, which knows how many bytes came back through it."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

CHUNK = 1 << 16


@dataclass
class Wire:
    """`url` stands for the server; `received` is what it has sent through here: bytes, headers included."""

    url: str
    received: int = 0


@contextmanager
def counted(endpoint: str) -> Iterator[Wire]:
    """A relay to the server at `endpoint`, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")
        ends: list[socket.socket] = []
        threading.Thread(target=_accept, args=(listener, endpoint, wire, ends), daemon=True).start()
        try:
            yield wire
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for end in ends:
                _hang_up(end)


def _accept(listener: socket.socket, endpoint: str, wire: Wire, ends: list[socket.socket]) -> None:
    server = urlsplit(endpoint)
    with contextlib.suppress(OSError):  # the listener is closed
        while True:
            client, _ = listener.accept()
            upstream = socket.create_connection((server.hostname, server.port))
            ends += (client, upstream)
            threading.Thread(target=_relay, args=(client, upstream, None), daemon=True).start()
            threading.Thread(target=_relay, args=(upstream, client, wire), daemon=True).start()


def _relay(source: socket.socket, target: socket.socket, count: Wire | None) -> None:
    with contextlib.suppress(OSError):  # either side hung up
        while data := source.recv(CHUNK):
            if count is not None:
                count.received += len(data)
            target.sendall(data)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
