"""Uploads over TLS, which have an interim answer before the last one (Expect: 100-continue): both are bounded
as everything else is.
"""

import datetime
import io
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.adapters.http.bounded_answers import AnswerBounds
from reconciler.adapters.oci.client import TIMEOUT, ServiceAccess, data_science
from reconciler.adapters.oci.errors import translated
from reconciler.core.model.errors import CloudError, NotAllowed, Transient
from tests.support.hostile import JSON, drips, head, pours

CONTENT = b"weights" * 100
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
DONE = head(204, {"content-length": "0", "connection": "close"})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, with its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + secret)
    return path


Serve = Callable[[ssl.SSLSocket, list[bytes]], None]


@contextmanager
def serving(certificate: Path, serve: Serve) -> Iterator[tuple[str, list[bytes]]]:
    """A server of one connection; its address, and the bodies that it has read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    bodies: list[bytes] = []

    def run() -> None:
        with suppress(OSError):
            client, _ = listener.accept()
            with context.wrap_socket(client, server_side=True) as wrapped:
                while not wrapped.recv(65536).endswith(b"\r\n\r\n"):
                    pass
                serve(wrapped, bodies)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", bodies
        thread.join()


def upload(access: ServiceAccess, certificate: Path, serve: Serve, proxy: str = "") -> list[bytes]:
    """Send the content to such a server; the bodies that arrived."""
    with serving(certificate, serve) as (url, bodies):
        client = data_science(
            ServiceAccess(access.config, access.signer, url, AnswerBounds(1.0, 1 << 20)), TIMEOUT
        )
        client.base_client.session.verify = str(certificate)
        client.base_client.session.proxies = {"https": proxy} if proxy else {}
        with translated("uploading"):
            client.create_model_artifact("ocid1.m", io.BytesIO(CONTENT), content_length=str(len(CONTENT)))
    return bodies


def lets_it(client: ssl.SSLSocket, bodies: list[bytes]) -> None:
    client.sendall(GO_ON)
    body = b""
    while len(body) < len(CONTENT):
        body += client.recv(65536)
    bodies.append(body)
    client.sendall(DONE)


def test_what_may_begin_is_sent_whole(access: ServiceAccess, certificate: Path) -> None:
    assert upload(access, certificate, lets_it) == [CONTENT]


@pytest.mark.parametrize(("status", "kind"), [(401, NotAllowed), (413, CloudError), (503, Transient)])
def test_a_refusal_before_the_end_is_read(
    access: ServiceAccess, certificate: Path, status: int, kind: type[CloudError]
) -> None:
    def refuse(client: ssl.SSLSocket, _: list[bytes]) -> None:
        body = b'{"code": "No", "message": "not now"}'
        client.sendall(head(status, {**JSON, "content-length": str(len(body))}) + body)
        while client.recv(65536):
            pass

    with pytest.raises(CloudError, match=rf"uploading: {status} No: not now \(opc-request-id host") as caught:
        upload(access, certificate, refuse)
    assert type(caught.value) is kind


def says(sent: bytes) -> Serve:
    return lambda client, _: client.sendall(sent)


LIES: dict[str, Serve] = {
    "hangs up in the middle": says(b"HTTP/1.1 100 Continue\r\nx: y\r\n"),
    "hangs up in a line": says(b"HTTP/1.1 100 Conti"),
    "hangs up after it": says(GO_ON),
    "garbage": says(b"\x00\x01\x02\r\n\r\n"),
    "interim answers without end": lambda client, _: pours(b"", GO_ON * 100)(client, None),
    "drips": lambda client, _: drips(b"HTTP/1.1 100 Continue\r\nx:")(client, None),
    "headers without end": lambda client, _: pours(b"HTTP/1.1 100 Continue\r\n", b"x: y\r\n" * 100)(
        client, None
    ),
    "one line without end": lambda client, _: pours(b"HTTP/1.1 100 ", b"x" * 1000)(client, None),
    "a redirect": says(head(307, {"location": "https://127.0.0.1:1/", "content-length": "0"})),
}


@pytest.mark.parametrize("case", LIES)
def test_no_answer_to_an_upload_is_waited_for_without_end(
    access: ServiceAccess, certificate: Path, case: str
) -> None:
    with pytest.raises(CloudError, match=r"uploading: .*opc-request-id"):
        upload(access, certificate, LIES[case])


@contextmanager
def proxying() -> Iterator[str]:
    """A proxy that connects one client with whom it asks for; its address."""

    def relay(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def run() -> None:
        client, _ = listener.accept()
        with client:
            asked = b""
            while not asked.endswith(b"\r\n\r\n"):
                asked += client.recv(65536)
            host, _, port = asked.split()[1].decode().partition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=relay, args=(server, client))
                back.start()
                relay(client, server)
                back.join()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def test_through_a_proxy_it_is_the_same(access: ServiceAccess, certificate: Path) -> None:
    with proxying() as proxy:
        assert upload(access, certificate, lets_it, proxy) == [CONTENT]
    with proxying() as proxy, pytest.raises(Transient, match="did not end within 1 s"):
        upload(access, certificate, LIES["drips"], proxy)
