"""Probes, rollbacks, and the memory of what failed, on the cloud in memory.

The answers of the endpoints are made up here; a real Triton answers in the end-to-end tests.
"""

import json
from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling, LogRef, Logs
from reconciler.core.model.errors import Exit, ProbesFailed, RolledBack, StepFailed
from reconciler.core.model.live import GONE, Live, State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import OnFailure, Rollout, Spec
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.events import RollbackStarted
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.steps import ProbeDeployment, UpdateDeployment
from reconciler.report.plan.json import plan_document
from tests.support.drive import FakeProber, apply_on, artifact, desired, errors_of, plan_on, settle_on, spec
from tests.support.memory import Killed, MemoryCloud

PROBE = Probe("m", File("in.json", "0" * 64), version=1, expect=File("out.json", "1" * 64))
HIDDEN = "hunter2-is-live"
LOGS = Logs(LogRef("ocid1.loggroup.oc1.iad.g", "ocid1.log.oc1.iad.l"))


def body(value: float) -> bytes:
    return json.dumps(
        {"outputs": [{"name": "y", "datatype": "FP32", "shape": [1], "data": [value]}]}
    ).encode()


def prober(cloud: MemoryCloud, values: dict[str, float], expected: float = 14.0) -> FakeProber:
    """Endpoints that answer by the content of what is live: `values` by content."""
    by_digest = {artifact(content).digest: value for content, value in values.items()}

    def answer(url: str, model: str) -> Answer:
        live = cloud.deployments[url.removeprefix("memory://")]
        digest = cloud.models[live.model_id or ""].artifact or ""
        return Answer(200, body(by_digest.get(digest, 0.0)), 5.0)

    return FakeProber(answer, {"in.json": b"{}", "out.json": body(expected)})


def probed(content: str, on_failure: OnFailure = OnFailure.ROLLBACK, **changes: object) -> Spec:
    wanted = spec("a", content, **changes)
    return replace(wanted, rollout=Rollout(probes=(PROBE,), on_failure=on_failure))


def with_env(wanted: Spec, *variables: tuple[str, str]) -> Spec:
    container = replace(
        wanted.configuration.container, environment=(("CONTAINER_TYPE", "TRITON"), *variables)
    )
    return replace(wanted, configuration=replace(wanted.configuration, container=container))


def started(content: str = "old", **changes: object) -> MemoryCloud:
    cloud = MemoryCloud()
    wanted = with_env(spec("a", content, **changes), ("DB", HIDDEN))
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(wanted)))) == []
    return cloud


def the(cloud: MemoryCloud) -> Live:
    (live,) = (live for live in cloud.snapshot().deployments if live.state not in GONE)
    return live


def again(cloud: MemoryCloud, wanted: Spec, **changes: object) -> Plan:
    return plan_on(cloud, desired(wanted, **changes))


def test_a_wrong_answer_goes_back_to_what_was_there_and_is_remembered() -> None:
    cloud = started()
    before = the(cloud)
    wanted = with_env(probed("wrong"), ("DB", "new"))
    plan = again(cloud, wanted)
    events = apply_on(cloud, plan, prober(cloud, {"old": 14.0, "wrong": 3.0}, 14.0))

    (error,) = errors_of(events)
    assert isinstance(error, RolledBack)
    assert error.exit_code is Exit.FAILED
    assert "m version 1: y[0]: expected 14.0, got 3.0" in str(error)
    assert "rolled back" in str(error)
    assert "answer as before" in str(error)
    assert any(isinstance(event, RollbackStarted) for event in events)
    after = the(cloud)
    assert (after.state, after.model_id, after.configuration) == (
        State.ACTIVE,
        before.model_id,
        before.configuration,
    )
    assert (after.marks.applied, after.marks.failed) == (before.marks.applied, wanted.failed_mark)

    (item,) = again(cloud, wanted).deployments
    assert item.action is Action.BLOCKED
    assert "--retry-failed" in " ".join(item.refusals[0].choices)
    assert again(cloud, wanted, retry_failed=True).deployments[0].action is Action.UPDATE
    assert again(cloud, with_env(probed("better"))).deployments[0].action is Action.UPDATE


def test_back_to_what_was_there_before_a_failure_is_forgotten() -> None:
    """By tags alone: nothing else is sent, and nothing is asked."""
    cloud = started()
    old = with_env(spec("a", "old"), ("DB", HIDDEN))
    apply_on(cloud, again(cloud, probed("wrong")), prober(cloud, {"old": 14.0}, 14.0))
    updates = len(cloud.updates)
    plan, silent = again(cloud, old), FakeProber()
    assert [change.field for change in plan.deployments[0].changes] == ["lastFailed"]
    assert errors_of(apply_on(cloud, plan, silent)) == []
    assert cloud.updates[updates:] == [(OptionGroup.METADATA,)]
    assert silent.asked == []
    assert the(cloud).marks.failed is None
    assert again(cloud, old).empty


def test_the_way_back_of_a_container_restores_values_that_no_plan_holds() -> None:
    """Law 8: live variables may be secrets, so the plan does not know what it goes back to."""
    cloud = started()
    plan = again(cloud, with_env(probed("wrong"), ("DB", "new")))
    assert HIDDEN not in json.dumps(plan_document(plan))
    (error,) = errors_of(apply_on(cloud, plan, prober(cloud, {})))
    assert HIDDEN not in str(error)
    live = the(cloud)
    assert live.configuration
    assert dict(live.configuration.container.environment or ())["DB"] == HIDDEN


def test_a_model_that_does_not_load_goes_back_too() -> None:
    cloud = started()
    cloud.bad_artifacts.add(artifact("bad").digest)
    before = the(cloud)
    wanted = replace(spec("a", "bad"), rollout=Rollout())
    (error,) = errors_of(apply_on(cloud, again(cloud, wanted)))
    assert isinstance(error, RolledBack)
    assert "bootstrapping" in str(error)
    assert "work request" in str(error)
    live = the(cloud)
    assert (live.state, live.model_id, live.marks.failed) == (
        State.ACTIVE,
        before.model_id,
        wanted.failed_mark,
    )
    assert again(cloud, wanted).blocked
    assert cloud.models[before.model_id or ""].active


def test_a_retry_that_works_forgets_the_failure() -> None:
    cloud = started()
    cloud.bad_artifacts.add(artifact("new").digest)
    apply_on(cloud, again(cloud, spec("a", "new")))
    assert again(cloud, spec("a", "new")).blocked
    cloud.bad_artifacts.clear()
    assert errors_of(apply_on(cloud, again(cloud, spec("a", "new"), retry_failed=True))) == []
    assert the(cloud).marks.failed is None
    assert again(cloud, spec("a", "new")).empty


def test_on_failure_stop_leaves_it_and_remembers() -> None:
    cloud = started()
    wanted = probed("wrong", OnFailure.STOP)
    plan = again(cloud, wanted)
    assert plan.deployments[0].rollbacks == ()
    (error,) = errors_of(apply_on(cloud, plan, prober(cloud, {"wrong": 3.0})))
    assert isinstance(error, StepFailed)
    assert "left as it is" in str(error)
    live = the(cloud)
    assert live.configuration
    assert live.configuration.artifact == artifact("wrong").digest
    assert live.marks.failed == wanted.failed_mark
    assert again(cloud, wanted).blocked
    good = prober(cloud, {"wrong": 14.0})
    assert errors_of(apply_on(cloud, again(cloud, wanted, retry_failed=True), good)) == []
    assert again(cloud, wanted).empty


def test_a_new_deployment_that_answers_wrongly_is_remembered() -> None:
    cloud = MemoryCloud()
    wanted = probed("wrong")
    (error,) = errors_of(apply_on(cloud, again(cloud, wanted), prober(cloud, {"wrong": 3.0})))
    assert "expected 14.0, got 3.0" in str(error)
    assert again(cloud, wanted).blocked


def test_a_new_deployment_that_fails_is_not_deleted_and_made_again_and_again() -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    apply_on(cloud, again(cloud, spec("a", "bad")))
    assert the(cloud).state is State.FAILED
    assert again(cloud, spec("a", "bad")).blocked
    assert again(cloud, spec("a", "good")).deployments[0].action is Action.REPLACE


def test_when_the_way_back_fails_too_both_are_told() -> None:
    cloud = started()
    cloud.bad_artifacts |= {artifact("bad").digest, artifact("old").digest}
    (error,) = errors_of(apply_on(cloud, again(cloud, spec("a", "bad"))))
    assert not isinstance(error, RolledBack)
    assert str(error).count("bootstrapping") == 2
    assert "the rollback failed too" in str(error)


def test_probes_wait_until_container_and_models_are_those_they_are_about() -> None:
    cloud = started()
    wanted = with_env(probed("new", scaling=FixedScaling(2)), ("DB", "new"))
    (item,) = again(cloud, wanted).deployments
    names = [type(step).__name__ for step in item.steps if not type(step).__name__.startswith("Wait")]
    updates = [at for at, step in enumerate(item.steps) if isinstance(step, UpdateDeployment)]
    proof = ["CheckPresence", "ProbeDeployment"]
    assert names == ["PublishModel", *["UpdateDeployment"] * 2, *proof, "UpdateDeployment"]
    assert [rollback.step for rollback in item.rollbacks] == updates[:-1]
    marks = [item.steps[at].marks.applied for at in updates]
    assert marks == [the(cloud).marks.applied] * 2 + [wanted.applied_mark], "applied when it is proven"


def test_the_probes_come_after_every_update_from_there_on() -> None:
    cloud = started(scaling=FixedScaling(3))
    (item,) = again(cloud, with_env(probed("old", scaling=FixedScaling(1)), ("DB", "new"))).deployments
    kinds = [type(step) for step in item.steps]
    assert kinds.count(ProbeDeployment) == kinds.count(UpdateDeployment) - 1, "the last one only marks"


@pytest.mark.parametrize(
    ("probe", "answer", "told"),
    [
        (replace(PROBE, expect=None, status=404), Answer(200, b"{}", 1.0), "expected status 404, got 200"),
        (
            replace(PROBE, expect=None, latency_ms=10),
            Answer(200, b"{}", 50.0),
            "within 10 ms, got it after 50 ms",
        ),
        (PROBE, Answer(500, b'{"error": "boom"}', 1.0), 'expected status 200, got 500: {"error": "boom"}'),
        (PROBE, Answer(200, b"no json", 1.0), "expected outputs, got: no json"),
    ],
)
def test_what_a_failed_probe_says(probe: Probe, answer: Answer, told: str) -> None:
    cloud = MemoryCloud()
    wanted = replace(spec("a"), rollout=Rollout(probes=(probe,)))
    asked = FakeProber(lambda url, model: answer, {"in.json": b"{}", "out.json": body(14.0)})
    (error,) = errors_of(apply_on(cloud, again(cloud, wanted), asked))
    assert isinstance(error.__cause__ or error, ProbesFailed)
    assert told in str(error)


@pytest.mark.parametrize("moment", range(1, 5))
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_in_a_chain_of_three_updates_the_next_apply_completes_it(moment: int, when: str) -> None:
    """Law 6."""
    cloud = started()
    wanted = with_env(probed("new", scaling=FixedScaling(2)), ("DB", "new"))
    bandwidth = replace(wanted.configuration, logs=LOGS)
    wanted = replace(wanted, configuration=bandwidth)
    seen = 0

    def fault(at: str, operation: str) -> None:
        nonlocal seen
        if operation == "update_deployment" and at == when:
            seen += 1
            if seen == moment:
                raise Killed

    cloud.fault = fault
    good = prober(cloud, {"new": 14.0})
    with pytest.raises(Killed):
        apply_on(cloud, again(cloud, wanted), good)
    cloud.fault = lambda when, operation: None
    settle_on(cloud)
    assert errors_of(apply_on(cloud, again(cloud, wanted), good)) == []
    assert again(cloud, wanted).empty
    assert len(cloud.updates) == 4, "three, and the one that says that it is proven"
    assert len(cloud.deployments) == 1
    assert len(cloud.models) == 2


def test_what_is_created_to_be_inactive_is_proven_when_it_starts() -> None:
    cloud = MemoryCloud()
    inactive = desired(replace(probed("bad"), active=False))
    assert errors_of(apply_on(cloud, plan_on(cloud, inactive), prober(cloud, {"bad": 3.0}))) == []
    (live,) = cloud.snapshot().deployments
    assert live.state is State.INACTIVE
    assert [item.action for item in plan_on(cloud, inactive).deployments] == [Action.NOTHING]

    active = desired(probed("bad"))
    errors = errors_of(apply_on(cloud, plan_on(cloud, active), prober(cloud, {"bad": 3.0})))
    assert [type(error) for error in errors] == [StepFailed]
