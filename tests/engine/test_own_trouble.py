"""One deployment's trouble is its own, and deletes come last (docs/updates.md)."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import FixedScaling, Network, NetworkAccess
from reconciler.core.model.errors import (
    CloudError,
    NotAsAsked,
    NotSeen,
    RolledBack,
    StalePlan,
    StepFailed,
    StepRefused,
    Unexpected,
)
from reconciler.core.model.live import Marks, State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Downtime, OnFailure, Rollout, Spec
from reconciler.core.model.target import Safety
from reconciler.core.model.work_requests import Accepted
from reconciler.core.planning.events import DeploymentFailed, DeploymentFinished, DeploymentLeftOut
from reconciler.core.planning.plan import Action
from reconciler.core.planning.steps import UpdateDeployment
from tests.support.applied import alive, deployed
from tests.support.drive import FakeProber, apply_on, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud, lost
from tests.support.memory_catalog import answer

NO_LIMIT = Safety(max_deletes=999)


@dataclass
class Troubled(MemoryCloud):
    """One operation on one deployment, or on content, goes wrong in a way that nobody foresees."""

    operation: str = ""
    subject: str = ""
    trouble: Exception = field(default_factory=lambda: TypeError("unsupported operand"))
    times: int = 999

    def _strike(self, operation: str, subject: str) -> None:
        if (operation, subject) == (self.operation, self.subject) and self.times > 0:
            self.times -= 1
            raise self.trouble

    def get_deployment(self, ocid: str):
        self._strike("get_deployment", ocid)
        return super().get_deployment(ocid)

    def update_deployment(self, update: UpdateDeployment, model: str, etag: str):
        self._strike("update_deployment", update.ocid)
        return super().update_deployment(update, model, etag)

    def activate_deployment(self, ocid: str, etag: str):
        self._strike("activate_deployment", ocid)
        return super().activate_deployment(ocid, etag)

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        self._strike("upload", artifact.digest)
        super().upload(model, artifact, progress)


FULL = OSError(errno.ENOSPC, "No space left on device", "/tmp/x")
TROUBLES = [TypeError("unsupported operand"), FULL, KeyError("x"), AssertionError("a bug"), RecursionError()]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("operation", ["get_deployment", "update_deployment", "upload"])
def test_a_bug_in_one_chain_ends_that_one_alone(trouble: Exception, operation: str) -> None:
    cloud = Troubled(trouble=trouble)
    deployed(cloud, *(spec(name, f"old {name}") for name in "abc"))
    b = next(live.ocid for live in alive(cloud) if live.display_name == "b")
    wanted = [spec(name, f"new {name}", description="new") for name in "abc"]
    plan = plan_on(cloud, desired(*wanted))
    cloud.operation = operation
    cloud.subject = artifact("new b").digest if operation == "upload" else b
    events = apply_on(cloud, plan)
    (failed,) = (event for event in events if isinstance(event, DeploymentFailed))
    assert failed.deployment == "b"
    assert isinstance(failed.error, Unexpected)
    assert type(trouble).__name__ in str(failed.error)
    assert {event.deployment for event in events if isinstance(event, DeploymentFinished)} == {"a", "c"}
    cloud.operation = ""
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(*wanted)))) == []
    assert plan_on(cloud, desired(*wanted)).empty


def test_a_full_disk_says_which_file() -> None:
    cloud = Troubled(operation="upload", subject=artifact().digest, trouble=FULL)
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(spec("a")))))
    assert "/tmp/x: No space left on device" in str(error)


def test_a_bug_while_it_is_stopped_is_rolled_back_and_it_serves_again() -> None:
    cloud = Troubled()
    deployed(cloud, spec("a", "old"))
    before = alive(cloud)[0]
    wanted = replace(spec("a", "new"), rollout=Rollout(downtime=Downtime.ALLOW))
    plan = plan_on(cloud, desired(wanted), frozenset({("m", 2)}))
    cloud.operation, cloud.subject, cloud.times = "activate_deployment", before.ocid, 1
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, RolledBack)
    live = alive(cloud)[0]
    assert (live.state, live.model_id, live.marks.failed) == (State.ACTIVE, before.model_id, None)


def test_of_two_hundred_one_is_blocked_and_one_fails_and_the_rest_is_applied() -> None:
    cloud = MemoryCloud()
    names = [f"d{number:03}" for number in range(200)]
    deployed(cloud, *(spec(name) for name in names))
    theirs = next(live for live in alive(cloud) if live.display_name == names[7])
    cloud._set(theirs.ocid, marks=Marks("other", names[7], "x"))
    cloud.bad_artifacts.add(artifact("bad").digest)
    wanted = [spec(name, "bad" if name == names[9] else "good", description="new") for name in names]
    plan = plan_on(cloud, desired(*wanted))
    assert [item.name for item in plan.blocked] == [names[7]]
    events = apply_on(cloud, plan)
    (failed,) = (event for event in events if isinstance(event, DeploymentFailed))
    assert failed.deployment == names[9]
    good = artifact("good").digest
    assert sum(live.configuration.artifact == good for live in alive(cloud)) == 198


# -- deletes come last


def named(cloud: MemoryCloud) -> set[str]:
    return {live.display_name for live in alive(cloud)}


def left_out(events: list) -> dict[str, str]:
    return {event.deployment: event.reason for event in events if isinstance(event, DeploymentLeftOut)}


def test_nothing_is_deleted_before_all_else_has_ended_well() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("old"))
    wanted = desired(spec("a", "new", scaling=FixedScaling(2)), spec("b"))
    order: list[str] = []
    cloud.fault = lambda when, operation: order.append(operation) if when == "after" else None
    assert errors_of(apply_on(cloud, plan_on(cloud, wanted))) == []
    writes = [name for name in order if name.split("_")[0] in {"create", "update", "delete", "activate"}]
    deletes = [at for at, name in enumerate(writes) if name == "delete_deployment"]
    others = [at for at, name in enumerate(writes) if not name.startswith("delete")]
    assert min(deletes) > max(others)
    assert named(cloud) == {"a", "b"}


def failing(cloud: MemoryCloud, operation: str, code: str) -> None:
    def fault(when: str, called: str) -> None:
        if (when, called) == ("before", operation):
            raise CloudError(answer(operation, 400, code))

    cloud.fault = fault


@pytest.mark.parametrize("code", ["InvalidParameter", "LimitExceeded"])
def test_a_delete_is_left_out_and_told_when_a_create_fails(code: str) -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("old"), spec("older"))
    plan = plan_on(cloud, desired(spec("new"), safety=NO_LIMIT))
    failing(cloud, "create_deployment", code)
    events = apply_on(cloud, plan)
    assert named(cloud) == {"old", "older"}
    reasons = left_out(events)
    assert set(reasons) == {"old", "older"}
    assert all("new did not" in reason for reason in reasons.values())
    ways = "metadata.renamedFrom: old" in reasons["old"] and "reconcile destroy old" in reasons["old"]
    assert ways is (code == "LimitExceeded")


def test_a_delete_is_left_out_when_an_update_is_stale() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("old"))
    plan = plan_on(cloud, desired(spec("a", "new")))
    ocid = next(live.ocid for live in alive(cloud) if live.display_name == "a")
    cloud.somebody(ocid, marks=replace(cloud.deployments[ocid].marks, revision="theirs"))
    events = apply_on(cloud, plan)
    assert set(left_out(events)) == {"old"}
    assert "old" in named(cloud)


def test_a_delete_inside_a_replacement_stays_in_its_chain() -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    apply_on(cloud, plan_on(cloud, desired(spec("a", "bad"))))
    plan = plan_on(cloud, desired(spec("a")))
    assert [item.action for item in plan.deployments] == [Action.REPLACE]
    assert errors_of(apply_on(cloud, plan)) == []
    assert named(cloud) == {"a"}


def test_two_that_go_by_one_name_are_told_apart() -> None:
    """A copy made in the console carries our marks: events and removals know each by its OCID."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("keep"))
    one = next(live for live in alive(cloud) if live.display_name == "a")
    cloud.put(replace(one, ocid="ocid1.deployment.copy"))
    both = frozenset({one.ocid, "ocid1.deployment.copy"})
    plan = plan_on(cloud, desired(spec("keep"), safety=NO_LIMIT, confirmed=both))
    assert len([item for item in plan.deployments if item.action is Action.DELETE]) == 2
    events = apply_on(cloud, plan)
    finished = {event.ocid for event in events if isinstance(event, DeploymentFinished)}
    assert finished == {one.ocid, "ocid1.deployment.copy"}
    assert named(cloud) == {"keep"}
    assert isinstance(events[0].ocid, str)


def test_a_failed_work_request_of_one_does_not_undo_another() -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    deployed(cloud, spec("a"), spec("b"))
    events = apply_on(cloud, plan_on(cloud, desired(spec("a", "bad"), spec("b", "good"))))
    (error,) = errors_of(events)
    assert isinstance(error, StepFailed)
    by_name = {live.display_name: live for live in alive(cloud)}
    assert by_name["b"].configuration.artifact == artifact("good").digest


# -- nobody is left without a server, and if so it is said


class Deaf(MemoryCloud):
    """The service says that an update is done, and keeps another description."""

    def _as_service(self, configuration):
        return replace(super()._as_service(configuration), description="the service's own")


def stopping(content: str = "new", **changes: object) -> Spec:
    return replace(spec("a", content, **changes), rollout=Rollout(downtime=Downtime.ALLOW))


OTHER = frozenset({("m", 2)})


def test_what_is_not_as_asked_while_it_is_stopped_is_started_again() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a", "old"))
    cloud.__class__ = Deaf
    for stops in (True, False):
        plan = plan_on(cloud, desired(stopping(description="ours")), OTHER)
        (error,) = errors_of(apply_on(cloud, plan))
        assert isinstance(error, NotAsAsked)
        assert ("it has been started again" in str(error)) is stops
        assert [live.state for live in alive(cloud)] == [State.ACTIVE]


def test_a_replacement_whose_new_one_is_refused_says_that_nobody_is_served() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a", network=Network(NetworkAccess.CUSTOM, "ocid1.subnet.s")))
    plan = plan_on(cloud, desired(stopping("old", network=Network(NetworkAccess.NO_INTERNET))))
    assert [item.action for item in plan.deployments] == [Action.REPLACE]
    failing(cloud, "create_deployment", "InvalidParameter")
    (error,) = errors_of(apply_on(cloud, plan))
    assert error.exit_code == 1
    assert isinstance(error, StepRefused)
    assert "the old one is deleted, and the new one is not there: nobody is served" in str(error)


def test_what_is_stale_or_not_seen_while_it_is_stopped_says_that_nobody_is_served() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a", "old"))
    plan = plan_on(cloud, desired(stopping()), OTHER)
    ocid = alive(cloud)[0].ocid

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "update_deployment"):
            cloud.somebody(ocid, model_id="ocid1.model.theirs")

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert "it is INACTIVE now: nobody is served" in str(error)


@pytest.mark.parametrize("on_failure", OnFailure)
def test_a_full_disk_while_it_is_stopped_does_not_leave_it_so(on_failure: OnFailure) -> None:
    cloud = Troubled(trouble=FULL)
    deployed(cloud, spec("a", "old"))
    wanted = replace(spec("a", "new"), rollout=Rollout(downtime=Downtime.ALLOW, on_failure=on_failure))
    plan = plan_on(cloud, desired(wanted), OTHER)
    cloud.operation, cloud.subject, cloud.times = "update_deployment", alive(cloud)[0].ocid, 1
    (error,) = errors_of(apply_on(cloud, plan))
    assert "No space left on device" in str(error)
    assert [live.state for live in alive(cloud)] == [State.ACTIVE]


def test_one_wait_that_cannot_be_looked_at_ends_alone() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"))
    a = next(live.ocid for live in alive(cloud) if live.display_name == "a")
    progress = cloud.work_progress

    def without_a() -> dict:
        mine = {ocid for ocid, work in cloud.works.items() if work.deployment == a}
        return {ocid: work for ocid, work in progress().items() if ocid not in mine}

    def broken(ocid: str) -> None:
        raise ValueError("no number")

    cloud.work_progress, cloud.work_request = without_a, broken
    events = apply_on(cloud, plan_on(cloud, desired(spec("a", "new"), spec("b", "new"))))
    assert [event.deployment for event in events if isinstance(event, DeploymentFailed)] == ["a"]


def test_two_that_share_new_content_publish_it_once_from_two_runs() -> None:
    cloud = MemoryCloud()
    one = plan_on(cloud, desired(spec("a", "same")))
    other = plan_on(cloud, desired(spec("b", "same"), prune=False))
    assert errors_of(apply_on(cloud, one)) == []
    snapshot = cloud.snapshot
    looks = iter([replace(snapshot(), models=()), snapshot()])
    cloud.snapshot = lambda: next(looks, snapshot())
    assert errors_of(apply_on(cloud, other)) == []
    cloud.snapshot = snapshot
    assert len(cloud.models) == 1
    assert named(cloud) == {"a", "b"}


# -- a stop or a deletion that fails, so that the old one goes on serving


@dataclass
class Stubborn(MemoryCloud):
    """The work of this operation fails the first time, and the deployment goes on serving."""

    operation: str = "deactivate_deployment"
    left: int = 1

    def _act(self, ocid: str, etag: str, allowed: set[State], via: State, ends: State, name: str):
        if name != self.operation or not self.left:
            return super()._act(ocid, etag, allowed, via, ends, name)
        self.left -= 1

        def fail() -> Accepted:
            self._guard(ocid, etag, allowed, name)
            self._set(ocid, state=via)
            return Accepted(ocid, self._work(ocid, State.ACTIVE, failed=True))

        return self._call(name, fail)


@pytest.mark.parametrize("on_failure", OnFailure)
def test_a_stop_that_fails_is_no_outage_and_not_held_against_the_spec(on_failure: OnFailure) -> None:
    cloud = Stubborn(left=0)
    deployed(cloud, spec("a", "old"))
    (before,) = alive(cloud)
    rollout = Rollout(downtime=Downtime.ALLOW, on_failure=on_failure)
    wanted, cloud.left = replace(spec("a", "new"), rollout=rollout), 1
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(wanted), OTHER)))
    assert isinstance(error, StepFailed)
    assert "nobody is served" not in str(error)
    assert cloud.outages == []
    assert alive(cloud) == [before]
    plan = plan_on(cloud, desired(wanted), OTHER)
    assert plan.blocked == ()
    assert errors_of(apply_on(cloud, plan)) == []
    assert plan_on(cloud, desired(wanted), OTHER).empty


def test_a_deletion_that_fails_is_not_held_against_the_spec_that_was_never_tried() -> None:
    cloud = Stubborn(operation="delete_deployment", left=0)
    deployed(cloud, spec("a", "old", network=Network(NetworkAccess.CUSTOM, "ocid1.subnet.s")))
    (before,) = alive(cloud)
    wanted, cloud.left = stopping("old", network=Network(NetworkAccess.NO_INTERNET)), 1
    plan = plan_on(cloud, desired(wanted))
    assert [item.action for item in plan.deployments] == [Action.REPLACE]
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StepFailed)
    assert "nobody is served" not in str(error)
    assert alive(cloud) == [before]
    again = plan_on(cloud, desired(wanted))
    assert again.blocked == ()
    assert errors_of(apply_on(cloud, again)) == []


def test_a_start_that_fails_is_held_against_the_spec_in_words_that_fit() -> None:
    """The work request of a start fails: what is remembered does not speak of a creation."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a", "old"))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "activate_deployment") and cloud.writes.count(operation) == 1:
            work = list(cloud.works.values())[-1]
            work.failed, work.ends_in = True, State.INACTIVE

    plan = plan_on(cloud, desired(stopping()), OTHER)
    cloud.fault = fault
    assert len(errors_of(apply_on(cloud, plan))) == 1
    assert alive(cloud)[0].marks.failed_why == "the work request failed, starting it"


@pytest.mark.parametrize(("seen", "words"), [(False, "it may be stopped"), (True, "it is INACTIVE now")])
def test_an_outage_while_it_stops_says_what_is_known(seen: bool, words: str) -> None:
    """The states cannot be listed after the stop; and the deployment itself can, or cannot, be looked at."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a", "old"))
    plan = plan_on(cloud, desired(stopping()), OTHER)
    ocid = alive(cloud)[0].ocid

    def fault(when: str, operation: str) -> None:
        if "deactivate_deployment" in cloud.writes and when == "before":
            if seen:
                cloud._set(ocid, state=State.INACTIVE)
            if operation == "deployment_states" or not seen:
                raise lost(operation)

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, NotSeen)
    assert words in str(error)
    assert "ACTIVE now" not in str(error).replace("INACTIVE now", "")


def test_a_bug_after_a_rollback_ends_one_deployment_alone() -> None:
    """The rollback is done, and asking the probes fails in a way that nobody foresees."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a", "old"), spec("b", "old b"))
    probe = Probe("m", File("in.json", "0" * 64))
    old = next(live.model_id for live in alive(cloud) if live.display_name == "a")
    asked: list[str] = []

    def answered(url: str, model: str) -> Answer:
        asked.append(url)
        if len(asked) > 2:
            raise ValueError("no answer that can be read")
        return Answer(200 if len(asked) == 1 else 500, b'{"error": "boom"}', 1.0)

    wanted = replace(spec("a", "new"), rollout=Rollout(probes=(probe,)))
    plan = plan_on(cloud, desired(wanted, spec("b", "new b")))
    (error,) = errors_of(apply_on(cloud, plan, FakeProber(answered, {"in.json": b"{}"})))
    assert isinstance(error, RolledBack)
    assert "no answer that can be read" in str(error)
    by_name = {live.display_name: live for live in alive(cloud)}
    assert by_name["a"].model_id == old
    assert by_name["b"].model_id != old
