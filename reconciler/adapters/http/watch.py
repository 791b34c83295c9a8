"""A watch over connections: it cuts one over which too little comes, whatever that waits for. Timeouts of
sockets begin anew with every byte; this does not. What comes over them is not known here.
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType


class RateWatch:
    """Cuts what it holds once fewer than `least` bytes have come within `window` seconds, and holds nothing
    more. To be entered; its thread ends when it is left.
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
        """Whether too little came."""
        return self._cut

    def hold(self, connection: socket.socket) -> None:
        """Watch this one too; it may be wrapped, or closed, afterwards."""
        with self._lock:
            # A second descriptor: wrapping with TLS takes the first one away from its object.
            self._held.append(connection.dup())
            if self._cut:
                self._end()

    def came(self, count: int) -> None:
        """So many bytes of what is wanted."""
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
