"""A real runner of GitHub workflows (act) on this machine, without Docker and without network.

Stand-ins take the place of GitHub's own actions (`tests/actions/stand_ins`), and what `pip install` would
download is seen through links to the packages of the running environment, which is itself never written to.
The reconciler is installed by the workflows themselves, from a copy of this checkout.

What it cannot prove: tests/actions/README.md.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.wheels import ROOT

SCRIPTS = Path(sysconfig.get_path("scripts"))
STAND_INS = ROOT / "tests" / "actions" / "stand_ins"
OURS = ("oci_triton_reconciler", "_oci_triton_reconciler", "reconciler")
TOOL = "acme/reconciler"
"""The repository that the reconciler comes from, in the workflows of tests."""

CHECKOUT = (
    *(".github", "reconciler", "datascience_emulator", "schemas", "templates"),
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"),
)
"""What the reconciler is installed from."""

NO_DOWNLOADS = {
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": "",
    "PIP_NO_COMPILE": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # so pip spells that there is none
}
"""For pip: what is not in the running environment is an error."""

RUN_SECONDS = 300
_EXIT = re.compile(r"(?m): exit status (\d+)$")

_UNKNOWN = re.compile(r"(?m)^ *queue: max\n")
"""What the runner takes for an error, and does not need: its jobs of one group never meet."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a runner said: the result of each job by its name, `summary` as GitHub would show it, the fields
    of `annotations`, and the codes that steps ended with, if not with 0.
    """

    jobs: Mapping[str, str]
    summary: str
    annotations: tuple[Mapping[str, str], ...]
    exit_codes: tuple[int, ...]
    log: str

    @property
    def succeeded(self) -> bool:
        return set(self.jobs.values()) == {"success"}


@dataclass(frozen=True, slots=True)
class Runner:
    """`folder` holds what the runner needs: `tool`, a copy of this checkout as a repository with one commit,
    and links to packages.
    """

    folder: Path
    commit: str

    @property
    def source(self) -> str:
        """What the workflows call others from."""
        return f"{TOOL}@{self.commit}"

    @property
    def packages(self) -> Path:
        return self.folder / "packages"

    @property
    def tool(self) -> Path:
        return self.folder / "tool"

    def run(
        self,
        repository: Path,
        event: str,
        payload: object,
        *,
        given: Mapping[str, str],
        secrets: Mapping[str, str],
        workflow: str = "",
    ) -> JobRun:
        """Run the workflows of a repository for an event, or only one of them; `given` are variables of the
        environment, as `STAND_IN_ORIGIN`, which names the repository that is checked out.
        """
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps(payload))
        # Not by the environment: the runner gives all of that to every step.
        secret_file = self.folder / "secrets.env"
        secret_file.write_text("".join(f"{name}={json.dumps(value)}\n" for name, value in secrets.items()))
        named = [f"--workflows={repository}/.github/workflows/{workflow}"] if workflow else []
        done = subprocess.run(
            [
                *self._command(event, event_file),
                *named,
                *self._given(given),
                *(f"-s={name}" for name in secrets),
            ],
            cwd=repository,
            env={**self._environment(), **secrets},
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        return read_log(done.stdout, done.stderr)

    def _command(self, event: str, event_file: Path) -> list[str]:
        command = [str(SCRIPTS / "act"), event, f"--eventpath={event_file}", "--json", "--rm"]
        command += ["--platform=ubuntu-latest=-self-hosted", "--action-offline-mode", "--no-cache-server"]
        command += ["--no-skip-checkout", f"--action-cache-path={self.folder / 'work'}"]
        command += [f"--secret-file={self.folder / 'secrets.env'}"]
        command += [f"--local-repository={name}={place}" for name, place in self._repositories()]
        return command

    def _repositories(self) -> Iterator[tuple[str, Path]]:
        yield self.source, self.tool
        for text in sorted((ROOT / ".github").rglob("*.yml")):
            for name, ref in re.findall(r"uses: (actions/[a-z-]+)@([0-9a-f]{40})", text.read_text()):
                yield f"{name}@{ref}", STAND_INS / name.partition("/")[2]

    def _given(self, given: Mapping[str, str]) -> list[str]:
        variables = {
            **NO_DOWNLOADS,
            "STAND_IN_TOOL": str(self.tool),
            "STAND_IN_PYTHON": sys.executable,
            "STAND_IN_PACKAGES": str(self.packages),
            **given,
        }
        return [f"--env={name}={value}" for name, value in variables.items()]

    def _environment(self) -> dict[str, str]:
        """The host's, with a home of its own, and nothing of a runner that we may be in ourselves."""
        hosts = {
            name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_"))
        }
        return {**hosts, "HOME": str(self.folder / "home")}


def make_runner(folder: Path) -> Runner:
    """Copy this checkout, and make the environment that workflows install it into."""
    (folder / "home").mkdir(parents=True)
    (folder / "tool").mkdir()
    for name in CHECKOUT:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / "tool" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, folder / "tool" / name)
    for workflow in (folder / "tool" / ".github" / "workflows").iterdir():
        workflow.write_text(_UNKNOWN.sub("", workflow.read_text()))
    _link_packages(folder / "packages")
    return Runner(folder, _committed(folder / "tool"))


def _committed(folder: Path) -> str:
    """Make a repository of a folder; its only commit."""
    git = ["git", "-C", folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "the reconciler"], check=True)
    told = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return told.stdout.strip()


def _link_packages(folder: Path) -> None:
    """The running environment's packages, save this project: that is to be installed by the workflows."""
    folder.mkdir()
    for place in dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))):
        for entry in Path(place).iterdir():
            if not entry.name.startswith(OURS):
                (folder / entry.name).symlink_to(entry)


def read_log(stdout: str, stderr: str) -> JobRun:
    """What act's log, a JSON document a line, says."""
    entries = [_entry(line) for line in stdout.splitlines()]
    log = "".join(_told(entry) for entry in entries)
    return JobRun(
        jobs={entry["job"].strip(): entry["jobResult"] for entry in entries if "jobResult" in entry},
        summary="".join(entry["content"] for entry in entries if entry.get("command") == "summary"),
        annotations=tuple(
            {**entry.get("kvPairs", {}), "message": entry["arg"]}
            for entry in entries
            if entry.get("command") == "error"
        ),
        exit_codes=tuple(int(code) for code in _EXIT.findall(log)),
        log=log + stderr,
    )


def _told(entry: Mapping[str, Any]) -> str:
    """What people want to know of an entry: the output of steps, and how they ended."""
    text = str(entry.get("msg", "")).rstrip("\n")
    if text.startswith("LocalRepositoryCache") or "Run " in text.partition("\n")[0]:
        return ""
    first = text if entry.get("raw_output") else text.partition("\n")[0]
    return f"{entry.get('job', '')}: {first}\n"


def _entry(line: str) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except ValueError:
        return {"msg": line}
