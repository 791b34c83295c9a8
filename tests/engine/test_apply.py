"""Applying plans on the cloud in memory: what the world looks like afterwards."""

from dataclasses import replace

import pytest
from support.drive import OWNER, apply_on, artifact, desired, errors_of, plan_on, spec
from support.memory import Killed, MemoryCloud, lost

from reconciler.core.errors import NotFound, StalePlan, StepFailed
from reconciler.core.live import GONE, Marks, Project, State
from reconciler.core.plan import Action, Plan
from reconciler.core.removal import plan_destroy
from reconciler.core.spec import Downtime, Revision, Rollout, Spec
from reconciler.core.target import Safety
from reconciler.core.values import FixedScaling, Secret


def deployed(cloud: MemoryCloud, *specs, **changes) -> None:
    events = apply_on(cloud, plan_on(cloud, desired(*specs, **changes)))
    assert errors_of(events) == []


def alive(cloud: MemoryCloud):
    return [live for live in cloud.snapshot().deployments if live.state not in GONE]


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


def test_changed_between_plan_and_apply_is_stale_and_nothing_is_sent() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", description="new")))
    ocid = alive(cloud)[0].ocid
    cloud._set(
        ocid, display_name="somebody", configuration=replace(alive(cloud)[0].configuration, name="somebody")
    )
    writes = list(cloud.writes)
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert cloud.writes == writes


def test_changed_between_check_and_write_is_stale() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", description="new")))

    def fault(when: str, operation: str) -> None:
        if when == "after" and operation == "get_deployment":
            cloud._touch(alive(cloud)[0].ocid)

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)


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
    assert [item.action for item in plan_on(absent, desired(spec("a"))).deployments] == [Action.BLOCKED]
    cloud = MemoryCloud(project=Project("ml", None, create=True))
    deployed(cloud, spec("a"))
    assert cloud.project.ocid == "project-1"
    assert plan_on(cloud, desired(spec("a"))).empty


def test_what_no_manifest_names_goes_with_its_catalog_model() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    deployed(cloud, spec("a"))
    assert [live.display_name for live in alive(cloud)] == ["a"]
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("weights").digest]


def test_a_catalog_model_that_another_deployment_runs_stays() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"))
    deployed(cloud, spec("b"))
    assert all(model.active for model in cloud.models.values())


def test_a_catalog_model_that_another_manifest_asks_for_stays_while_its_deployment_goes() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    deployed(cloud, spec("a", "other"))
    assert [live.display_name for live in alive(cloud)] == ["a"]
    assert plan_on(cloud, desired(spec("a", "other"))).empty


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


def test_a_saved_plan_does_not_make_a_second_deployment() -> None:
    """Two plans to create one deployment; the first is applied: the second is stale, or finds what it
    wanted.
    """
    cloud = MemoryCloud()
    first = plan_on(cloud, desired(spec("a")))
    other = plan_on(cloud, desired(spec("a", description="other")))
    assert errors_of(apply_on(cloud, first)) == []
    (error,) = errors_of(apply_on(cloud, other))
    assert isinstance(error, StalePlan)
    cloud.tokens.clear()
    assert errors_of(apply_on(cloud, first)) == []
    assert len(alive(cloud)) == 1


def test_a_foreign_deployment_that_appears_after_the_plan_makes_it_stale() -> None:
    cloud = MemoryCloud()
    plan = plan_on(cloud, desired(spec("a")))
    other = plan_on(cloud, replace(desired(spec("a")), owner="other"))
    assert errors_of(apply_on(cloud, other)) == []
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert len(alive(cloud)) == 1


def test_orphans_that_share_a_catalog_model_all_go_and_the_model_goes_last() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"), spec("c", "other"))
    slow = next(live for live in alive(cloud) if live.display_name == "b")
    cloud._set(slow.ocid, state=State.UPDATING)
    cloud._work(slow.ocid, State.ACTIVE)
    deployed(cloud, spec("c", "other"), safety=Safety(max_deletes=2))
    assert [live.display_name for live in alive(cloud)] == ["c"]
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("other").digest]


def test_killed_after_a_delete_destroy_finds_the_catalog_model_that_is_left() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "delete_model"):
            raise Killed

    def destroy() -> Plan:
        return plan_destroy("test", OWNER, ["a"], cloud.snapshot())

    cloud.fault = fault
    with pytest.raises(Killed):
        apply_on(cloud, destroy())
    cloud.fault = lambda when, operation: None
    assert [live.display_name for live in alive(cloud)] == ["b"]
    assert errors_of(apply_on(cloud, destroy())) == []
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("other").digest]
    assert destroy().empty


def test_destroy_of_what_is_gone_keeps_the_models_that_others_run() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"))
    deployed(cloud, spec("b"))
    assert plan_destroy("test", OWNER, ["a"], cloud.snapshot()).empty


def test_catalog_models_of_others_are_never_deleted() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    for ocid, model in cloud.models.items():
        if model.artifact == artifact("weights").digest:
            cloud.models[ocid] = replace(model, owner="other")
    deployed(cloud, spec("b", "other"))
    assert all(model.active for model in cloud.models.values())


def test_a_catalog_model_that_a_foreign_deployment_runs_stays() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    live = next(live for live in alive(cloud) if live.display_name == "a")
    cloud.put(replace(live, ocid="ocid1.deployment.theirs", display_name="theirs", marks=Marks("other", "x")))
    deployed(cloud, spec("b", "other"))
    assert all(model.active for model in cloud.models.values())


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
    assert "plan again" in str(error)
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
    assert isinstance(error, StepFailed)
    assert "spec.scaling.instances is 2, not 3" in str(error)


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


CHANGED_BEHIND_OUR_BACK = {
    "state": {"state": State.INACTIVE},
    "model": {"model_id": "ocid1.model.other"},
    "marks": {"marks": Marks("acme", "a", "other")},
    "gone": {"state": State.DELETED},
}


@pytest.mark.parametrize("what", CHANGED_BEHIND_OUR_BACK)
def test_whatever_changes_after_the_plan_makes_it_stale(what: str) -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))
    cloud._set(alive(cloud)[0].ocid, **CHANGED_BEHIND_OUR_BACK[what])
    writes = list(cloud.writes)
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert cloud.writes == writes


def test_a_deployment_that_is_gone_altogether_makes_the_plan_stale() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))
    cloud.deployments.clear()
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)


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


def test_no_manifests_at_all_delete_nothing() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired())
    assert [item.action for item in plan.deployments] == [Action.BLOCKED]
    assert "no manifest" in plan.deployments[0].refusals[0].reason


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


def test_an_update_of_a_deployment_that_vanished_in_between_is_a_failure() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "update_deployment"):
            cloud.deployments.clear()

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, NotFound)


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


def test_more_deletes_than_allowed_are_blocked_with_the_number_to_set() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"), spec("c"))
    plan = plan_on(cloud, desired(spec("c"), safety=Safety(max_deletes=1)))
    assert [item.action for item in plan.deployments] == [Action.BLOCKED, Action.BLOCKED, Action.NOTHING]
    assert "safety.maxDeletes: 2" in plan.deployments[0].refusals[0].choices[0]
