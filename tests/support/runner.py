"""A real runner of GitHub workflows (act) on this machine, without Docker and without network.

Two things stand in for the real ones. `actions/setup-python` cannot be fetched, so a composite action of that
name puts the test's Python first on PATH. And what `pip install` would download is seen through links to the
packages of the running environment, which is itself never written to.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.wheels import build_wheel

SCRIPTS = Path(sysconfig.get_path("scripts"))
SETUP_PYTHON = "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c"
OURS = ("oci_triton_reconciler", "_oci_triton_reconciler", "reconciler")

STAND_IN = """name: stands in for actions/setup-python
runs:
  using: composite
  steps:
    - shell: bash
      run: echo "$TEST_PYTHON_BIN" >> "$GITHUB_PATH"
"""

RUN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a runner said: `summary` as GitHub would show it, `annotations` by their fields."""

    succeeded: bool
    summary: str
    annotations: tuple[Mapping[str, str], ...]
    log: str


@dataclass(frozen=True, slots=True)
class Runner:
    """`folder` holds the stand-ins, `wheel` is what the workflows install."""

    folder: Path
    wheel: Path

    def run(self, repository: Path, event: str, payload: object) -> JobRun:
        """Run the workflows of a repository for an event, as GitHub would with the target `local`."""
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps(payload))
        done = subprocess.run(
            self._command(event, event_file),
            cwd=repository,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        return read_log(done.returncode, done.stdout, done.stderr)

    def _command(self, event: str, event_file: Path) -> list[str]:
        command = [str(SCRIPTS / "act"), event, f"--eventpath={event_file}", "--json"]
        command += ["--platform=ubuntu-latest=-self-hosted", "--action-offline-mode", "--no-cache-server"]
        command += [f"--local-repository={SETUP_PYTHON}={self.folder / 'setup-python'}"]
        command += [f"--action-cache-path={self.folder / 'work'}"]
        command += ["--var=RECONCILER_TARGET=local", f"--var=RECONCILER={self.wheel}[emulator]"]
        # Nothing is downloaded: what is not in the running environment is an error.
        given = {
            "TEST_PYTHON_BIN": self.folder / "python" / "bin",
            "PIP_NO_INDEX": 1,
            "PIP_FIND_LINKS": "",
            "PIP_NO_COMPILE": 1,
        }
        return command + [f"--env={name}={value}" for name, value in given.items()]

    def _environment(self) -> dict[str, str]:
        """The host's, with a home of its own, and nothing of a runner that we may be in ourselves."""
        hosts = {
            name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_"))
        }
        return {**hosts, "HOME": str(self.folder / "home")}


def make_runner(folder: Path) -> Runner:
    """Build the wheel of this checkout and the environment that workflows install it into."""
    for name in ("home", "setup-python"):
        (folder / name).mkdir(parents=True)
    (folder / "setup-python" / "action.yml").write_text(STAND_IN)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "python"], check=True)
    packages = _link_packages(folder / "packages")
    for site in (folder / "python" / "lib").glob("python*/site-packages"):
        (site / "packages.pth").write_text(f"{packages}\n")
    return Runner(folder, build_wheel(folder / "wheel"))


def _link_packages(folder: Path) -> Path:
    """The running environment's packages, save this project: that is to be installed from its wheel."""
    folder.mkdir()
    for place in dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))):
        for entry in Path(place).iterdir():
            if not entry.name.startswith(OURS):
                (folder / entry.name).symlink_to(entry)
    return folder


def read_log(status: int, stdout: str, stderr: str) -> JobRun:
    """What act's log, a JSON document a line, says."""
    entries = [_entry(line) for line in stdout.splitlines()]
    return JobRun(
        succeeded=status == 0,
        summary="".join(entry["content"] for entry in entries if entry.get("command") == "summary"),
        annotations=tuple(
            {**entry.get("kvPairs", {}), "message": entry["arg"]}
            for entry in entries
            if entry.get("command") == "error"
        ),
        log="".join(entry.get("msg", "").rstrip("\n") + "\n" for entry in entries) + stderr,
    )


def _entry(line: str) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except ValueError:
        return {"msg": line}
