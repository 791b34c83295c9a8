"""The stand-in as a process, until ended: python -m tests.support.github --state DIR [--port-file FILE]."""

import argparse
import json
import signal
import threading
from pathlib import Path

from tests.support.github.server import github
from tests.support.github.state import new_state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port-file", type=Path, help="the address is written to it")
    arguments = parser.parse_args()
    folder: Path = arguments.state
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "state.json"
    if not file.exists():
        file.write_text(json.dumps(new_state(), indent=1))
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with github(json.loads(file.read_text()), folder) as hub:
        print(hub.url, flush=True)
        if arguments.port_file:
            written = arguments.port_file.with_suffix(".new")
            written.write_text(hub.url)
            written.replace(arguments.port_file)
        over.wait()


if __name__ == "__main__":
    main()
