"""Transitions, refusals and order: what a plan says for worlds that a person would meet."""

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model.artifact import ModelGroupMember, model_group_of
from reconciler.core.model.configuration import Bandwidth, DeploymentType, FixedScaling, LogRef, Logs
from reconciler.core.model.live import CatalogModel, Live, Marks, Project, Snapshot, State
from reconciler.core.model.served.structure import Structure, Versions
from reconciler.core.model.spec import Downtime, Revision, Rollout, Spec
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.removal import plan_destroy
from reconciler.core.planning.run_scope import to_guard
from reconciler.core.planning.steps import CreateDeployment, PublishModel, UpdateDeployment
from tests.support.drive import CONTAINER, OWNER, artifact, desired, spec
from tests.support.served import servings

PROJECT = Project("ml", "project-1")
SAME = frozenset({("m", 1)})
OTHER = frozenset({("m", 2)})
MODEL = CatalogModel("model-1", "vision", True, OWNER, "vision", artifact().digest)


def live(wanted: Spec, **changes: Any) -> Live:
    """The deployment that `wanted` was applied to."""
    plain = Live(
        "deployment-1",
        wanted.name,
        State.ACTIVE,
        wanted.configuration,
        "model-1",
        "project-1",
        Marks(OWNER, wanted.name, wanted.applied_mark),
    )
    return replace(plain, **changes)


def plan(
    wanted: Spec, *found: Live, versions: Versions | None = SAME, models: tuple = (MODEL,), **changes: object
) -> Plan:
    every, snapshot = desired(wanted, **changes), Snapshot(PROJECT, found, models)
    return make_plan(every, snapshot, servings(every, snapshot, lambda _: versions and Structure(versions)))


def steps(made: Plan) -> list[str]:
    (item,) = made.deployments
    return [
        "+".join(group.name for group in step.option_groups)
        if isinstance(step, UpdateDeployment)
        else type(step).__name__
        for step in item.steps
        if type(step).__name__ != "WaitFor"
    ]


MADE = ["CreateDeployment", "CheckPresence"]
CREATED = ["PublishModel", *MADE]


def test_states() -> None:
    new = spec(description="new")
    old = spec()
    assert steps(plan(new, live(old))) == ["METADATA"]
    assert steps(plan(old, live(old))) == []
    assert steps(plan(old, live(old, state=State.INACTIVE))) == ["ActivateDeployment", "CheckPresence"]
    started = ["ActivateDeployment", "CheckPresence"]
    assert steps(plan(new, live(old, state=State.INACTIVE))) == ["METADATA", *started]
    assert steps(plan(new, live(old, state=State.NEEDS_ATTENTION))) == ["METADATA"]
    assert steps(plan(old, live(old, state=State.NEEDS_ATTENTION))) == ["METADATA"]
    other = spec(scaling=FixedScaling(2))
    assert steps(plan(other, live(old, state=State.FAILED))) == ["PublishModel", "DeleteDeployment", *MADE]
    assert plan(new, live(old, state=State.FAILED)).blocked
    assert steps(plan(old, live(old, state=State.CREATING))) == []
    assert plan(old, live(old, state=State.CREATING)).deployments[0].action is Action.WAIT
    assert steps(plan(new, live(old, state=State.UPDATING))) == ["Settle", "METADATA"]
    assert steps(plan(old, live(old, state=State.DELETED))) == CREATED
    assert steps(plan(old, live(old, state=State.DELETING))) == CREATED


def test_groups_go_one_at_a_time_in_the_safe_order_with_metadata_on_the_last() -> None:
    wanted = spec(content="new", scaling=FixedScaling(2), description="x", bandwidth=Bandwidth(20))
    ref = LogRef("g", "l")
    container = replace(wanted.configuration.container, image="x:2")
    wanted = replace(wanted, configuration=replace(wanted.configuration, logs=Logs(ref), container=container))
    made = plan(wanted, live(spec()))
    assert steps(made) == ["PublishModel", "LOGS", "BANDWIDTH", "CONTAINER", "CORE+METADATA", "CheckPresence"]
    updates = [step for step in made.deployments[0].steps if isinstance(step, UpdateDeployment)]
    marks = [update.marks.applied for update in updates]
    assert marks == [spec().applied_mark] * 3 + [wanted.applied_mark]
    assert [update.configuration.container.image for update in updates][1:3] == [
        spec().configuration.container.image,
        "x:2",
    ]


def test_while_inactive_everything_goes_at_once() -> None:
    wanted = spec(content="new", scaling=FixedScaling(2), bandwidth=Bandwidth(20))
    made = plan(wanted, live(spec(), state=State.INACTIVE))
    assert steps(made) == ["PublishModel", "METADATA+BANDWIDTH+CORE", "ActivateDeployment", "CheckPresence"]


def test_another_version_structure_is_blocked_with_the_difference_and_the_choices() -> None:
    (item,) = plan(spec(content="new"), live(spec()), versions=OTHER).deployments
    assert (item.action, item.steps) == (Action.BLOCKED, ())
    (refusal,) = item.refusals
    assert "m version 2 would no longer be served; m version 1 would be new" in refusal.reason
    assert any("rollout.downtime: allow" in choice for choice in refusal.choices)


def test_an_unreadable_live_artifact_is_blocked_too() -> None:
    (item,) = plan(spec(content="new"), live(spec()), versions=None).deployments
    assert item.action is Action.BLOCKED


def test_allowed_downtime_stops_first_and_says_so() -> None:
    wanted = replace(spec(content="new"), rollout=Rollout(downtime=Downtime.ALLOW))
    made = plan(wanted, live(spec()), versions=OTHER)
    updated = ["PublishModel", "DeactivateDeployment", "METADATA+CORE"]
    assert steps(made) == [*updated, "ActivateDeployment", "CheckPresence"]
    assert any("stops serving" in note and "minutes" in note for note in made.deployments[0].notes)
    assert {change.impact.value for change in made.deployments[0].changes} == {"stop", "metadata only"}


def test_allowed_downtime_is_not_taken_when_it_is_not_needed() -> None:
    wanted = replace(spec(content="new"), rollout=Rollout(downtime=Downtime.ALLOW))
    assert steps(plan(wanted, live(spec()))) == ["PublishModel", "CORE+METADATA", "CheckPresence"]


@pytest.mark.parametrize("owner", ["other", None])
def test_the_same_name_of_another_owner_is_blocked(owner: str | None) -> None:
    (item,) = plan(spec(), live(spec(), marks=Marks(owner, "vision"))).deployments
    assert item.action is Action.BLOCKED
    assert "deployment-1" in item.refusals[0].reason


def test_the_same_name_in_another_project_is_none_of_our_business() -> None:
    assert steps(plan(spec(), live(spec(), project_id="project-2"))) == CREATED


def test_two_with_our_marks_are_blocked() -> None:
    twin = live(spec(), ocid="deployment-2")
    assert plan(spec(), live(spec()), twin).deployments[0].action is Action.BLOCKED


def test_another_kind_of_deployment_is_blocked() -> None:
    group = live(spec(), configuration=None, deployment_type="SINGLE_MODEL_FLEX")
    (item,) = plan(spec(), group).deployments
    assert item.action is Action.BLOCKED
    assert "SINGLE_MODEL_FLEX" in item.refusals[0].reason


def test_a_changed_display_name_is_put_back_by_the_marks() -> None:
    moved = live(spec(), display_name="renamed", configuration=replace(spec().configuration, name="renamed"))
    (item,) = plan(spec(), moved).deployments
    assert [change.field for change in item.changes] == ["metadata.name"]


def test_the_plan_says_which_content_is_in_the_catalog_already() -> None:
    """It is taken up by a step all the same: whoever cleans up may be quicker, and then it is sent."""
    half = replace(MODEL, artifact=None, publishing=artifact().digest)
    missing = (half, replace(MODEL, active=False), replace(MODEL, owner="other"))
    for model, there in [(MODEL, True), *((model, False) for model in missing)]:
        made = plan(spec(), models=(model,))
        assert steps(made) == CREATED
        (step,) = [step for step in made.deployments[0].steps if isinstance(step, PublishModel)]
        assert step.in_catalog is there


def test_tokens_are_the_same_for_the_same_world_and_others_after_a_delete() -> None:
    first, again = plan(spec(), models=()), plan(spec(), models=())
    assert first == again
    gone = live(spec(), state=State.DELETED)
    after = plan(spec(), gone, models=(replace(MODEL, active=False),))
    assert tokens(first).isdisjoint(tokens(after))
    other = plan(spec(), models=(), revision=Revision("c0ffee"))
    assert tokens(other) == tokens(first), "of two commits at one moment the service takes one"


def test_two_runs_have_one_token_although_one_of_them_has_just_made_the_project() -> None:
    """They had two, and made two deployments of one name when they did so at the same moment."""
    there, missing = PROJECT, Project(PROJECT.name, None, create=True)
    plans = [make_plan(desired(spec()), Snapshot(project), {}) for project in (there, missing)]
    creations = [step for made in plans for step in made.deployments[0].steps]
    assert len({step.token for step in creations if isinstance(step, CreateDeployment)}) == 1


def tokens(made: Plan) -> set[str]:
    return {step.token for step in made.deployments[0].steps if hasattr(step, "token")}


def test_only_changed_content_and_another_command_need_the_live_versions() -> None:
    def needed(wanted: Spec, **changes: object) -> tuple[str, ...]:
        snapshot = Snapshot(PROJECT, (live(spec(), **changes),), (MODEL,))
        return tuple(item.live.ocid for item in to_guard(desired(wanted), snapshot))

    assert needed(spec()) == ()
    assert needed(spec(description="x")) == ()
    assert needed(spec(content="new")) == ("deployment-1",)
    other = replace(CONTAINER, command=("tritonserver", "--model-control-mode=explicit"))
    assert needed(spec(container=other)) == ("deployment-1",)
    assert needed(spec(container=replace(CONTAINER, port=9000))) == ()
    assert needed(spec(content="new"), state=State.INACTIVE) == ()


def group_on(*live: tuple[str, str], wanted: tuple[tuple[str, str], ...]) -> list[str]:
    """What a plan notes of the models that moves a deployment from one group of (key, content) to another."""
    one, other = (
        spec("vision", kind=DeploymentType.MODEL_GROUP),
        tuple(ModelGroupMember(key, artifact(content)) for key, content in wanted),
    )
    asked = replace(one, members=other, artifact=model_group_of(other))
    asked = replace(asked, configuration=replace(one.configuration, artifact=asked.artifact.digest))
    before = model_group_of(ModelGroupMember(key, artifact(content)) for key, content in live)
    models = tuple(
        CatalogModel(f"member-{key}", key, True, OWNER, "vision", artifact(content).digest or None)
        for key, content in live
        if content
    )
    group = CatalogModel(
        "model-1",
        "vision",
        True,
        OWNER,
        "vision",
        before.digest,
        None,
        True,
        tuple(f"member-{key}" for key, _ in live),
    )
    now = replace(one.configuration, artifact=before.digest)
    there = Live("d", "vision", State.ACTIVE, now, "model-1", "project-1", Marks(OWNER, "vision"), now.kind)
    (item,) = plan(asked, there, models=(*models, group)).deployments
    return [note for note in item.notes if note.startswith("model group")]


def test_the_plan_of_a_group_says_which_of_its_models_changed() -> None:
    live = (("a", "one"), ("b", "two"))
    assert group_on(*live, wanted=(("a", "one"), ("b", "new"))) == [
        "model group: new content of b; a unchanged"
    ]
    assert group_on(*live, wanted=(("a", "new"), ("b", "newer"))) == ["model group: new content of a, b"]
    assert group_on(*live, wanted=(("a", "one"),)) == ["model group: a unchanged"]
    assert group_on(*live, wanted=live) == []


def test_of_a_group_whose_models_are_not_all_known_nothing_is_said() -> None:
    assert group_on(("a", "one"), ("b", ""), wanted=(("a", "one"), ("b", "new"))) == []


def test_named_manifests_prune_nothing() -> None:
    orphan = live(spec("orphan"), ocid="deployment-2")
    made = plan(spec(), live(spec()), orphan, prune=False)
    assert [item.name for item in made.deployments] == ["vision"]
    pruned = plan(spec(), live(spec()), orphan)
    assert [(item.name, item.action) for item in pruned.deployments] == [
        ("orphan", Action.DELETE),
        ("vision", Action.NOTHING),
    ]


def test_publish_carries_where_it_came_from() -> None:
    made = plan(spec(), models=(), revision=Revision("c0ffee", "main", "https://example.com/r"))
    publish = made.deployments[0].steps[0]
    assert isinstance(publish, PublishModel)
    assert publish.revision == Revision("c0ffee", "main", "https://example.com/r")


def test_destroy_names_what_it_does_not_touch() -> None:
    foreign = live(spec("theirs"), ocid="deployment-2", marks=Marks("other", "theirs"))
    snapshot = Snapshot(PROJECT, (live(spec()), foreign), (MODEL,))
    made = plan_destroy("t", OWNER, ["vision", "theirs", "nobody"], snapshot)
    assert {item.name: item.action for item in made.deployments} == {
        "vision": Action.DELETE,
        "theirs": Action.BLOCKED,
        "nobody": Action.NOTHING,
    }
