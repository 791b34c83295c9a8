"""Applying plans on the cloud in memory: what the world looks like afterwards."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling, Secret
from reconciler.core.model.errors import StepFailed
from reconciler.core.model.live import CatalogModel, Project, State
from reconciler.core.model.spec import Downtime, Revision, Rollout
from reconciler.core.planning.plan import Action
from tests.support.applied import alive, deployed
from tests.support.drive import OWNER, apply_on, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import Killed, MemoryCloud, lost


def test_creates_then_has_nothing_to_do() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    assert sorted((live.display_name, live.state) for live in alive(cloud)) == [
        ("a", State.ACTIVE),
        ("b", State.ACTIVE),
    ]
    before = list(cloud.writes)
    again = plan_on(cloud, desired(spec("a"), spec("b", "other")))
    assert again.empty
    apply_on(cloud, again)
    assert cloud.writes == before


def test_two_deployments_of_one_content_share_one_catalog_model() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"))
    assert len(cloud.models) == 1


def test_new_content_is_one_catalog_model_and_one_update() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", "new weights")))
    (item,) = plan.deployments
    assert [change.field for change in item.changes] == ["spec.models", "lastApplied"]
    writes = len(cloud.writes)
    assert errors_of(apply_on(cloud, plan)) == []
    assert cloud.writes[writes:] == ["create_model", "upload", "mark_published", "update_deployment"]
    (live,) = alive(cloud)
    assert live.configuration
    assert live.configuration.artifact == artifact("new weights").digest


def test_several_groups_become_several_updates_and_the_mark_comes_last() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    wanted = spec("a", "new", description="better", scaling=FixedScaling(3))
    wanted = replace(
        wanted,
        configuration=replace(
            wanted.configuration,
            container=replace(wanted.configuration.container, image="iad.ocir.io/acme/triton:2"),
        ),
    )
    plan = plan_on(cloud, desired(wanted))
    deployed(cloud, wanted)
    assert cloud.writes.count("update_deployment") == 2
    assert plan_on(cloud, desired(wanted)).empty
    assert plan.deployments[0].action is Action.UPDATE


def test_a_lost_create_answer_leaves_one_deployment() -> None:
    cloud = MemoryCloud()
    seen = []

    def fault(when: str, operation: str) -> None:
        if when == "after" and operation in {"create_deployment", "create_model"} and operation not in seen:
            seen.append(operation)
            raise lost(operation)

    cloud.fault = fault
    deployed(cloud, spec("a"))
    assert (len(alive(cloud)), len(cloud.models)) == (1, 1)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["update_deployment", "upload", "delete_deployment", "set_provenance"])
def test_a_lost_answer_to_any_write_is_overcome(when: str, operation: str) -> None:
    cloud = MemoryCloud()
    revision = Revision("c0ffee")
    deployed(cloud, spec("a"), spec("b"), revision=revision)
    seen = []

    def fault(moment: str, called: str) -> None:
        if moment == when and called == operation and not seen:
            seen.append(operation)
            raise lost(operation)

    cloud.fault = fault
    deployed(cloud, spec("a", "new"), revision=revision)
    assert seen == [operation]
    cloud.fault = lambda when, operation: None
    assert plan_on(cloud, desired(spec("a", "new"), revision=revision)).empty
    assert [live.display_name for live in alive(cloud)] == ["a"]


def test_a_model_that_does_not_load_fails_with_the_work_requests_errors_and_keeps_the_old() -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    deployed(cloud, spec("a"))
    old = alive(cloud)[0].model_id
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(spec("a", "bad")))))
    assert isinstance(error, StepFailed)
    assert "bootstrapping" in str(error)
    assert alive(cloud)[0].model_id == old
    assert cloud.models[old].active


def test_one_failing_deployment_does_not_stop_the_others() -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    events = apply_on(cloud, plan_on(cloud, desired(spec("a", "bad"), spec("b"))))
    assert len(errors_of(events)) == 1
    assert {live.display_name: live.state for live in alive(cloud)} == {"a": State.FAILED, "b": State.ACTIVE}


def test_a_failed_deployment_is_replaced() -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    apply_on(cloud, plan_on(cloud, desired(spec("a", "bad"))))
    plan = plan_on(cloud, desired(spec("a")))
    assert plan.deployments[0].action is Action.REPLACE
    deployed(cloud, spec("a"))
    assert [(live.display_name, live.state) for live in alive(cloud)] == [("a", State.ACTIVE)]
    assert plan_on(cloud, desired(spec("a"))).empty


def test_the_project_is_created_only_when_the_target_says_so() -> None:
    absent = MemoryCloud(project=Project("ml", None))
    assert not plan_on(absent, desired(spec("a"))).sends
    cloud = MemoryCloud(project=Project("ml", None, create=True))
    deployed(cloud, spec("a"))
    assert cloud.project.ocid == "project-1"
    assert plan_on(cloud, desired(spec("a"))).empty


def test_downtime_allowed_stops_updates_and_starts() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    wanted = replace(spec("a", "renamed"), rollout=Rollout(downtime=Downtime.ALLOW))
    plan = plan_on(cloud, desired(wanted), versions=frozenset({("m", 2)}))
    assert "stops serving" in plan.deployments[0].notes[0]
    assert errors_of(apply_on(cloud, plan)) == []
    assert cloud.outages == [alive(cloud)[0].ocid]
    assert plan_on(cloud, desired(wanted)).empty


def test_a_secret_reaches_the_cloud_and_only_the_cloud() -> None:
    cloud = MemoryCloud()
    plain = spec("a")
    hidden = Secret("env.HF_TOKEN", "hunter2-very-secret")
    container = replace(plain.configuration.container, environment=(("HF_TOKEN", hidden),))
    wanted = replace(plain, configuration=replace(plain.configuration, container=container))
    plan = plan_on(cloud, desired(wanted))
    events = apply_on(cloud, plan)
    assert dict(alive(cloud)[0].configuration.container.environment) == {"HF_TOKEN": "hunter2-very-secret"}
    assert plan_on(cloud, desired(wanted)).empty
    changed = Secret("env.HF_TOKEN", "another-secret")
    other = replace(
        wanted,
        configuration=replace(
            wanted.configuration, container=replace(container, environment=(("HF_TOKEN", changed),))
        ),
    )
    update = plan_on(cloud, desired(other))
    assert [change.field for change in update.deployments[0].changes] == ["spec.server.env.HF_TOKEN"]
    assert "secret" not in (repr(plan) + repr(events) + repr(update)).replace("Secret", "").replace(
        "'secret'", ""
    )


WORLDS = ("nothing", "one deployment", "a failed one")


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_the_next_run_converges_without_doubles(world: str, when: str) -> None:
    """Law 6: for every k, die around the k-th call; then run again."""
    k = 0
    died = True
    while died:
        cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
        if world != "nothing":
            apply_on(cloud, plan_on(cloud, desired(spec("a", "bad" if world == "a failed one" else "old"))))
        wanted = desired(
            spec("a", "new", description="d", scaling=FixedScaling(2)),
            revision=Revision("c0ffee"),
            owner=OWNER,
        )
        died = run_and_die(cloud, wanted, when, k)
        for _ in range(3):
            events = apply_on(cloud, plan_on(cloud, wanted))
            if errors_of(events) == [] and plan_on(cloud, wanted).empty:
                break
        assert plan_on(cloud, wanted).empty, (world, when, k)
        assert [live.state for live in alive(cloud)] == [State.ACTIVE], (world, when, k)
        new = [m for m in cloud.models.values() if artifact("new").digest in (m.artifact, m.publishing)]
        assert len(new) == 1, (world, when, k)
        k += 1
    assert k > 5


def run_and_die(cloud: MemoryCloud, wanted, when: str, k: int) -> bool:
    calls = 0

    def fault(moment: str, operation: str) -> None:
        nonlocal calls
        if moment == when:
            calls += 1
            if calls > k:
                raise Killed

    plan = plan_on(cloud, wanted)
    cloud.fault = fault
    try:
        apply_on(cloud, plan)
    except Killed:
        return True
    finally:
        cloud.fault = lambda when, operation: None
    return False


def test_a_conflict_on_an_upload_that_arrived_is_no_failure() -> None:
    """The first try arrived and its answer was lost; the service then refuses a second one."""
    cloud = MemoryCloud()
    tries = []

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "upload"):
            tries.append(operation)
            ocid = next(iter(cloud.models))
            cloud.contents[ocid] = artifact("weights").digest

    cloud.fault = fault
    deployed(cloud, spec("a"))
    assert tries == ["upload"]
    assert len(cloud.models) == 1


def test_half_published_content_is_finished_even_when_tokens_are_forgotten() -> None:
    """The service keeps retry tokens for 24 hours; the mark *publishing* is for ever."""
    cloud = MemoryCloud()

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "upload"):
            raise Killed

    cloud.fault = fault
    with pytest.raises(Killed):
        apply_on(cloud, plan_on(cloud, desired(spec("a"))))
    cloud.fault = lambda when, operation: None
    cloud.tokens.clear()
    deployed(cloud, spec("a"))
    assert len(cloud.models) == 1


@pytest.mark.parametrize("half", [False, True], ids=["whole", "half"])
def test_content_that_another_owner_has_published_is_left_to_them(half: bool) -> None:
    """Law 5: they may delete it, and what is half there is theirs to finish."""
    cloud = MemoryCloud()
    digest, ocid = artifact("weights").digest, "ocid1.model.theirs"
    theirs = CatalogModel(
        ocid, "theirs", True, "other", "theirs", None if half else digest, digest if half else None
    )
    cloud.models[ocid] = theirs
    cloud.contents |= {} if half else {ocid: digest}
    deployed(cloud, spec("a"))
    assert cloud.models[ocid] == theirs
    assert (ocid in cloud.contents) is not half
    (live,) = alive(cloud)
    assert cloud.models[live.model_id or ""].owner == OWNER
