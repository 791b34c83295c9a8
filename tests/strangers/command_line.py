"""The command `oci` as its maker publishes it, started like any other program: words in, exit code and JSON
out.

It must not know what the answers should be.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 400.0
"""No command of these tests takes a tenth of it on an idle machine; one that takes all of it is stuck."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the service refused, as the command shows it."""

    status: int
    code: str
    message: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Oci:
    """`auth`: the options that say how to sign in, where it is not with the API key of the config file."""

    program: Path
    endpoint: str
    config_file: Path
    home: Path
    auth: Sequence[str] = ()

    def __call__(self, command: str, **options: Any) -> Any:
        """What it prints, parsed; None when it prints nothing. It has to end with 0."""
        printed = self._succeeded(command, options)
        return json.loads(printed) if printed.strip() else None

    def download(self, command: str, file: Path, **options: Any) -> bytes:
        """What it writes to `file`."""
        self._succeeded(command, {"file": file, **options})
        return file.read_bytes()

    def _succeeded(self, command: str, options: Mapping[str, Any]) -> str:
        done = self.run([*command.split(), *spelled(options)])
        assert done.returncode == 0, f"oci {command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def refused(self, command: str, **options: Any) -> Refusal:
        """The error of the service. The command has to end with 1 and print nothing but the error.

        It is told not to try again, as it does for minutes where the state is wrong.
        """
        done = self.run([*command.split(), *spelled(options), "--no-retry"])
        assert (done.returncode, done.stdout) == (1, ""), f"oci {command}: {done}"
        title, _, document = done.stderr[done.stderr.index("ServiceError:") :].partition("\n")
        assert title == "ServiceError:", done.stderr
        error = json.loads(document)
        return Refusal(error["status"], error["code"], error["message"], error["opc-request-id"])

    def run(self, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        where = [] if words[0] == "raw-request" else ["--endpoint", self.endpoint]
        return subprocess.run(
            [str(self.program), *where, "--config-file", str(self.config_file), *self.auth, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        """Nothing that the user of this machine has set for oci; a home folder of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OCI_")}
        return kept | {"HOME": str(self.home), "OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING": "True"}


def spelled(options: Mapping[str, Any]) -> list[str]:
    """`wait_for_state="ACTIVE"` → `--wait-for-state ACTIVE`; True is an option that takes no value."""
    words = []
    for name, value in options.items():
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words.append(json.dumps(value) if isinstance(value, dict | list) else str(value))
    return words
