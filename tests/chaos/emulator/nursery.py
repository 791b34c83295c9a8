"""Starts `reconcile` without waiting for its imports: this process has done them, and forks for each command.

What is started is a process like any other, to be killed like any other. A line of JSON in, one out:
{"start": [arguments], "told": file} gives a pid, {"poll": pid} the status that it ended with, or null.
"""

import json
import os
import sys
from typing import Any

from reconciler.cli.main import main


def run(arguments: list[str]) -> int:
    sys.argv = ["reconcile", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


def child(arguments: list[str], told: str) -> None:
    """Never returns: what this process was about is not its child's business."""
    code = 1
    try:
        output = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - open until the end
        code = run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def answer(asked: dict[str, Any]) -> int | None:
    if "poll" in asked:
        pid, status = os.waitpid(asked["poll"], os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None
    pid = os.fork()
    if pid == 0:
        child(asked["start"], asked["told"])
    return pid


if __name__ == "__main__":
    real, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115, PTH123 - what the first one says
    run(["plan"])
    real.write("ready\n")
    real.flush()
    for line in sys.stdin:
        real.write(json.dumps(answer(json.loads(line))) + "\n")
        real.flush()
