"""A real HTTPS server of one file, which knows ranges and gets into the troubles that a test orders."""

import os
import re
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest

from reconciler.adapters.http.checked_addresses import Resolver
from reconciler.core.model.urls import refused_address
from tests.support.certificates import HOST, authority, server_context

THIS_MACHINE = "127.0.0.1"
HERE = Resolver(
    lambda host, port: [THIS_MACHINE],
    lambda address: "" if address == ip_address(THIS_MACHINE) else refused_address(address),
)
"""A network in which every name is this machine, and may be asked."""

RESET = struct.pack("ii", 1, 0)


def nothing() -> None:
    """Happens meanwhile."""


@dataclass(frozen=True)
class Trouble:
    """What happens to one request: another answer, with this status, or the answer stops after so many bytes.
    Then `meanwhile` runs, and the connection is closed, or with `reset` lost.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b"in trouble"
    stops: int | None = None
    reset: bool = False
    meanwhile: Callable[[], None] = nothing


FINE = Trouble()


@dataclass
class FileServer:
    """`troubles` of the next requests; `asked`: the headers of those that came, names in lower case."""

    content: bytes = b""
    url: str = ""
    versions: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    ranges: bool = True
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def ranges_asked(self) -> list[str]:
        """The Range of each request, empty when it has none."""
        return [headers.get("range", "") for headers in self.asked]

    def reply(self, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """As a server does that nothing happens to."""
        size = len(self.content)
        wanted = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
        same = headers.get("if-range") in (None, *self.versions.values())
        if not wanted or not self.ranges or not same:
            return 200, self.versions, self.content
        start = int(wanted[1])
        if start >= size:
            return 416, {"Content-Range": f"bytes */{size}"}, b""
        found = {"Content-Range": f"bytes {start}-{size - 1}/{size}", **self.versions}
        return 206, found, self.content[start:]


@contextmanager
def trusted() -> Iterator[None]:
    """Whoever asks, processes that are started too, trusts the servers' authority, and knows no proxy."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        (Path(folder) / "authority.pem").write_bytes(authority())
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        patch.setenv("REQUESTS_CA_BUNDLE", f"{folder}/authority.pem")
        yield


@contextmanager
def serving(content: bytes) -> Iterator[FileServer]:
    """The server, trusted while it runs, at a URL that `HERE` knows."""
    with trusted(), _serving(FileServer(content)) as state:
        yield state


@contextmanager
def _serving(state: FileServer) -> Iterator[FileServer]:

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.asked.append(headers)
            trouble = state.troubles.pop(0) if state.troubles else FINE
            status, told, content = state.reply(headers)
            if trouble.status:
                status, told, content = trouble.status, {}, trouble.content
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **told, **trouble.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: trouble.stops])
            trouble.meanwhile()
            if trouble.stops is not None:
                self.close_connection = True
            if trouble.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that is killed is no error of the server's."""

    server = Server((THIS_MACHINE, 0), Handler)
    server.socket = server_context().wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    state.url = f"https://{HOST}:{server.server_address[1]}/model.bin"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()
