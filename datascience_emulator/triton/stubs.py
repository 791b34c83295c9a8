"""Notices when a stub, the process of a Python-backend model, ended while Triton still waits for it.

Triton takes note only of stubs that tell it of their failure. One that was never started, or that crashed,
stays an unreaped child, and Triton stays unready until somebody's patience ends. It must not end anything.
"""

import time

from datascience_emulator.triton import keeper

LOOK_SECONDS = 1.0


class Stubs:
    """The stubs below the keeper `pid`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._dead: set[int] = set()
        self._next_look = time.monotonic() + LOOK_SECONDS

    def lost(self) -> bool:
        """Whether a stub was dead at this look and at the one before, LOOK_SECONDS ago. Triton reaps those
        that it ends itself at once.
        """
        if time.monotonic() < self._next_look:
            return False
        before, self._dead = self._dead, dead_stubs(self._pid)
        self._next_look = time.monotonic() + LOOK_SECONDS
        return bool(before & self._dead)


def dead_stubs(keeper_pid: int) -> set[int]:
    processes = keeper.processes()
    servers = {
        pid for pid, one in processes.items() if one.parent == keeper_pid and one.name == "tritonserver"
    }
    return {pid for pid, one in processes.items() if one.parent in servers and not one.runs}
