"""The watchdog: the parent process of each tritonserver. Whatever happens to the emulator, it ends the server
and its Python stubs, and removes their shared memory and their folder of links.

    python -I -S watchdog.py SHM_PREFIX LINKS GRACE_SECONDS COMMAND…

Standard input is a pipe whose other end only the emulator holds. A byte on it means *stop*: SIGTERM, and
GRACE_SECONDS for the models to end. Its end of file means that the emulator has died: everything is killed at
once. It runs as a program of its own, so it must import the standard library only.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (not a temporary file: where Linux keeps POSIX shared memory)
# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class Process(NamedTuple):
    parent: int
    name: str
    runs: bool  # and does not merely wait to be reaped


def main(prefix: str, links: str, grace: float, command: list[str]) -> int:
    # Orphans become children of this process, so that no process can leave the tree, which is killed at the
    # end.
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_watchdog)
        return keep(child, grace)
    finally:
        kill_descendants()
        remove_shared_memory(prefix)
        shutil.rmtree(links, ignore_errors=True)


def keep(child: "subprocess.Popen[bytes]", grace: float) -> int:
    """Waits for the end of the child, a byte, or the end of the pipe. Returns the status of the child, or
    128 + 9 when it has to be killed.
    """
    ended = os.pidfd_open(child.pid)
    if wait_for({ended, sys.stdin.fileno()}) == ended:
        status = child.wait()
        return status if status >= 0 else 128 - status
    if not os.read(sys.stdin.fileno(), 1):
        return 128 + signal.SIGKILL
    child.terminate()
    wait_for_models(child.pid, {ended, sys.stdin.fileno()}, grace)
    return 128 + signal.SIGKILL


def wait_for_models(server: int, ends: set[int], grace: float) -> None:
    """Returns when Triton has ended its stubs, so that every model has run its `finalize`. After that, Triton
    only waits for ticks of its own clock, a second each, so it may be killed.
    """
    deadline = time.monotonic() + grace
    while handle := handle_of_stub(server):
        try:
            if wait_for({handle, *ends}, max(0.0, deadline - time.monotonic())) != handle:
                return
        finally:
            os.close(handle)


def handle_of_stub(server: int) -> int | None:
    """Of one that runs; readable when it has ended."""
    for pid, process in processes().items():
        if process.runs and process.parent == server:
            with contextlib.suppress(ProcessLookupError):
                return os.pidfd_open(pid)
    return None


def wait_for(descriptors: set[int], timeout: float | None = None) -> int | None:
    ready, _, _ = select.select(descriptors, [], [], timeout)
    return min(ready, key=lambda descriptor: descriptor == sys.stdin.fileno(), default=None)


def leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def die_with_watchdog() -> None:
    """In the child: the kernel kills it if this process is itself killed with SIGKILL."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def kill_descendants() -> None:
    """Again and again until none is left: a process may fork while the others are being killed."""
    while pids := descendants(os.getpid()):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        time.sleep(0.01)


def descendants(root: int) -> list[int]:
    parents = {pid: process.parent for pid, process in processes().items()}
    pids = [root]
    for pid in pids:
        pids += [child for child, parent in parents.items() if parent == pid]
    return pids[1:]


def processes() -> dict[int, Process]:
    """Every process of the machine, by its id."""
    by_pid = {}
    for entry in Path("/proc").iterdir():
        # A process may end while it is read.
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                by_pid[int(entry.name)] = parse((entry / "stat").read_text(errors="replace"))
    return by_pid


def parse(stat: str) -> Process:
    # "pid (name) state ppid …": the name may hold spaces and brackets.
    beginning, _, rest = stat.rpartition(")")
    state, parent = rest.split()[:2]
    return Process(int(parent), beginning.partition("(")[2], state not in "ZX")


def remove_shared_memory(prefix: str) -> None:
    for region in SHARED_MEMORY.glob(f"{prefix}*"):
        region.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]))
