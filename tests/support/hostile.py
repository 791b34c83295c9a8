"""A service that lies: a relay to an emulator, which answers what it is told to answer in a way of its own,
byte by byte on the socket. The rest goes to the emulator and back unchanged.
"""

import contextlib
import json
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from oci.signer import Signer

from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.errors import Failed
from tests.support.emulator import Emulator
from tests.support.workspace import Workspace

LIST = r"^GET /20190101/modelDeployments\?"
"""The list that a plan is made from."""

READS = frozenset({"GET", "HEAD"})
MEGABYTE = 1 << 20
GIGABYTES = 5 << 30


@dataclass(frozen=True)
class Asked:
    """A request as it arrived, and how the real service would answer it."""

    method: str
    path: str
    really: "Callable[[], Reply]"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[socket.socket, Asked], None]
"""Answers in its own way; the connection is closed after it."""


@dataclass
class Hostile:
    """`on` says for which requests it lies: a pattern of `METHOD path?query`; `times` how often, None for
    always. `heard` has the requests that reached the real service, `lies` how often it lied.
    """

    url: str
    upstream: str
    on: str = "$^"
    behave: Behaviour | None = None
    times: int | None = None
    heard: list[str] = field(default_factory=list)
    lies: int = 0

    def lie(self, on: str, behave: Behaviour, times: int | None = None) -> None:
        self.on, self.behave, self.times, self.lies = on, behave, times, 0
        self.heard.clear()

    def tell_the_truth(self) -> None:
        self.lie("$^", honest)

    @property
    def written(self) -> list[str]:
        """The writes that reached the real service."""
        return [line for line in self.heard if line.partition(" ")[0] not in READS]

    def _behaviour(self, line: str) -> Behaviour:
        if self.behave is None or not re.search(self.on, line) or self.times == self.lies:
            return honest
        self.lies += 1
        return self.behave


@contextmanager
def hostile(upstream: str) -> Iterator[Hostile]:
    """A relay to the emulator at `upstream`, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Hostile(f"http://127.0.0.1:{listener.getsockname()[1]}", upstream)
        accepting = threading.Thread(target=_accept, args=(listener, relay), daemon=True)
        accepting.start()
        try:
            yield relay
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, relay: Hostile) -> None:
    with contextlib.suppress(OSError):  # the listener is closed
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, relay), daemon=True).start()


def _serve(client: socket.socket, relay: Hostile) -> None:
    # The other side hangs up in the middle of what is too much for it.
    with client, contextlib.suppress(OSError), client.makefile("rb") as lines:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (first := lines.readline()).strip():
            method, path, _ = first.decode().split()
            headers = {}
            while line := lines.readline().decode().strip():
                name, _, value = line.partition(":")
                headers[name.strip().lower()] = value.strip()
            body = lines.read(int(headers.get("content-length") or 0))
            behave = relay._behaviour(f"{method} {path}")

            def really(
                method: str = method, path: str = path, headers: dict[str, str] = headers, body: bytes = body
            ) -> Reply:
                relay.heard.append(f"{method} {path}")
                return _forward(relay.upstream, method, path, headers, body)

            behave(client, Asked(method, path, really))
            if behave is not honest:
                return


def _forward(upstream: str, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
    server = urlsplit(upstream)
    connection = HTTPConnection(server.hostname or "", server.port or 0)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read())
    finally:
        connection.close()


def honest(client: socket.socket, asked: Asked) -> None:
    told = asked.really()
    headers = {name: value for name, value in told.headers.items() if name != "transfer-encoding"}
    length = headers.get("content-length") if asked.method == "HEAD" else None
    client.sendall(
        head(told.status, {**headers, "content-length": length or str(len(told.body))}) + told.body
    )


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode("latin-1")


JSON = {"content-type": "application/json", "opc-request-id": "hostile/1/2"}


def says(body: bytes | str, status: int = 200, **headers: str) -> Behaviour:
    """A whole answer; `_` in a header's name is `-`. With `content_length`, that is what it claims."""
    content = body if isinstance(body, bytes) else body.encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    size = {"content-length": str(len(content)), "connection": "close"}
    sent = head(status, {**JSON, **size, **named}) + content
    return lambda client, _: client.sendall(sent)


def raw(sent: bytes) -> Behaviour:
    return lambda client, _: client.sendall(sent)


def changed(change: Callable[[Any], Any], **headers: str) -> Behaviour:
    """The true answer, with its document changed."""

    def behave(client: socket.socket, asked: Asked) -> None:
        told = asked.really()
        text = json.dumps(change(told.json))
        kept = {name: value for name, value in told.headers.items() if name in ("etag", "opc-next-page")}
        says(text, told.status, **{**kept, **headers})(client, asked)

    return behave


def instead(change: Callable[[str], str]) -> Behaviour:
    """The true answer, with its text changed."""

    def behave(client: socket.socket, asked: Asked) -> None:
        says(change(asked.really().body.decode()))(client, asked)

    return behave


def drips(sent: bytes, pause: float = 0.05) -> Behaviour:
    """These bytes at once, and then one after another for ever."""

    def behave(client: socket.socket, _: Asked) -> None:
        client.sendall(sent)
        while True:
            client.sendall(b" ")
            time.sleep(pause)

    return behave


def pours(sent: bytes, block: bytes, size: int = GIGABYTES) -> Behaviour:
    """These bytes, and then a block again and again until so many bytes were taken."""

    def behave(client: socket.socket, _: Asked) -> None:
        client.sendall(sent)
        for _ in range(size // len(block)):
            client.sendall(block)

    return behave


def chunked(block: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(block), block)


def bomb(client: socket.socket, _: Asked) -> None:
    """Zeros without end, packed a thousand to one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    client.sendall(head(200, {**JSON, "content-encoding": "gzip", "transfer-encoding": "chunked"}))
    for _ in range(GIGABYTES // MEGABYTE):
        if packed := packer.compress(b" " * MEGABYTE):
            client.sendall(chunked(packed))


def pages(token: Callable[[int], str], item: Callable[[int], Any] = lambda _: []) -> Behaviour:
    """A list that goes on; `token` and `item` get the number of the page."""
    count = iter(range(10**9))

    def behave(client: socket.socket, asked: Asked) -> None:
        number = next(count)
        says(json.dumps(item(number)), opc_next_page=token(number))(client, asked)

    return behave


def hangs_up(client: socket.socket, _: Asked) -> None:
    client.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Applied:
    """A repository that was applied over a service that may lie from now on, and who signs in to it: to read
    a key takes longer than most of what is asked.
    """

    workspace: Workspace
    service: Hostile
    emulator: Emulator
    signer: Signer


@dataclass(frozen=True)
class World:
    """`reconcile` runs a verb in this process and gives its exit code; `told` is what was printed since.
    `cloud` makes what the verbs ask, behind the same door, where an answer has so many seconds.
    """

    workspace: Workspace
    service: Hostile
    emulator: Emulator
    reconcile: Callable[..., int]
    told: Callable[[], str]
    cloud: Callable[..., OciCloud]

    def cannot_read(
        self,
        on: str,
        behave: Behaviour,
        says: str,
        read: Callable[[OciCloud], object] = lambda cloud: cloud.snapshot(),
    ) -> None:
        """What a plan is made from ends in an error that says this, and nothing is sent."""
        self.service.lie(on, behave)
        with pytest.raises(Failed) as caught:
            read(self.cloud())
        assert re.search(says, str(caught.value)), caught.value
        assert self.service.lies > 0
        assert self.service.written == []

    def believes_nothing(self, on: str, behave: Behaviour, says: str) -> None:
        """Neither plan nor apply goes on from such an answer: one error, exit 1, and nothing is sent."""
        for verb in (["plan"], ["apply", "--yes"]):
            self.service.lie(on, behave)
            code = self.reconcile(*verb)
            told = self.told()
            assert code == 1, told
            assert "Traceback" not in told
            (error,) = [line for line in told.splitlines() if line.startswith("error: ")]
            assert re.search(says, error), error
            assert self.service.lies > 0
            assert self.service.written == []
