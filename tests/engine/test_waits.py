"""How waits end, and what is read back before a step counts as done, on the cloud in memory."""

from dataclasses import dataclass, replace

import pytest

from reconciler.core.model.configuration import (
    Autoscaling,
    Configuration,
    FixedScaling,
    Metric,
    Secret,
    ThresholdRule,
)
from reconciler.core.model.errors import NotAsAsked, StalePlan, StepFailed
from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import OnFailure, Rollout, Spec
from reconciler.core.planning.plan import Action
from reconciler.engine.deployment.waiting import READ_BACK_TRIES
from tests.support.applied import alive, deployed
from tests.support.drive import apply_on, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud

STOP = Rollout(on_failure=OnFailure.STOP)


@pytest.mark.parametrize("ends", [State.NEEDS_ATTENTION, State.INACTIVE, State.FAILED, State.DELETED])
def test_a_wait_without_a_work_request_ends_when_nothing_goes_on_any_more(ends: State) -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    ocid = alive(cloud)[0].ocid
    cloud._set(ocid, state=State.UPDATING)
    plan = plan_on(cloud, desired(spec("a")))
    assert plan.deployments[0].action is Action.WAIT
    cloud._work(ocid, ends)
    (error,) = errors_of(apply_on(cloud, plan))
    assert "Plan again" in str(error)
    assert "minutes" not in str(error)


@pytest.mark.parametrize("wanted", [spec("a"), spec("a", description="new")], ids=["wait", "settle"])
def test_no_wait_lasts_for_ever(wanted: Spec) -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    cloud._set(alive(cloud)[0].ocid, state=State.UPDATING)
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(wanted))))
    assert "245 minutes" in str(error)


def test_what_is_read_back_otherwise_than_asked_is_a_failure() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    ocid = alive(cloud)[0].ocid
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(3))))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "update_deployment"):
            cloud.deployments[ocid] = replace(
                cloud.deployments[ocid],
                configuration=replace(cloud.deployments[ocid].configuration, scaling=FixedScaling(2)),
            )

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, NotAsAsked)
    assert "spec.scaling.instances is 2, not 3" in str(error)
    assert len(cloud.updates) == 1, "nobody said that it failed: nothing is rolled back, nothing marked"


def test_another_model_than_asked_is_a_failure() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    ocid = alive(cloud)[0].ocid
    old = alive(cloud)[0].model_id

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "update_deployment"):
            cloud.deployments[ocid] = replace(cloud.deployments[ocid], model_id=old)

    plan = plan_on(cloud, desired(spec("a", "new")))
    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert "its model is" in str(error)


def test_other_marks_than_were_sent_are_a_failure() -> None:
    """Who it belongs to and what was applied last is kept nowhere else."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    ocid = alive(cloud)[0].ocid
    before = alive(cloud)[0].marks

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "update_deployment"):
            cloud.deployments[ocid] = replace(cloud.deployments[ocid], marks=before)

    plan = plan_on(cloud, desired(spec("a", "new")))
    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, NotAsAsked)
    assert "its marks are not those that were sent" in str(error)


def test_a_deployment_that_left_the_state_it_came_to_is_stale() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    ocid = alive(cloud)[0].ocid
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))
    sent = []

    def fault(when: str, operation: str) -> None:
        sent.append(operation)
        if (when, operation) == ("before", "get_deployment") and "update_deployment" in sent:
            cloud.deployments[ocid] = replace(cloud.deployments[ocid], state=State.INACTIVE)

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)


def test_a_deployment_that_looks_done_is_not_done_before_its_work_request() -> None:
    cloud = MemoryCloud(reads=3)
    deployed(cloud, spec("a"))
    ocid = alive(cloud)[0].ocid
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "update_deployment"):
            cloud.deployments[ocid] = replace(cloud.deployments[ocid], state=State.ACTIVE)
            list(cloud.works.values())[-1].failed = True

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StepFailed)


@dataclass
class Lagging(MemoryCloud):
    """A GET that tells the old configuration for a while, and how many instances there are."""

    lag: int = 0
    instances: int | None = None
    old: Configuration | None = None

    def get_deployment(self, ocid: str) -> tuple[Live, str]:
        live, etag = super().get_deployment(ocid)
        if live.state is State.ACTIVE and self.lag and self.old:
            self.lag -= 1
            live = replace(live, configuration=self.old)
        return replace(live, instances=self.instances), etag


@pytest.mark.parametrize(
    ("lag", "right"), [(0, True), (1, True), (READ_BACK_TRIES - 1, True), (READ_BACK_TRIES, False)]
)
def test_what_is_read_back_may_take_a_while_to_be_right(lag: int, right: bool) -> None:
    cloud = Lagging()
    deployed(cloud, spec("a"))
    old = alive(cloud)[0].configuration
    plan = plan_on(cloud, desired(replace(spec("a", scaling=FixedScaling(3)), rollout=STOP)))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "update_deployment"):
            cloud.lag, cloud.old = lag, old

    cloud.fault = fault
    errors = errors_of(apply_on(cloud, plan))
    assert (errors == []) is right
    assert all("what was read back is not what was sent" in str(error) for error in errors)


@pytest.mark.parametrize(
    ("there", "changes", "told"),
    [
        (1, {}, "1 instances are there, not 2"),
        (2, {}, ""),
        (None, {}, ""),
        (1, {"scaling": Autoscaling(2, 4, ThresholdRule(Metric.CPU, 70, 30))}, ""),
    ],
)
def test_as_many_instances_as_asked_are_there(
    there: int | None, changes: dict[str, object], told: str
) -> None:
    cloud = Lagging(instances=there)
    wanted = spec("a", **{"scaling": FixedScaling(2), **changes})
    errors = errors_of(apply_on(cloud, plan_on(cloud, desired(wanted))))
    assert bool(errors) is bool(told)
    assert all(told in str(error) for error in errors)


def test_an_inactive_deployment_needs_no_instances() -> None:
    cloud = Lagging()
    deployed(cloud, spec("a"))
    cloud._set(alive(cloud)[0].ocid, state=State.INACTIVE)
    cloud.instances = 0
    deployed(cloud, replace(spec("a", description="new"), active=False))
    assert alive(cloud)[0].state is State.INACTIVE


def test_what_is_read_back_wrongly_is_told_without_what_is_live_in_a_variable() -> None:
    """Law 8."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plain = spec("a")
    variables = (("DB", Secret("env.DB", "hunter2")), ("API_TOKEN", "hunter3"))
    container = replace(plain.configuration.container, environment=variables)
    wanted = replace(plain, configuration=replace(plain.configuration, container=container), rollout=STOP)
    plan = plan_on(cloud, desired(wanted))
    ocid = alive(cloud)[0].ocid

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "update_deployment"):
            live = cloud.deployments[ocid].configuration
            other = replace(live.container, environment=(("DB", "hunter4"), ("OLD", "hunter5")))
            cloud.deployments[ocid] = replace(
                cloud.deployments[ocid], configuration=replace(live, container=other)
            )

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert "spec.server.env.DB is '(not shown)'" in str(error)
    assert "hunter" not in str(error)
