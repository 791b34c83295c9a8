"""Why deployments are not well: read only for deployments of the plan, and what the plan does then."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.app import inspecting
from reconciler.app.desired import PlanRequest
from reconciler.app.live.reading_live import with_reasons
from reconciler.app.planning import plan
from reconciler.app.workspace import workspace_at
from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import NotFound, ServiceAnswer, Trouble
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import EmulatorTarget, Settings
from reconciler.core.planning.plan import Action, Plan
from tests.support.drive import apply_on, errors_of
from tests.support.hello import write_hello
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches, workspace_of
from tests.support.reviews import OWNER, World, models, spec
from tests.support.workspace import make

NO_ROOM = "There is currently no capacity for the specified shape. Choose a different shape or region"
BROKEN = "Errors occurred while bootstrapping the Model Deployment."
JUNE = models("trained in June")


class Cloud:
    """Tells why, and counts how often it is asked of which deployment."""

    def __init__(self, world: World, details: str = "it is broken", error: str = "") -> None:
        self.world, self.details, self.error = world, details, error
        self.asked: Counter[tuple[str, str]] = Counter()

    def snapshot(self):
        return self.world.snapshot

    def get_deployment(self, ocid: str) -> tuple[Live, str]:
        live = next(live for live in self.world.snapshot.deployments if live.ocid == ocid)
        self.asked["get", live.display_name] += 1
        return replace(live, details=self.details), "etag"

    def last_failure(self, ocid: str) -> Trouble:
        live = next(live for live in self.world.snapshot.deployments if live.ocid == ocid)
        self.asked["work", live.display_name] += 1
        return Trouble("wr", (self.error,)) if self.error else Trouble()


def told(cloud: Cloud, *specs: Spec) -> dict[str, Live]:
    connection = SimpleNamespace(cloud=cloud)
    desired = Desired("prod", OWNER, specs, prune=True)
    found = with_reasons(connection, desired, cloud.snapshot())
    return {live.display_name: live for live in found.deployments}


def test_only_deployments_of_the_plan_are_read() -> None:
    """With every plan, a thousand failed deployments of others once cost a GET each."""
    world = World().of(spec("mine"), state=State.FAILED).of(spec("calm"))
    world = world.of(spec("tired"), state=State.NEEDS_ATTENTION)
    for number in range(20):
        world = world.of(spec(f"theirs{number}"), state=State.FAILED, marks=Marks("other", "x"))
    world = world.of(spec("orphan"), state=State.FAILED)
    cloud = Cloud(world, error=BROKEN)
    found = told(cloud, spec("mine"), spec("calm"), spec("tired"), spec("theirs1"), spec("new"))
    assert cloud.asked == {("get", "mine"): 1, ("get", "tired"): 1, ("work", "mine"): 1}
    assert (found["mine"].details, found["mine"].errors) == ("it is broken", (BROKEN,))
    assert (found["tired"].details, found["tired"].errors) == ("it is broken", ())


def test_work_requests_are_read_only_for_a_spec_that_failed_before() -> None:
    cloud = Cloud(World().of(spec("mine"), state=State.FAILED))
    told(cloud, spec("mine", JUNE))
    assert cloud.asked == {("get", "mine"): 1}
    marks = Marks(OWNER, "mine", failed=spec("mine", JUNE).failed_mark)
    cloud = Cloud(World().of(spec("mine"), state=State.FAILED, marks=marks))
    told(cloud, spec("mine", JUNE))
    assert cloud.asked["work", "mine"] == 1


def test_a_deployment_that_disappears_meanwhile_is_not_an_error() -> None:
    cloud = Cloud(World().of(spec("mine"), state=State.FAILED))

    def gone(ocid: str) -> tuple[Live, str]:
        raise NotFound(ServiceAnswer("get_model_deployment", 404))

    cloud.get_deployment = gone
    assert told(cloud, spec("mine"))["mine"].details == ""


def test_status_reads_only_our_deployments(monkeypatch) -> None:
    world = World().of(spec("mine"), state=State.FAILED).of(spec("calm"))
    world = world.of(spec("theirs"), state=State.FAILED, marks=Marks("other", "x"))
    cloud = Cloud(world)
    reaches(monkeypatch, cloud)
    monkeypatch.setattr(
        inspecting, "served_now", lambda reached, ours: dict.fromkeys(live.ocid for live in ours)
    )
    target = EmulatorTarget("local", "/nowhere", "ml")
    workspace = workspace_of(Path("/nowhere"), Settings(OWNER, {"local": target}))
    rows = {row.name: row for row in inspecting.statuses(workspace, target, (), lambda text: None)}
    assert rows["mine"].details == "it is broken"
    assert cloud.asked == {("get", "mine"): 1}


@pytest.fixture
def failed(tmp_path, monkeypatch):
    """A deployment of the manifest that FAILED when it was created, and what its work request says of it."""
    made, cloud = make(tmp_path), MemoryCloud()
    reaches(monkeypatch, cloud)
    write_hello(made)
    (item,) = planned(made).deployments
    cloud.bad_artifacts = {item.steps[0].artifact.digest}
    assert errors_of(apply_on(cloud, planned(made)))

    def reason(text: str) -> tuple[Plan, MemoryCloud]:
        cloud.reason = text
        cloud.bad_artifacts = set()
        return planned(made), cloud

    return reason


def planned(made) -> Plan:
    workspace, target = workspace_at(made.root, "local", {})
    return plan(workspace, target, PlanRequest(), lambda message: None).plan


def test_a_failure_for_lack_of_capacity_is_tried_again(failed) -> None:
    made, cloud = failed(NO_ROOM)
    (item,) = made.deployments
    assert item.action is Action.REPLACE
    assert NO_ROOM in item.reason
    assert errors_of(apply_on(cloud, made)) == []
    assert [live.state for live in cloud.snapshot().alive()] == [State.ACTIVE]


def test_any_other_failure_is_not_tried_again(failed) -> None:
    (item,) = failed(BROKEN)[0].deployments
    assert item.action is Action.BLOCKED
    assert BROKEN in item.reason
