"""Runs a service for tests, and clears up after it, whatever becomes of the tests.

    python -I -S kept.py PLAN

Standard input is a pipe whose other end only the test process holds: its end of file ends the service, also
when that process is killed. PLAN is JSON: the command `service`, the commands to run `before` and `after` its
end, and the `folders` that are deleted then. It runs as a program of its own, so it must import the standard
library only.
"""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

END_SECONDS = 30
CLEARED_SECONDS = 300


@contextlib.contextmanager
def kept(
    service: Sequence[str],
    log: IO[bytes],
    environment: dict[str, str] | None = None,
    before: Sequence[Sequence[str]] = (),
    after: Sequence[Sequence[str]] = (),
    folders: Sequence[Path] = (),
    place: Path | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Yields the keeper, which ends early if the service does. The service works in the folder `place`."""
    plan = {"service": service, "before": before, "after": after, "folders": [str(one) for one in folders]}
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, json.dumps(plan)],
        env=environment,
        cwd=place,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield keeper
    finally:
        keeper.communicate(timeout=CLEARED_SECONDS)


def main(service: list[str], before: list[list[str]], after: list[list[str]], folders: list[str]) -> int:
    process = subprocess.Popen(service, stdin=subprocess.DEVNULL)
    select.select([os.pidfd_open(process.pid), sys.stdin.fileno()], [], [])
    for command in before:
        subprocess.run(command, check=False)
    process.terminate()
    try:
        status = process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    for command in after:
        subprocess.run(command, check=False)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return abs(status)


if __name__ == "__main__":
    sys.exit(main(**json.loads(sys.argv[1])))
