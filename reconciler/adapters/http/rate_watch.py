"""Cuts connections that bring too little, whatever they wait for. The timeout of a socket begins anew with
every byte; this one does not.
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType


class RateWatch:
    """Cuts the connections that it holds once fewer than `least` bytes have arrived within `window` seconds.
    A context manager: its thread ends with the context.
    """

    def __init__(self, least: int, window: float) -> None:
        self._least, self._window = least, window
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._held: list[socket.socket] = []
        self._count = 0
        self._cut = False
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    @property
    def has_cut(self) -> bool:
        """Whether too little arrived."""
        return self._cut

    def hold(self, connection: socket.socket) -> None:
        """Watch this one too; it may be wrapped, or closed, afterwards."""
        with self._lock:
            # A second descriptor: wrapping with TLS takes the first one away from its object.
            self._held.append(connection.dup())
            if self._cut:
                self._end()

    def arrived(self, count: int) -> None:
        """So many bytes have arrived."""
        with self._lock:
            self._count += count

    def __enter__(self) -> "RateWatch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        for connection in self._held:
            connection.close()

    def _run(self) -> None:
        while not self._over.wait(self._window):
            with self._lock:
                if self._count < self._least:
                    self._cut = True
                    self._end()
                    return
                self._count = 0

    def _end(self) -> None:
        for connection in self._held:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
