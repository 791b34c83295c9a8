"""A socket that leads to a container engine, and can be cut, as when the engine is started anew: its
containers run on meanwhile, and nobody reaches it.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path


class Relay:
    """Leads from the socket `own` to the socket `engine`. `refused`: how many came while it was cut."""

    def __init__(self, own: Path, engine: Path) -> None:
        self._own, self._engine = own, engine
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.whole, self.refused = True, 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(own))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"unix://{self._own}"

    def cut(self) -> None:
        """Nobody comes through, and who is through already is thrown out."""
        with self._lock:
            self.whole = False
            for one in self._open:
                _end(one)
            self._open.clear()

    def mend(self) -> None:
        with self._lock:
            self.whole = True

    def close(self) -> None:
        self.cut()
        _end(self._listener)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with self._lock:
                    if self.whole:
                        self._through(near)
                    else:
                        self.refused += 1
                        _end(near)

    def _through(self, near: socket.socket) -> None:
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self._engine))
        self._open |= {near, far}
        threading.Thread(target=_connect, args=(near, far), daemon=True).start()


def _connect(near: socket.socket, far: socket.socket) -> None:
    with near, far:
        there = threading.Thread(target=_pass_on, args=(near, far), daemon=True)
        there.start()
        _pass_on(far, near)
        there.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def relaying(folder: Path, address: str) -> Iterator[Relay]:
    """`address` is the engine's."""
    relay = Relay(folder / "relay.sock", Path(address.removeprefix("unix://")))
    yield relay
    relay.close()
