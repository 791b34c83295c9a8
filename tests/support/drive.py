"""Plans and applies against any cloud, with time that passes at once."""

import asyncio
import hashlib
from dataclasses import dataclass, replace

from reconciler.core.artifact import Artifact, Entry, Inline, Versions, make_artifact
from reconciler.core.errors import Location, ReconcilerError
from reconciler.core.events import DeploymentFailed, Event
from reconciler.core.plan import Plan
from reconciler.core.planner import Desired, make_plan, versions_needed
from reconciler.core.spec import Spec
from reconciler.core.values import CONTAINER_TYPE, Configuration, Container, FixedScaling, Instance
from reconciler.engine.ports import Cloud
from reconciler.engine.run import Run

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


def artifact(content: str = "weights", versions: Versions = frozenset({("m", 1)})) -> Artifact:
    digest = hashlib.sha256(content.encode()).hexdigest()
    return make_artifact([Entry("m/1/model.onnx", digest, len(content), Inline(content))], versions)


CONTAINER = Container("iad.ocir.io/acme/triton:1", environment=((CONTAINER_TYPE, "TRITON"),))


def spec(name: str = "vision", content: str = "weights", **changes: object) -> Spec:
    built = artifact(content)
    plain = Configuration(
        name, built.digest, CONTAINER, Instance("VM.Standard.E4.Flex", 4.0, 32.0), FixedScaling(1)
    )
    configuration = replace(plain, **changes)  # type: ignore[arg-type]
    return Spec(name, Location(f"manifests/{name}.yaml", 1, 1), configuration, built)


def desired(*specs: Spec, owner: str = OWNER, prune: bool = True, **changes: object) -> Desired:
    return Desired("test", owner, tuple(specs), prune=prune, **changes)  # type: ignore[arg-type]


def plan_on(cloud: Cloud, wanted: Desired, versions: Versions = frozenset({("m", 1)})) -> Plan:
    snapshot = cloud.snapshot()
    return make_plan(wanted, snapshot, dict.fromkeys(versions_needed(wanted, snapshot), versions))


def apply_on(cloud: Cloud, plan: Plan) -> list[Event]:
    async def collect() -> list[Event]:
        run = Run(cloud, FastClock(), lambda: 0.5, parallel=4)
        return [event async for event in run.events(plan)]

    return asyncio.run(collect())


def errors_of(events: list[Event]) -> list[ReconcilerError]:
    return [event.error for event in events if isinstance(event, DeploymentFailed)]
