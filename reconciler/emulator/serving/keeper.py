"""The process around each tritonserver that ends it, its Python stubs and their shared memory, whatever
happens to the emulator.

    python -I -S keeper.py SHM_PREFIX GRACE_SECONDS COMMAND…

Standard input is a pipe whose other end only the emulator holds. A byte on it means *stop*: SIGTERM, and
GRACE_SECONDS to end. Its end of file means that the emulator is gone: everything is killed at once. Runs
alone, so it must import the standard library only.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (not a temporary file: where Linux keeps POSIX shared memory)
# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main(prefix: str, grace: float, command: list[str]) -> int:
    # Orphans become children of this process, so that none can leave the tree that is killed in the end.
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_keeper)
        return keep(child, grace)
    finally:
        kill_descendants()
        remove_shared_memory(prefix)


def keep(child: "subprocess.Popen[bytes]", grace: float) -> int:
    """Waits for the child's end, a byte, or the end of the pipe; returns the child's status, 128 + 9 when
    it is to be killed.
    """
    ended = os.pidfd_open(child.pid)
    if wait_for({ended, sys.stdin.fileno()}) == ended:
        return child.wait()
    if not os.read(sys.stdin.fileno(), 1):
        return 128 + signal.SIGKILL
    child.terminate()
    if wait_for({ended, sys.stdin.fileno()}, grace) == ended:
        return child.wait()
    return 128 + signal.SIGKILL


def wait_for(descriptors: set[int], timeout: float | None = None) -> int | None:
    ready, _, _ = select.select(descriptors, [], [], timeout)
    return min(ready, key=lambda descriptor: descriptor == sys.stdin.fileno(), default=None)


def leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def die_with_keeper() -> None:
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
    parents = dict(parent_of(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def parent_of(entry: Path) -> tuple[int, int]:
    try:
        # "pid (name) state ppid …": the name may hold spaces and brackets.
        return int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return int(entry.name), -1


def remove_shared_memory(prefix: str) -> None:
    for region in SHARED_MEMORY.glob(f"{prefix}*"):
        region.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), sys.argv[3:]))
