"""The watchdog of an emulator's containers: whatever happens to the emulator, it removes them.

    python watchdog.py RUN

Standard input is a pipe whose other end only the emulator holds. A word on it means that all is done. Its end
of file alone means that the emulator has died: all containers of this run are removed at once. It runs as a
program of its own, and loads what it needs for that only then.
"""

import os
import sys
import time
from pathlib import Path

RUN = "datascience-emulator.run"
DONE = b"done"
QUIET_LOOKS, LOOK_SECONDS, TRIES = 3, 0.5, 240
"""The engine may still be making a container that the emulator asked for last, so it is looked again."""


def environment() -> dict[str, str]:
    """Ours, with this package where the program looks for it first."""
    paths = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def main(run: str) -> int:
    if sys.stdin.buffer.read():
        return 0
    quiet = 0
    for _ in range(TRIES):
        quiet = quiet + 1 if removed(run) == 0 else 0
        if quiet == QUIET_LOOKS:
            return 0
        time.sleep(LOOK_SECONDS)
    return 1


def removed(run: str) -> int | None:
    """How many containers of the run were removed; None when that failed."""
    from datascience_emulator.containers.engine import Engine
    from datascience_emulator.containers.values import EngineError

    try:
        engine = Engine()
        found = engine.labelled(RUN, run)
        for container in found:
            engine.remove(container)
        engine.close()
    except EngineError:
        return None
    return len(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
