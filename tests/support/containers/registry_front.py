"""What stands before a registry of the tests: TLS, a token service, and refusals that a test orders.

Tokens follow Docker's token authentication (distribution, `auth: token`): whoever knows the user's password
gets one for what the user may do; nobody else gets any.
"""

import http.client
import json
import re
import secrets
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate

from tests.support.certificates import server_context

_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Refusal:
    """What requests of this method, to paths that begin so, are answered with."""

    status: int
    code: str
    message: str
    method: str
    path: str

    def fits(self, method: str, path: str) -> bool:
        return method == self.method and re.match(self.path, path) is not None


@dataclass
class Front:
    """What it knows, and what it was asked: method and path. `allowed`: the repositories that the user may
    use, None for all; `behind`: the registry's own address.
    """

    host: str = ""
    behind: str = ""
    user: str = "ocean/robot"
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    allowed: frozenset[str] | None = None
    refusals: list[Refusal] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def knows(self, authorization: str) -> bool:
        scheme, _, rest = authorization.partition(" ")
        return scheme.lower() == "basic" and b64decode(rest) == f"{self.user}:{self.password}".encode()

    def access(self, scopes: list[str]) -> list[dict[str, Any]]:
        """The part of the scopes that the user may have."""
        wanted = [scope.split(":", 1) for whole in scopes for scope in whole.split()]
        split = [(kind, *rest.rsplit(":", 1)) for kind, rest in wanted]
        return [
            {"type": kind, "name": name, "actions": actions.split(",")}
            for kind, name, actions in split
            if self.allowed is None or name in self.allowed
        ]


@dataclass(frozen=True)
class _Tokens:
    service: str
    issuer: str
    key: bytes
    certificate: bytes

    def issue(self, user: str, access: list[dict[str, Any]]) -> str:
        """Signed by the key, whose certificate the registry knows."""
        now = int(time.time())
        der = load_pem_x509_certificate(self.certificate).public_bytes(serialization.Encoding.DER)
        claims = {
            **{"iss": self.issuer, "sub": user, "aud": self.service, "jti": secrets.token_hex(8)},
            **{"iat": now, "nbf": now - 60, "exp": now + 600, "access": access},
        }
        headers = {"x5c": [b64encode(der).decode()]}
        return jwt.encode(claims, self.key, algorithm="ES256", headers=headers)


@contextmanager
def fronting(service: str, issuer: str, key: bytes, certificate: bytes) -> Iterator[Front]:
    """The front on a free port. It has nothing behind it yet."""
    front, tokens = Front(), _Tokens(service, issuer, key, certificate)
    handler = type("Bound", (_Handler,), {"front": front, "tokens": tokens})
    server = _Server(("127.0.0.1", 0), handler)
    server.socket = server_context("127.0.0.1", "localhost").wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    front.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield front
    server.shutdown()
    thread.join()
    server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that is killed in the middle of a push is no error of the server's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    front: Front
    tokens: _Tokens

    def _serve(self) -> None:
        self.front.asked.append(f"{self.command} {self.path}")
        refusal = next((one for one in self.front.refusals if one.fits(self.command, self.path)), None)
        if self.path.startswith("/token"):
            self._token()
        elif refusal and self.headers.get("authorization"):
            for _ in self._body():
                pass
            error = {"code": refusal.code, "message": refusal.message, "detail": None}
            self._answer(refusal.status, {"errors": [error]})
        else:
            self._relay()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (names of the base class)

    def _token(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        if not self.front.knows(self.headers.get("authorization", "")):
            error = {"code": "UNAUTHORIZED", "message": "incorrect username or password"}
            self._answer(401, {"errors": [error]})
            return
        token = self.tokens.issue(self.front.user, self.front.access(asked.get("scope", [])))
        self._answer(200, {"token": token, "access_token": token, "expires_in": 600})

    def _relay(self) -> None:
        registry = http.client.HTTPConnection(self.front.behind)
        chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        sized = self.headers.get("content-length")
        headers = {name: ", ".join(self.headers.get_all(name, ())) for name in self.headers}
        headers.update({"X-Forwarded-Proto": "https", "Connection": "close"})
        try:
            body = self._body() if chunked or sized else None
            registry.request(self.command, self.path, body, headers, encode_chunked=chunked)
            answer = registry.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OF_ONE_CONNECTION:
                    self.send_header(name, value)
            length = answer.getheader("content-length")
            whole = answer.read() if length is None else b""
            self.send_header("Content-Length", length or str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)
            while block := answer.read(_BLOCK):
                self.wfile.write(block)
        finally:
            registry.close()

    def _body(self) -> Iterator[bytes]:
        """The request's body, as it arrives."""
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            yield from self._read(int(self.headers.get("content-length") or 0))
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield from self._read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _read(self, size: int) -> Iterator[bytes]:
        while size:
            block = self.rfile.read(min(size, _BLOCK))
            if not block:
                raise ConnectionError("the client has gone")
            size -= len(block)
            yield block

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
