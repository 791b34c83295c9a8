"""A repository, an emulator of its own that runs no model servers, and processes of `reconcile` that are
started, killed and run side by side.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import oci
import requests

from tests.chaos.emulator.rounds import KILL, Foreign, Manifest, Round, Started
from tests.support.hello import CONFIG, MODEL
from tests.support.workspace import SETTINGS, Workspace, make, wait_until

HERE = Path(__file__).parent
DEADLINE_SECONDS = 120.0
GONE = ("DELETED", "DELETING")
DONE, DIFFERENCES = 0, 2
OWNER, NAME, ARTIFACT, PUBLISHING = (
    f"reconciler-{word}" for word in ("owner", "name", "artifact", "publishing")
)


@dataclass
class World:
    """`theirs` are deployments of somebody else with their etags; `told` what all processes have printed."""

    workspace: Workspace
    nursery: "subprocess.Popen[str]"
    theirs: dict[str, str] = field(default_factory=dict)
    told: list[Path] = field(default_factory=list)

    # -- a round

    def play(self, one: Round) -> list[str]:
        """What was broken: right after the round, and once all is quiet."""
        self.write(one)
        self._control("PUT", "progression", {"progression": f"seconds:{one.seconds}"})
        for ordered in one.ordered:
            self.workspace.order(ordered.fault, ordered.operation, ordered.times)
        others = [threading.Thread(target=self._somebody, args=(foreign,)) for foreign in one.foreign]
        for other in others:
            other.start()
        codes = self._together(one.started)
        for other in others:
            other.join()
        wait_until(lambda: not self._busy(), "what is under way ends")
        self.workspace.forget_orders()
        return [*self._after(one, codes), *self._quiet()]

    def write(self, one: Round) -> None:
        """The manifests of a round, in place of all that are there."""
        shutil.rmtree(self.workspace.root / "manifests", ignore_errors=True)
        for name, manifest in one.manifests:
            self.workspace.write(f"manifests/{name}.yaml", json.dumps(document(name, manifest)))
            self.workspace.write(f"manifests/{name}/m/config.pbtxt", CONFIG)
            code = MODEL.replace("FACTOR", str(manifest.factor))
            self.workspace.write(f"manifests/{name}/m/{manifest.version}/model.py", code)

    def _together(self, started: tuple[Started, ...]) -> list[int]:
        pids = []
        for one in started:
            time.sleep(one.after)
            pids.append(self.begin("apply", "--yes"))
        for one, pid in zip(started, pids, strict=True):
            if one.signal:
                time.sleep(one.until)
                with_suppressed_kill(pid, one.signal)
        return [self.end(pid) for pid in pids]

    # -- processes

    def begin(self, *arguments: str) -> int:
        """A process of `reconcile`; its pid."""
        told = self.workspace.root / ".reconciler" / f"told-{len(self.told)}"
        self.told.append(told)
        return int(self._nursery({"start": arguments, "told": str(told)}))

    def end(self, pid: int) -> int:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (code := self._nursery({"poll": pid})) is None:
            if time.monotonic() > deadline:
                os.kill(pid, KILL)
            time.sleep(0.02)
        return int(code)

    def run(self, *arguments: str) -> tuple[int, str]:
        code = self.end(self.begin(*arguments))
        return code, self.told[-1].read_text()

    def _nursery(self, asked: dict[str, Any]) -> Any:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(asked) + "\n")
        self.nursery.stdin.flush()
        return json.loads(self.nursery.stdout.readline())

    # -- somebody else

    def _somebody(self, foreign: Foreign) -> None:
        """As far as the service lets them now."""
        time.sleep(foreign.after)
        client, models = self.workspace.sdk(), oci.data_science.models
        found = [one for one in self.deployments() if tags(one).get(NAME) == foreign.name]
        try:
            match foreign.what:
                case "theirs":
                    self._make_theirs()
                case "describe" if found:
                    details = models.UpdateModelDeploymentDetails(description="by somebody")
                    client.update_model_deployment(found[0].id, details)
                case "stop" if found:
                    client.deactivate_model_deployment(found[0].id)
                case "delete" if found:
                    client.delete_model_deployment(found[0].id)
        except (oci.exceptions.ServiceError, requests.RequestException, oci.exceptions.RequestException):
            return

    def _make_theirs(self) -> None:
        """A deployment of a name of its own, on whatever model there is."""
        mine = next(iter(self.deployments()), None)
        if mine is None:
            return
        models, client = oci.data_science.models, self.workspace.sdk()
        live = client.get_model_deployment(mine.id).data
        details = models.CreateModelDeploymentDetails(
            compartment_id=live.compartment_id,
            project_id=live.project_id,
            display_name=f"theirs {len(self.theirs)}",
            model_deployment_configuration_details=live.model_deployment_configuration_details,
        )
        made = client.create_model_deployment(details).data.id
        wait_until(
            lambda: client.get_model_deployment(made).data.lifecycle_state != "CREATING", "theirs is made"
        )
        self.theirs[made] = str(client.get_model_deployment(made).headers["etag"])

    # -- what is there

    def deployments(self) -> list[Any]:
        client = self.workspace.sdk()
        listed = oci.pagination.list_call_get_all_results(
            client.list_model_deployments, self.workspace.note["compartment"]
        ).data
        return [one for one in listed if one.lifecycle_state not in GONE]

    def _busy(self) -> bool:
        return any(one.lifecycle_state in ("CREATING", "UPDATING") for one in self.deployments())

    def _after(self, one: Round, codes: list[int]) -> list[str]:
        """The laws that hold whatever has happened."""
        names = Counter(tags(live).get(NAME) for live in self._ours())
        broken = [f"{count} deployments are named {name}" for name, count in names.items() if count > 1]
        entries: Counter[str] = Counter()
        for model in self.workspace.catalog():
            if digest := tags(model).get(ARTIFACT) or tags(model).get(PUBLISHING):
                entries[digest] += 1
        broken += [f"{count} catalog entries of {digest}" for digest, count in entries.items() if count > 1]
        client = self.workspace.sdk()
        broken += [
            f"{ocid} of somebody else was changed"
            for ocid, etag in self.theirs.items()
            if client.get_model_deployment(ocid).headers["etag"] != etag
        ]
        broken += [f"{path.name}: {path.read_text()}" for path in self.told[-2:] if died(path)]
        if one.foreign or one.ordered:
            return broken
        signals = {started.signal for started in one.started}
        if KILL not in signals and any(live.lifecycle_state == "INACTIVE" for live in self._ours()):
            broken.append(f"left stopped by processes that ended with {codes}")
        if signals == {0} and any(codes):
            broken += [
                f"nothing disturbed what ended with {codes}",
                *(path.read_text() for path in self.told),
            ]
        return broken

    def _ours(self) -> list[Any]:
        return [one for one in self.deployments() if tags(one).get(OWNER)]

    def _quiet(self) -> list[str]:
        """Nobody disturbs: one apply, and the plan is empty."""
        code, said = self.run("apply", "--yes", "--retry-failed")
        if code != DONE:
            return [f"the quiet apply ended with {code}: {said}"]
        code, said = self.run("plan", "--detailed-exitcode")
        return [] if code == DONE else [f"the plan after it ended with {code}: {said}"]

    def _control(self, method: str, path: str, body: Any) -> None:
        url = f"{self.workspace.note['endpoint']}/emulator/{path}"
        answer = requests.request(method, url, json=body, timeout=10)
        assert answer.status_code == 200, answer.text


def with_suppressed_kill(pid: int, signal: int) -> None:
    """It may have ended."""
    try:
        os.kill(pid, signal)
    except ProcessLookupError:
        return


def tags(resource: Any) -> dict[str, str]:
    """A resource without any has none at all."""
    return dict(resource.freeform_tags or {})


def died(told: Path) -> bool:
    return told.exists() and "Traceback (most recent call last)" in told.read_text()


def document(name: str, manifest: Manifest) -> dict[str, Any]:
    log = {"group": "ocid1.loggroup.oc1.iad.0000", "log": f"ocid1.log.oc1.iad.000{manifest.log}"}
    return {
        "apiVersion": "reconciler.oci/v1",
        "kind": "ModelDeployment",
        "metadata": {
            "name": name,
            "description": manifest.description,
            **({"renamedFrom": manifest.previous} if manifest.previous else {}),
        },
        "spec": {
            "image": {"repository": "iad.ocir.io/acme/triton", "tag": "1"},
            "modelRepository": name,
            "server": {"env": {"LEVEL": manifest.level}},
            "instance": {"shape": "VM.Standard.E4.Flex", "ocpus": 1, "memoryGBs": 8},
            "scaling": {"instances": manifest.instances},
            "logs": {"access": log, "predict": log},
            "rollout": {"downtime": "allow"},
        },
    }


@contextmanager
def world(root: Path) -> Iterator[World]:
    """A fresh one."""
    workspace = make(root)
    workspace.write("reconciler.yaml", SETTINGS + "safety: {maxDeletes: 9}\n")
    serve = [sys.executable, str(HERE / "control_plane.py"), "serve", "--home", str(workspace.home)]
    log = (root / "emulator.log").open("w")
    emulator = subprocess.Popen([*serve, "--control", "--log-level", "warning"], stdout=log, stderr=log)
    wait_until((workspace.home / "emulator.json").exists, "the emulator answers")
    workspace.write("manifests/a.yaml", json.dumps(document("a", Manifest())))
    workspace.write("manifests/a/m/config.pbtxt", CONFIG)
    workspace.write("manifests/a/m/1/model.py", MODEL.replace("FACTOR", "1"))
    nursery = subprocess.Popen(
        [sys.executable, str(HERE / "nursery.py")],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "GITHUB_ACTIONS": ""},
    )
    assert nursery.stdout is not None
    assert nursery.stdout.readline() == "ready\n"
    try:
        yield World(workspace, nursery)
    finally:
        for process in (nursery, emulator):
            process.terminate()
            process.wait()
        for stream in (nursery.stdin, nursery.stdout, log):
            if stream is not None:
                stream.close()
