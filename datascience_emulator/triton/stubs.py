"""Notices when a stub, the process of a Python-backend model, has ended while Triton still waits for it.

Triton notices only stubs that report their failure. One that could not be started, or that crashed, stays an
unreaped child, and Triton never becomes ready. It must not end any process.
"""

import time

from datascience_emulator.triton import watchdog

LOOK_SECONDS = 1.0


class Stubs:
    """The stubs below the watchdog `pid`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._dead: set[int] = set()
        self._next_look = time.monotonic() + LOOK_SECONDS

    def lost(self) -> bool:
        """Whether the same stub was dead at this look and at the last one, LOOK_SECONDS ago. Triton reaps
        stubs that it ends itself at once.
        """
        if time.monotonic() < self._next_look:
            return False
        before, self._dead = self._dead, dead_stubs(self._pid)
        self._next_look = time.monotonic() + LOOK_SECONDS
        return bool(before & self._dead)


def dead_stubs(watchdog_pid: int) -> set[int]:
    processes = watchdog.processes()
    servers = {
        pid
        for pid, process in processes.items()
        if process.parent == watchdog_pid and process.name == "tritonserver"
    }
    return {pid for pid, process in processes.items() if process.parent in servers and not process.runs}
