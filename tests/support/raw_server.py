"""A TLS server that sends what a test says, HTTP or not, and a proxy that lets others through."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.certificates import HOST, server_context
from tests.support.file_server import THIS_MACHINE, trusted

Send = Callable[[bytes], None]


@contextmanager
def sending(script: Callable[[Send], None], tls: bool = True) -> Iterator[str]:
    """The URL of a server that answers each request by `script`, and then closes the connection; without
    `tls` it begins at once. What a script sends to somebody who has gone ends the script.
    """
    context = server_context() if tls else None

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if context is None:
                script(connection.sendall)
                return
            with context.wrap_socket(connection, server_side=True) as wrapped:
                while b"\r\n\r\n" not in wrapped.recv(1 << 16):
                    pass
                script(wrapped.sendall)

    with trusted(), _listening(serve) as port:
        yield f"https://{HOST}:{port}/m"


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """The URL of an HTTP proxy, and the hosts that it was asked to connect to: all are this machine."""
    asked: list[str] = []

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            head = connection.recv(1 << 16).decode()
            found = re.match(r"CONNECT (\S+):(\d+) ", head)
            assert found
            asked.append(found[1])
            with socket.create_connection((THIS_MACHINE, int(found[2]))) as other:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_copy, args=(other, connection), daemon=True)
                back.start()
                _copy(connection, other)
                back.join()

    with _listening(serve) as port:
        yield f"http://{THIS_MACHINE}:{port}", asked


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server((THIS_MACHINE, 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
