"""A repository in a temporary folder, with an emulator of its own, and the command `reconcile` run in it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import oci
import requests
from oci.signer import Signer

from tests.support.inside import run_inside
from tests.support.schemas import VERSION, fits
from tests.support.waiting import wait_for

CHECKOUT = Path(__file__).resolve().parents[2]
RECONCILE = Path(sys.executable).with_name("reconcile")
DEADLINE_SECONDS = 120.0
OFFLINE = (
    *("validate", "build", "init", "image", "render", "rollback"),
    *("targets", "reviewed", "comment"),
)
ONLINE = (
    *("plan", "apply", "status", "predict", "explain", "destroy", "gc", "doctor", "drift", "history"),
    *("adopt", "release"),
)

SETTINGS = """\
apiVersion: reconciler.oci/v1
kind: Repository
owner: tests
targets:
  local:
    emulator: {}
    project: tests
"""


@dataclass(frozen=True)
class Done:
    """What a command printed, and what it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document that it printed, which fits its schema."""
        document = json.loads(self.out)
        if str(document.get("apiVersion", "")).startswith(VERSION):
            fits(document)
        return document


@dataclass(frozen=True)
class Workspace:
    """`run` fails the test unless the command ends as expected (None: however). Unless `own_cloud`, a command
    that finds no cloud gets one in the process of the tests, where it would start one.
    """

    root: Path
    command: Path = RECONCILE
    own_cloud: bool = False

    @property
    def home(self) -> Path:
        return self.root / ".reconciler" / "emulator"

    @property
    def note(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "emulator.json").read_text()))

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run(
        self, *arguments: str, code: int | None = 0, env: dict[str, str] | None = None, stdin: bytes = b""
    ) -> Done:
        changes = {"GITHUB_ACTIONS": "", **(env or {})}
        offline = arguments[0] in OFFLINE or arguments[:2] == ("emulator", "status")
        if self._inside and (offline or (arguments[0] in ONLINE and self._cloud(changes))):
            ended, out, err = run_inside(arguments, self.root, changes, stdin)
        elif arguments[:2] == ("emulator", "stop") and self._runs_here():
            from tests.support.here import stop_here

            stop_here(self.home)
            ended, out, err = 0, b"stopped\n", b""
        else:
            ended, out, err = self._process(arguments, changes, stdin)
        done = Done(ended, out.decode(), err.decode())
        assert code is None or done.code == code, (
            f"reconcile {' '.join(arguments)} ended with {done.code}\n{done.out}\n{done.err}"
        )
        return done

    @property
    def _inside(self) -> bool:
        """Another command, and another thread than the main one, has to be a process."""
        return self.command == RECONCILE and threading.current_thread() is threading.main_thread()

    def _cloud(self, changes: dict[str, str]) -> bool:
        """Whether there is a cloud. One that a command starts is not to be a child of the tests."""
        if (self.home / "emulator.json").exists() and alive(self.note["pid"]):
            return True
        settings = self.root / "reconciler.yaml"
        text = settings.read_text() if settings.exists() else ""
        usual = text.startswith(SETTINGS) and not text.startswith(f"{SETTINGS} ") and not self.home.exists()
        if self.own_cloud or not usual or "PYTHONPATH" in changes:
            return False
        from tests.support.here import start_here  # only where the emulator is installed

        start_here(self.home)
        return True

    def _runs_here(self) -> bool:
        return (self.home / "emulator.json").exists() and self.note["pid"] == os.getpid()

    def _process(
        self, arguments: tuple[str, ...], changes: dict[str, str], stdin: bytes
    ) -> tuple[int, bytes, bytes]:
        ran = subprocess.run(
            [self.command, *arguments],
            cwd=self.root,
            capture_output=True,
            check=False,
            input=stdin,
            env={**os.environ, **changes},
        )
        return ran.returncode, ran.stdout, ran.stderr

    def begin(
        self, *arguments: str, env: dict[str, str] | None = None, stdout: IO[Any] | int | None = None
    ) -> "Begun":
        """Run a command without waiting for its end; with `stdout`, that is where it goes."""
        told = self.root / ".reconciler" / f"told-{uuid4().hex}"
        told.parent.mkdir(exist_ok=True)
        with told.open("w") as output:
            process = subprocess.Popen(
                [self.command, *arguments],
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=output if stdout is None else stdout,
                stderr=output,
                env={**os.environ, "GITHUB_ACTIONS": "", **(env or {})},
            )
        return Begun(process, told)

    def plan(self) -> dict[str, Any]:
        return {item["name"]: item for item in self.run("plan", "--format", "json").json["deployments"]}

    def endpoint(self, name: str) -> str:
        rows = self.run("status", "--format", "json").json["deployments"]
        return str(next(row["endpoint"] for row in rows if row["name"] == name))

    def sdk(self) -> oci.data_science.DataScienceClient:
        return oci.data_science.DataScienceClient(
            oci.config.from_file(self.note["config_file"]),
            service_endpoint=self.note["endpoint"],
            retry_strategy=oci.retry.NoneRetryStrategy(),
            circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
        )

    def signer(self, **changes: str) -> Signer:
        config = {**oci.config.from_file(self.note["config_file"]), **changes}
        return Signer(
            tenancy=config["tenancy"],
            user=config["user"],
            fingerprint=config["fingerprint"],
            private_key_file_location=config["key_file"],
            pass_phrase=config.get("pass_phrase"),
        )

    def ask(self, endpoint: str, model: str, body: bytes | str, version: str = "1") -> requests.Response:
        """As the walkthroughs' clients do it."""
        headers = {"model_name": model, "model_version": version}
        return requests.request("POST", endpoint, data=body, auth=self.signer(), headers=headers, timeout=60)

    def catalog(self) -> list[Any]:
        """Catalog models that are not deleted."""
        client = self.sdk()
        found = oci.pagination.list_call_get_all_results(client.list_models, self.note["compartment"]).data
        return [model for model in found if model.lifecycle_state != "DELETED"]

    def state(self) -> dict[str, Any]:
        """Everything that a write would change."""
        client, compartment = self.sdk(), self.note["compartment"]
        deployments = client.list_model_deployments(compartment).data
        works = oci.pagination.list_call_get_all_results(client.list_work_requests, compartment).data
        return {
            "etags": {one.id: client.get_model_deployment(one.id).headers["etag"] for one in deployments},
            "catalog": {model.id for model in self.catalog()},
            "work": {work.id for work in works},
        }

    # -- faults that are ordered up, of an emulator that was started with --control

    def order(
        self, fault: str, operation: str = "update_model_deployment", times: int = 1, **more: Any
    ) -> None:
        ends = {} if "lasts" in more else {"times": times}
        self._control("POST", "orders", {"fault": fault, "operation": operation, **ends, **more})

    def held(self) -> list[str]:
        """The deployments whose work stands still."""
        return list(self._control("GET", "orders")["held"])

    def pending(self) -> list[Any]:
        """The orders that nothing has met yet."""
        return list(self._control("GET", "orders")["orders"])

    def release(self) -> None:
        self._control("POST", "release")

    def forget_orders(self) -> None:
        self._control("DELETE", "orders")
        self.release()

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.note['endpoint']}/emulator/{path}"
        answer = requests.request(method, url, json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def kill_emulator(self) -> None:
        pid = self.note["pid"]
        assert pid != os.getpid(), "one of its own has to be started before"
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid), "the emulator is gone")


@dataclass(frozen=True)
class Begun:
    """A command that runs; what it prints goes to a file, save what it prints on a stdout of its own."""

    process: "subprocess.Popen[bytes]"
    _told: Path

    @property
    def told(self) -> str:
        """What it has printed so far."""
        return self._told.read_text()

    def says(self, words: str) -> None:
        """Wait until it has printed this."""
        wait_until(lambda: words in self.told or self.process.poll() is not None, f"it says {words!r}")
        assert words in self.told

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, code: int = 0) -> str:
        """Wait for its end; what it has printed."""
        assert self.process.wait(DEADLINE_SECONDS) == code, self.told
        return self.told


def alive(pid: int) -> bool:
    """Running, and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(true: Callable[[], Any], what: str) -> None:
    wait_for(true, DEADLINE_SECONDS, what)


def make(root: Path) -> Workspace:
    """A fresh repository without manifests."""
    root.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(root)
    workspace.write("reconciler.yaml", SETTINGS)
    return workspace


def stop(workspace: Workspace) -> None:
    if (workspace.home / "emulator.json").exists():
        workspace.run("emulator", "stop")
