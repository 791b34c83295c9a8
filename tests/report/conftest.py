"""Plans of every kind, made by the planner on a cloud in memory, and golden files for what is shown of them.

With UPDATE_GOLDEN=1 the files are written anew, to be read before they are committed.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reconciler.core.model.configuration import Container, Secret
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Live, Marks, Project, State
from reconciler.core.model.spec import Revision
from reconciler.core.planning.clean_up import plan_clean_up
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.removal import plan_destroy
from tests.support.drive import OWNER, apply_on, desired, plan_on, spec
from tests.support.memory import MemoryCloud
from tests.support.reviews import REVIEWS
from tests.support.schemas import fits_schema

GOLDEN = Path(__file__).parent / "golden"
REVISION = Revision("0123456789abcdef0123456789abcdef01234567", "main", "https://example.com/acme/models.git")
HOSTILE = "`a` | <b>b</b>\n# c *d* [e](http://f) @g www.h.com <!-- &amp; \x1b[2J ‮"


def serving(*names: str, **changes: object) -> MemoryCloud:
    """A cloud on which these serve already; made one call at a time, so that OCIDs are always the same."""
    cloud = MemoryCloud()
    apply_on(cloud, plan_on(cloud, desired(*(spec(name, **changes) for name in names))), parallel=1)
    return cloud


def foreign(name: str = "vision", **changes: object) -> Live:
    live = Live("ocid1.deployment.theirs", name, State.ACTIVE, spec(name).configuration, None, "project-1")
    return replace(live, **changes)


def nothing() -> Plan:
    return plan_on(serving("a", "b"), desired(spec("a"), spec("b")))


def no_deployments() -> Plan:
    return plan_on(MemoryCloud(), desired())


def no_project() -> Plan:
    return plan_on(MemoryCloud(Project("ml", None)), desired(spec()))


def blocked_foreign() -> Plan:
    cloud = MemoryCloud()
    cloud.put(foreign(marks=Marks("somebody else", "vision")))
    return plan_on(cloud, desired(spec()))


def replace_failed() -> Plan:
    cloud = MemoryCloud(bad_artifacts={spec().artifact.digest})
    apply_on(cloud, plan_on(cloud, desired(spec())))
    return plan_on(cloud, desired(spec()))


def delete() -> Plan:
    return plan_on(serving("a", "b"), desired(spec("a")))


def destroy_unknown() -> Plan:
    return plan_destroy("test", OWNER, ["ghost"], serving("a").snapshot())


def inactive() -> Plan:
    cloud = serving("vision")
    for live in list(cloud.deployments.values()):
        cloud.put(replace(live, state=State.INACTIVE))
    return plan_on(cloud, desired(spec()))


def secrets() -> Plan:
    plain = (("API_TOKEN", "hunter1"), ("DATABASE", "hunter2"), ("PLAIN", "1"))
    before = Container("image:1", environment=plain)
    after = (
        ("API_TOKEN", Secret("env.API_TOKEN", "hunter3")),
        ("DATABASE", Secret("Bearer env.DATABASE", "hunter4")),
        ("PLAIN", "2"),
    )
    cloud = serving("vision", container=before)
    return plan_on(cloud, desired(spec(container=replace(before, environment=after))))


def hostile() -> Plan:
    cloud = serving("vision")
    cloud.put(foreign("theirs", marks=Marks(HOSTILE)))
    cloud.put(replace(next(iter(cloud.deployments.values())), state=State.NEEDS_ATTENTION, details=HOSTILE))
    names = spec("vision", description=HOSTILE, labels=((HOSTILE, HOSTILE),))
    return plan_on(cloud, desired(names, spec(HOSTILE), spec("theirs")))


def clean_up() -> Plan:
    cloud = serving("a")
    runs = next(iter(cloud.models.values()))
    for number in range(4):
        old = replace(runs, ocid=f"ocid1.model.old{number}", created=f"2026-11-0{number + 1}T00:00:00Z")
        cloud.models[old.ocid] = replace(old, name="a" if number else "gone", artifact=f"sha256:{number}")
    members = ("ocid1.model.old1",)
    group = replace(
        cloud.models["ocid1.model.old1"], ocid="ocid1.group", is_model_group=True, members=members
    )
    cloud.models[group.ocid] = group
    return plan_clean_up("test", OWNER, cloud.snapshot(), 1, "2026-11-20T00:00:00Z")


CASES: dict[str, Callable[[], Plan]] = {
    made.__name__: made
    for made in (
        nothing,
        no_deployments,
        no_project,
        blocked_foreign,
        replace_failed,
        delete,
        clean_up,
        destroy_unknown,
        inactive,
        secrets,
        hostile,
    )
} | REVIEWS


@dataclass(frozen=True)
class Case:
    """A plan and the golden files that belong to it."""

    name: str
    plan: Plan

    def check(self, text: str, ending: str) -> None:
        check_golden(text, f"{self.name}{ending}")


def check_golden(text: str, name: str) -> None:
    """The text is what the golden file says."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture(params=sorted(REVIEWS))
def review(request: pytest.FixtureRequest) -> Case:
    """What a reviewer meets, one after another."""
    return Case(request.param, REVIEWS[request.param]())


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    """Every kind of plan, one after another."""
    return Case(request.param, CASES[request.param]())


@pytest.fixture
def made() -> Callable[[str], Plan]:
    """One kind of plan, by its name."""
    return lambda name: CASES[name]()


@pytest.fixture
def everything(made: Callable[[str], Plan]) -> Plan:
    """Something of every kind in one plan."""
    names = ("new_deployment", "new_content", "delete", "downtime_allowed", "blocked_foreign", "nothing")
    plans = [made(name) for name in names]
    found = tuple(item for plan in plans for item in plan.deployments)
    return Plan("test", OWNER, plans[0].project, None, found)


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    return check_golden


@pytest.fixture
def many() -> Callable[[int], Plan]:
    """A plan with that many deployments to update and as many to create, and one that is refused."""

    def make(number: int) -> Plan:
        names = [f"deployment-{index:04}" for index in range(number)]
        cloud = serving(*names)
        cloud.put(foreign("foreign"))
        updates = [spec(name, description="changed " * 20) for name in names]
        creates = [spec(f"new-{name}") for name in names]
        wanted: Desired = desired(*updates, *creates, spec("foreign"))
        return make_plan(wanted, cloud.snapshot(), {})

    return make


@pytest.fixture
def validate() -> Callable[[object, str], None]:
    """Holds a document against a shipped schema."""
    return fits_schema
