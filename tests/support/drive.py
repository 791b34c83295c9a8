"""Plans and applies against any cloud, with time that passes at once."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.core.model.artifact import Artifact, Entry, Inline, make_artifact
from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    Configuration,
    Container,
    FixedScaling,
    Instance,
)
from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.findings import Location
from reconciler.core.model.live import IN_FLIGHT, Snapshot
from reconciler.core.model.proof.presence import REQUEST
from reconciler.core.model.proof.probes import Answer, File
from reconciler.core.model.served.structure import ModelVersion, Structure, Versions
from reconciler.core.model.spec import Spec
from reconciler.core.planning.events import DeploymentFailed, Event
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.planner import make_plan
from reconciler.engine.ports import Cloud, Images
from reconciler.engine.run import Run
from reconciler.engine.settling import wait_until_settled
from tests.support.served import servings, structure_of

OWNER = "acme"


@dataclass
class FastClock:
    """Time that passes as soon as somebody sleeps."""

    seconds: float = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)

    def utc(self) -> float:
        return 1_800_000_000.0 + self.seconds


SERVED = Answer(400, b'{"error": "unexpected inference input"}', 1.0)
"""Triton's answer to the question whether it serves a version, where it does."""


@dataclass
class FakeProber:
    """Stands in for the live endpoints, which a cloud in memory does not have: what a model `answer`s to
    probes, and whether a version is `present`, which they all are if nothing else is said.
    """

    answer: Callable[[str, str], Answer] = lambda url, model: Answer(200, b'{"outputs": []}', 1.0)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    present: Callable[[str, ModelVersion], Answer] = lambda url, version: SERVED

    def read(self, file: File) -> bytes:
        return self.files[file.path]

    def ask(self, url: str, model: str, version: int | None, body: bytes) -> Answer:
        if body == REQUEST and version is not None:
            return self.present(url, (model, version))
        self.asked.append(url)
        return self.answer(url, model)


def artifact(content: str = "weights", versions: Versions = frozenset({("m", 1)})) -> Artifact:
    digest = hashlib.sha256(content.encode()).hexdigest()
    return make_artifact([Entry("m/1/model.onnx", digest, len(content), Inline(content))], versions)


CONTAINER = Container("iad.ocir.io/acme/triton:1", environment=((CONTAINER_TYPE, "TRITON"),))


def spec(name: str = "vision", content: str = "weights", **changes: Any) -> Spec:
    built = artifact(content)
    plain = Configuration(
        name, built.digest, CONTAINER, Instance("VM.Standard.E4.Flex", 4.0, 32.0), FixedScaling(1)
    )
    configuration = replace(plain, **changes)
    where = Location(f"manifests/{name}.yaml", 1, 1)
    return Spec(name, where, configuration, built, served=structure_of(built))


def desired(*specs: Spec, owner: str = OWNER, prune: bool = True, **changes: Any) -> Desired:
    return Desired("test", owner, tuple(specs), prune=prune, **changes)


def whole_snapshot(cloud: Cloud) -> Snapshot:
    """As for a plan that deletes."""
    snapshot = cloud.snapshot()
    return cloud.with_members(snapshot) if snapshot.unread_groups else snapshot


def plan_on(cloud: Cloud, wanted: Desired, versions: Versions = frozenset({("m", 1)})) -> Plan:
    snapshot = whole_snapshot(cloud)
    return make_plan(wanted, snapshot, servings(wanted, snapshot, lambda live: Structure(versions)))


def apply_on(
    cloud: Cloud,
    plan: Plan,
    prober: FakeProber | None = None,
    parallel: int = 4,
    maker: Images | None = None,
) -> list[Event]:
    async def collect() -> list[Event]:
        run = Run(cloud, FastClock(), lambda: 0.5, prober or FakeProber(), parallel=parallel, maker=maker)
        return [event async for event in run.events(plan)]

    return asyncio.run(collect())


def settle_on(cloud: Cloud) -> None:
    """As `apply` does before it plans: what somebody has begun is waited for."""
    waiting = {live.ocid: live.display_name for live in cloud.snapshot().alive() if live.state in IN_FLIGHT}
    asyncio.run(wait_until_settled(cloud, FastClock(), lambda: 0.5, waiting, lambda event: None))


def errors_of(events: list[Event]) -> list[ReconcilerError]:
    return [event.error for event in events if isinstance(event, DeploymentFailed)]
