"""A conversation with `ads_program.py`, which runs in the environment of oracle-ads."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("ads_program.py")
SECONDS = 400.0
"""No verb takes a quarter of it on an idle machine; one that takes all of it is stuck."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What oracle-ads raised."""

    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Ads:
    process: "subprocess.Popen[str]"

    def __call__(self, verb: str, **arguments: Any) -> Any:
        said = self._ask(verb, arguments)
        assert "error" not in said, f"{verb}: {said}"
        return said["is"]

    def raised(self, verb: str, **arguments: Any) -> Raised:
        return Raised(**self._ask(verb, arguments))

    def _ask(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with _killing(self.process):
            self.process.stdin.write(json.dumps({"do": verb, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        assert line, f"{verb}: the program has ended with {self.process.wait()}, or was stuck"
        said: dict[str, Any] = json.loads(line)
        return said


@contextmanager
def _killing(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Who waits for an answer of the process waits for SECONDS at most: then it is killed."""
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def ads_process(python: Path, home: Path) -> Iterator[Ads]:
    """The program, with nothing that the user of this machine has set for oci; a home folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCI_", "PYTHON"))}
    with subprocess.Popen(
        [str(python), str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=kept | {"HOME": str(home)},
    ) as process:
        try:
            yield Ads(process)
            assert process.stdin is not None
            process.stdin.close()  # it ends with its input
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
