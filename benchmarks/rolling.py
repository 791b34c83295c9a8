"""Zero-downtime updates under load: the example `vision` on two real Tritons, while everything changes that
may change while they serve.

`reconcile apply` runs as a user types it, after a commit for each change. The times are this machine's; that
no request fails must hold on any.
"""

import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from oci.signer import Signer

from reconciler.triton.live_models import models_in

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "manifests"))

import reference

from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.artifacts import Artifacts
from reconciler.adapters.oci.client import ServiceAccess, data_science
from tests.support.load import Asked, Load, Question, Span
from tests.support.updates import Update, commit, updates
from tests.support.wire import counted
from tests.support.workspace import Workspace, make, stop, wait_until

ROOT = Path(__file__).parents[1]
THREADS = 4
PER_SECOND = 4.0
AROUND = 40
"""Requests that are waited for before a change, and after it."""

TOLERANCE = 1e-4
SHAPES = ("VM.Standard.E4.Flex", "VM.Standard.E5.Flex", "VM.Standard3.Flex")
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """What changes: the manifest's `spec`, the model's content (by its number), or both."""

    title: str
    edit: Callable[[Spec], None]
    content: int | None = None


def instances(count: int) -> Callable[[Spec], None]:
    return lambda spec: spec.update(scaling={"instances": count})


def shape(number: int) -> Callable[[Spec], None]:
    return lambda spec: spec["instance"].update(shape=SHAPES[number])


def variable(number: int) -> Callable[[Spec], None]:
    return lambda spec: spec["server"].update(env={"LEVEL": str(number)})


def digest(number: int) -> Callable[[Spec], None]:
    return lambda spec: spec["image"].update(digest=f"sha256:{number:064x}")


def bandwidth(number: int) -> Callable[[Spec], None]:
    return lambda spec: spec.update(bandwidthMbps={"min": 10 * (number + 1)})


def logs(number: int) -> Callable[[Spec], None]:
    log = {"group": "ocid1.loggroup.oc1.iad.0000", "log": f"ocid1.log.oc1.iad.{number:04}"}
    return lambda spec: spec.update(logs={"access": log, "predict": log})


def nothing(spec: Spec) -> None:
    """The content alone."""


def everything(spec: Spec) -> None:
    for edit in (instances(3), shape(2), variable(2), digest(2), bandwidth(2), logs(2)):
        edit(spec)


CASES = (
    Case("new content of a model", nothing, content=1),
    Case("more instances (2 → 3)", instances(3)),
    Case("fewer instances (3 → 2)", instances(2)),
    Case("other shape", shape(1)),
    Case("new environment variable", variable(1)),
    Case("new image digest", digest(1)),
    Case("bandwidth", bandwidth(1)),
    Case("logs", logs(1)),
    Case("all of these in one commit (2 → 3)", everything, content=2),
)


def run() -> bool:
    """Print the table; whether every request of every case was answered, and answered right."""
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder)) as world:
        print(
            f"Zero-downtime updates: both models of vision, {THREADS} clients, {PER_SECOND:g} requests a "
            "second in all; times in ms, before · during · after `reconcile apply`. Before and after are "
            f"about {AROUND} requests each, so that their p99 is the slowest of them.\n"
        )
        print(HEAD)
        rows = [world.measure(case) for case in CASES]
        print(f"\n{world.reading()}\n")
    return not any(rows)


HEAD = """\
| change | requests | failed | p50 | p99 | updates | s UPDATING |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |"""


@contextmanager
def deployed(root: Path) -> Iterator["World"]:
    """The example in a repository of its own, on two instances, served."""
    workspace = make(root)
    shutil.copytree(ROOT / "manifests/vision", root / "manifests/vision")
    manifest = yaml.safe_load((ROOT / "manifests/vision.yaml").read_text())
    for edit in (instances(2), bandwidth(0)):
        edit(manifest["spec"])
    world = World(workspace, manifest)
    try:
        world.begin()
        world.endpoint = workspace.endpoint("vision")
        yield world
    finally:
        stop(workspace)


class World:
    """The deployment, its manifest, and the content of the ResNet that is served."""

    endpoint = ""

    def __init__(self, workspace: Workspace, manifest: dict[str, Any]) -> None:
        self._workspace, self._manifest = workspace, manifest
        self._content = 0
        self._answers = {
            model: floats(reference.expected(model, ROOT / "manifests"))
            for model in ("densenet_onnx", "resnet")
        }

    def begin(self) -> None:
        self._commit("A deployment")
        self._workspace.run("apply", "--yes")

    def measure(self, case: Case) -> int:
        """Print the row of a case; the number of requests that failed."""
        served, wanted = self._content, self._content if case.content is None else case.content
        with Load(self.endpoint, self._signer, self._questions(served, wanted), THREADS, PER_SECOND) as load:
            wait_until(lambda: len(load.asked) >= AROUND, "the load runs")
            self._change(case, wanted)
            began = time.time()
            self._workspace.run("apply", "--yes")
            ended = time.time()
            wait_until(lambda: len(load.since(ended)) >= AROUND, "it goes on")
        report = load.report(began, ended)
        spans = (report.before, report.during, report.after)
        print(row(case.title, spans, updates(self._workspace, began)), flush=True)
        tell(load.failures)
        return len(load.failures)

    def _change(self, case: Case, content: int) -> None:
        case.edit(self._manifest["spec"])
        if content != self._content:
            write_resnet(self._workspace.root / "manifests/vision/resnet/model.pt")
            self._content = content
        self._commit(case.title)

    def _commit(self, message: str) -> None:
        self._workspace.write("manifests/vision.yaml", yaml.safe_dump(self._manifest))
        commit(self._workspace, message)

    def _questions(self, served: int, wanted: int) -> list[Question]:
        """As the walkthrough asks; the ResNet may answer from either content."""
        contents = {"densenet_onnx": (0,), "resnet": (served, wanted)}
        return [
            Question(one.model, one.version, one.body, judge(self._answers[one.model], contents[one.model]))
            for one in reference.requests()
            if one.deployment == "vision"
        ]

    def _signer(self) -> Signer:
        return self._workspace.signer()

    def reading(self) -> str:
        """What it costs to read the version structure of what is live."""
        client, compartment = self._workspace.sdk(), self._workspace.note["compartment"]
        (live,) = client.list_model_deployments(compartment).data
        model = live.model_deployment_configuration_details.model_configuration_details.model_id
        size = int(client.head_model_artifact(model).headers["content-length"])
        with counted(self._workspace.note["endpoint"]) as wire:
            access = ServiceAccess(dict(client.base_client.config), self._signer(), wire.url)
            service = data_science(access)
            models_in(Artifacts(service, service, fetcher()).content(model))
        return f"Version structure of the live artifact ({size:,} bytes): {wire.received:,} bytes transferred"


def floats(answer: list[float] | str) -> list[float]:
    assert not isinstance(answer, str)
    return answer


def write_resnet(path: Path) -> None:
    """The same network; each of its answers is one more than it was."""
    network = torch.jit.load(path)  # type: ignore[no-untyped-call]  # torch.jit has no types
    with torch.no_grad():
        dict(network.named_parameters())["head.2.bias"].add_(1.0)
    torch.jit.save(network, path)


def judge(answer: list[float], contents: tuple[int, ...]) -> Callable[[Any], str | None]:
    """Content number n answers n more than the first one did."""

    def judged(reply: Any) -> str | None:
        data = reply["outputs"][0]["data"]
        for number in contents:
            if len(data) == len(answer) and all(
                math.isclose(x, y + number, rel_tol=0, abs_tol=TOLERANCE)
                for x, y in zip(data, answer, strict=True)
            ):
                return str(number)
        return None

    return judged


def row(title: str, spans: tuple[Span, ...], done: list[Update]) -> str:
    cells = (
        title,
        str(sum(span.requests for span in spans)),
        str(sum(span.failures for span in spans)),
        " · ".join(f"{span.p50:.0f}" for span in spans),
        " · ".join(f"{span.p99:.0f}" for span in spans),
        str(len(done)),
        f"{sum(update.seconds for update in done):.2f}",
    )
    return f"| {' | '.join(cells)} |"


def tell(failures: tuple[Asked, ...]) -> None:
    for failed in failures[:5]:
        said = json.dumps(failed.said[:300])
        print(f"error: {failed.model} version {failed.version}: {failed.status}: {said}", file=sys.stderr)
