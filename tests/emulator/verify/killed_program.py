"""Runs `datascience-emulator verify` again and again, and kills it: after one request, after some more, …

Usage: killed_program.py STEP ARGUMENT…, the arguments of the command. Each run is a fork of this process, so
that nothing has to be imported again. It ends when a run comes to its end, and prints how many were killed.
"""

import os
import signal
import sys
from itertools import count
from typing import Any

import oci  # noqa: F401 (each run needs it: imported before the forks, it is imported once)

from datascience_emulator.cli.verbs import run
from datascience_emulator.verify.service import SignedHttp


def killed(after: int, arguments: list[str]) -> bool:
    """Whether the run was killed; its request number `after` was answered, and it never heard of it."""
    pid = os.fork()
    if pid == 0:
        _kill_after(after)
        os._exit(run(arguments))
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    if os.WEXITSTATUS(status):
        sys.exit("the run failed")
    return False


def _kill_after(number: int) -> None:
    send, numbers = SignedHttp._send, count(1)

    def counted(*arguments: Any, **named: Any) -> Any:
        answer = send(*arguments, **named)
        if next(numbers) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    SignedHttp._send = counted


if __name__ == "__main__":
    step = int(sys.argv[1])
    kills = 0
    while killed(1 + kills * step, sys.argv[2:]):
        kills += 1
    sys.stdout.write(f"killed {kills} times\n")
