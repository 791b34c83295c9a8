"""What goes wrong in the middle of a chain, or of a rollback: the world is as it was, or the message says
how it is.
"""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import (
    Configuration,
    FixedScaling,
    LogRef,
    Logs,
    Network,
    NetworkAccess,
)
from reconciler.core.model.errors import CloudError, RolledBack, StalePlan
from reconciler.core.model.live import GONE, Live, State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Downtime, OnFailure, Policy, Rollout, Spec
from reconciler.core.planning.plan import Action, Plan
from tests.support.drive import FakeProber, apply_on, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud
from tests.support.memory_catalog import answer

OTHER = frozenset({("m", 2)})
LOGS = [Logs(predict=LogRef("ocid1.loggroup.oc1.iad.g", f"ocid1.log.oc1.iad.{n}")) for n in (1, 2)]
CUSTOM = Network(NetworkAccess.CUSTOM, "ocid1.subnet.oc1.iad.s")
PROBE = Probe("m", File("in.json", "0" * 64), status=201)
WRONG = FakeProber(lambda url, model: Answer(200, b"{}", 1.0), {"in.json": b"{}"})
RIGHT = FakeProber(lambda url, model: Answer(201, b"{}", 1.0), {"in.json": b"{}"})


def started(wanted: Spec, **changes: object) -> MemoryCloud:
    cloud = MemoryCloud()
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(wanted)), RIGHT)) == []
    cloud.outages.clear()
    return cloud


def the(cloud: MemoryCloud) -> Live:
    (live,) = (live for live in cloud.snapshot().deployments if live.state not in GONE)
    return live


def now(cloud: MemoryCloud) -> Configuration:
    found = the(cloud).configuration
    assert found
    return found


def with_image(wanted: Spec, image: str) -> Spec:
    container = replace(wanted.configuration.container, image=image)
    return replace(wanted, configuration=replace(wanted.configuration, container=container))


def refusing(cloud: MemoryCloud, operation: str, number: int = 1) -> None:
    """The service answers this call, the n-th time, with an error that trying again will not mend."""
    seen = 0

    def fault(when: str, called: str) -> None:
        nonlocal seen
        if when == "before" and called == operation:
            seen += 1
            if seen == number:
                raise CloudError(answer(operation, 400, "InvalidParameter"))

    cloud.fault = fault


def apply(cloud: MemoryCloud, plan: Plan, prober: FakeProber = RIGHT) -> Exception:
    (error,) = errors_of(apply_on(cloud, plan, prober))
    return error


def test_refused_after_the_stop_it_is_started_again() -> None:
    cloud = started(spec("a"))
    before = the(cloud)
    wanted = replace(spec("a", "new"), rollout=Rollout(downtime=Downtime.ALLOW))
    plan = plan_on(cloud, desired(wanted), OTHER)
    refusing(cloud, "update_deployment")
    error = apply(cloud, plan)
    assert isinstance(error, RolledBack)
    assert "InvalidParameter" in str(error)
    assert (the(cloud).state, the(cloud).model_id) == (State.ACTIVE, before.model_id)


def test_refused_in_the_middle_of_a_chain_what_was_done_is_rolled_back() -> None:
    cloud = started(spec("a"))
    before = the(cloud)
    wanted = with_image(spec("a", "new"), "iad.ocir.io/acme/triton:2")
    plan = plan_on(cloud, desired(wanted))
    refusing(cloud, "update_deployment", 2)
    assert isinstance(apply(cloud, plan), RolledBack)
    assert the(cloud).configuration == before.configuration
    assert plan_on(cloud, desired(wanted)).blocked


def test_refused_at_once_nothing_is_rolled_back_or_remembered() -> None:
    cloud = started(spec("a"))
    plan = plan_on(cloud, desired(spec("a", "new")))
    refusing(cloud, "update_deployment")
    error = apply(cloud, plan)
    assert not isinstance(error, RolledBack)
    cloud.fault = lambda when, operation: None
    assert plan_on(cloud, desired(spec("a", "new"))).deployments[0].action is Action.UPDATE


@pytest.mark.parametrize("network", [Network(), CUSTOM])
def test_the_way_back_from_a_stop_leaves_logs_and_networking_and_starts_again(network: Network) -> None:
    old = spec("a", logs=LOGS[0], network=Network(NetworkAccess.NO_INTERNET))
    cloud = started(old)
    rollout = Rollout(downtime=Downtime.ALLOW, probes=(PROBE,))
    wanted = replace(spec("a", "new", logs=LOGS[1], network=network), rollout=rollout)
    before = the(cloud)
    error = apply(cloud, plan_on(cloud, desired(wanted), OTHER), WRONG)
    assert isinstance(error, RolledBack), error
    after = the(cloud)
    assert (after.state, after.model_id) == (State.ACTIVE, before.model_id)
    assert after.configuration
    assert after.configuration.logs == LOGS[1]


def test_the_way_back_past_a_change_of_networking_keeps_it() -> None:
    cloud = started(spec("a", network=Network(NetworkAccess.NO_INTERNET)))
    before = the(cloud)
    wanted = spec("a", network=CUSTOM, scaling=FixedScaling(2))
    wanted = replace(with_image(wanted, "iad.ocir.io/acme/triton:2"), rollout=Rollout(probes=(PROBE,)))
    error = apply(cloud, plan_on(cloud, desired(wanted)), WRONG)
    assert isinstance(error, RolledBack), error
    assert before.configuration
    assert the(cloud).configuration == replace(before.configuration, network=CUSTOM)


def test_what_takes_the_place_of_a_failed_one_keeps_what_the_manifest_leaves_open() -> None:
    cloud = started(spec("a", network=CUSTOM, logs=LOGS[0]))
    cloud._set(the(cloud).ocid, state=State.FAILED)
    plan = plan_on(cloud, desired(spec("a", "new")))
    assert plan.deployments[0].action is Action.REPLACE
    assert errors_of(apply_on(cloud, plan)) == []
    live = the(cloud)
    assert live.configuration
    assert (live.configuration.network, live.configuration.logs) == (CUSTOM, LOGS[0])


def test_protection_in_the_manifest_alone_keeps_it_from_being_replaced() -> None:
    cloud = started(spec("a"))
    cloud._set(the(cloud).ocid, state=State.FAILED)
    wanted = replace(spec("a", "new"), policy=Policy(protect=True))
    assert plan_on(cloud, desired(wanted)).blocked


def test_killed_before_its_probes_it_is_proven_by_the_next_run() -> None:
    cloud = started(spec("a"))
    wanted = replace(spec("a", "new"), rollout=Rollout(probes=(PROBE,)))

    class Gone(BaseException):
        pass

    def killed(url: str, model: str) -> Answer:
        if the(cloud).marks.failed is None and now(cloud).artifact == wanted.artifact.digest:
            raise Gone
        return Answer(200, b"{}", 1.0)

    with pytest.raises(Gone):
        apply_on(cloud, plan_on(cloud, desired(wanted)), FakeProber(killed, {"in.json": b"{}"}))
    again = plan_on(cloud, desired(wanted))
    assert not again.empty
    assert "expected status 201" in str(apply(cloud, again, WRONG))
    assert plan_on(cloud, desired(wanted)).blocked
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(wanted, retry_failed=True)), RIGHT)) == []
    assert plan_on(cloud, desired(wanted)).empty


def test_another_probe_proves_again_what_was_left_as_it_is() -> None:
    cloud = started(spec("a"))
    rollout = Rollout(probes=(PROBE,), on_failure=OnFailure.STOP)
    wanted = replace(spec("a", "new"), rollout=rollout)
    apply(cloud, plan_on(cloud, desired(wanted)), WRONG)
    mended = replace(wanted, rollout=replace(rollout, probes=(replace(PROBE, status=200),)))
    plan = plan_on(cloud, desired(mended))
    assert not plan.empty
    assert errors_of(apply_on(cloud, plan, WRONG)) == []
    assert the(cloud).marks.failed is None


def test_what_failed_may_still_be_stopped() -> None:
    cloud = started(spec("a"))
    rollout = Rollout(probes=(PROBE,), on_failure=OnFailure.STOP)
    wanted = replace(spec("a", "new"), rollout=rollout)
    apply(cloud, plan_on(cloud, desired(wanted)), WRONG)
    stopped = replace(wanted, active=False)
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(stopped)), WRONG)) == []
    assert the(cloud).state is State.INACTIVE


@pytest.mark.parametrize("told", [True, False], ids=["their work is told", "no work is told"])
def test_what_somebody_changed_after_the_read_back_is_not_rolled_back(
    told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = started(spec("a"))
    if not told:
        monkeypatch.setattr(cloud, "newest_work", lambda deployment: "")
    wanted = replace(spec("a", "new"), rollout=Rollout(probes=(PROBE,)))

    def meddling(url: str, model: str) -> Answer:
        if the(cloud).model_id != before.model_id:
            cloud._set(before.ocid, display_name="somebody")
        return Answer(200, b"{}", 1.0)

    before = the(cloud)
    error = apply(cloud, plan_on(cloud, desired(wanted)), FakeProber(meddling, {"in.json": b"{}"}))
    assert isinstance(error, StalePlan)
    assert "expected status 201" in str(error)
    assert the(cloud).display_name == "somebody"


def test_what_somebody_stopped_while_it_was_updated_is_not_rolled_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = started(spec("a"))
    plan = plan_on(cloud, desired(spec("a", "new")))
    advance = cloud._advance

    def stopping() -> None:
        advance()
        live = the(cloud)
        if live.state is State.ACTIVE and "update_deployment" in cloud.writes:
            cloud._set(live.ocid, state=State.INACTIVE)

    monkeypatch.setattr(cloud, "_advance", stopping)
    assert isinstance(apply(cloud, plan), StalePlan)
    assert the(cloud).state is State.INACTIVE
    assert the(cloud).marks.failed is None


def test_the_cause_is_not_lost_when_its_work_request_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = started(spec("a"))
    cloud.bad_artifacts.add(artifact("bad").digest)

    def trouble(work_request: str) -> None:
        raise CloudError(answer("list_work_request_errors", 403, "NotAllowed"))

    monkeypatch.setattr(cloud, "trouble", trouble)
    error = apply(cloud, plan_on(cloud, desired(spec("a", "bad"))))
    assert isinstance(error, RolledBack)
    assert "its errors could not be read" in str(error)
    assert plan_on(cloud, desired(spec("a", "bad"))).blocked


def test_more_tags_than_a_resource_may_have_are_blocked() -> None:
    cloud = started(spec("a"))
    live = the(cloud)
    assert live.configuration
    many = tuple((f"k{number}", "x") for number in range(9))
    cloud._set(live.ocid, configuration=replace(live.configuration, artifact=None, labels=many))
    wanted = replace(spec("a", "new"), policy=Policy(ignore=("/metadata/labels",)))
    (item,) = plan_on(cloud, desired(wanted)).deployments
    assert item.action is Action.BLOCKED
    assert "free-form tags" in item.refusals[0].reason


def test_when_the_way_back_fails_the_failure_is_remembered_all_the_same() -> None:
    cloud = started(spec("a"))
    cloud.bad_artifacts |= {artifact("bad").digest, artifact().digest}
    error = apply(cloud, plan_on(cloud, desired(spec("a", "bad"))))
    assert "the rollback failed too" in str(error)
    assert plan_on(cloud, desired(spec("a", "bad"))).blocked


def test_a_probe_that_changed_since_the_plan_is_noticed_before_anything_is_sent() -> None:
    class Changed(FakeProber):
        def read(self, file: File) -> bytes:
            raise StalePlan(f"{file.path}: it has changed since it was planned")

    cloud = started(spec("a"))
    wanted = replace(spec("a", "new"), rollout=Rollout(probes=(PROBE,)))
    plan, writes = plan_on(cloud, desired(wanted)), list(cloud.writes)
    assert isinstance(apply(cloud, plan, Changed()), StalePlan)
    assert cloud.writes == writes


def test_a_stale_plan_publishes_nothing() -> None:
    cloud = started(spec("a"))
    plan, writes = plan_on(cloud, desired(spec("a", "new"))), list(cloud.writes)
    cloud._set(the(cloud).ocid, display_name="somebody")
    live = the(cloud)
    assert live.configuration
    cloud._set(live.ocid, configuration=replace(live.configuration, name="somebody"))
    assert isinstance(apply(cloud, plan), StalePlan)
    assert cloud.writes == writes


def test_drift_that_was_put_back_and_not_proven_is_proven_by_the_next_run() -> None:
    rollout = Rollout(probes=(PROBE,))
    wanted = replace(spec("a"), rollout=rollout)
    cloud = started(wanted)
    live = the(cloud)
    assert live.configuration
    cloud._set(live.ocid, configuration=replace(live.configuration, artifact=None, scaling=FixedScaling(3)))

    class Gone(BaseException):
        pass

    def killed(url: str, model: str) -> Answer:
        if now(cloud).scaling == FixedScaling(1):
            raise Gone
        return Answer(201, b"{}", 1.0)

    with pytest.raises(Gone):
        apply_on(cloud, plan_on(cloud, desired(wanted)), FakeProber(killed, {"in.json": b"{}"}))
    plan = plan_on(cloud, desired(wanted))
    assert not plan.empty
    assert errors_of(apply_on(cloud, plan, RIGHT)) == []
    assert plan_on(cloud, desired(wanted)).empty
