"""The transitions through the lifecycle states, and what they leave alone."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    Bandwidth,
    DeploymentType,
    FixedScaling,
    Secret,
)
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Marks, State
from reconciler.core.model.served.contract import Contract
from reconciler.core.model.served.structure import Servings, WillNotServe
from reconciler.core.model.spec import OnFailure, Policy, Rollout, VersionChange
from reconciler.core.planning.diff.fields import LIVE
from reconciler.core.planning.diff.merge import ignored
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.run_scope import to_guard
from reconciler.core.planning.steps import (
    CheckPresence,
    CreateDeployment,
    DeactivateDeployment,
    PublishGroup,
    Settle,
    UpdateDeployment,
    WaitFor,
)
from tests.support.reviews import (
    BEFORE,
    BOTH,
    CONTAINER,
    HERE,
    IMAGENET,
    OWNER,
    PROBE,
    SUBNET,
    TWO,
    World,
    models,
    spec,
)
from tests.support.served import structure_of
from tests.support.transitions import (
    ALLOW,
    HIDDEN,
    JUNE,
    LOGS,
    OTHER_IMAGE,
    SERVING,
    fields,
    kinds,
    planned,
    the,
    updates,
    with_variables,
)

NO_ROOM = "There is currently no capacity for the specified shape. Choose a different shape or region"

# -- what is served is kept


@pytest.mark.parametrize("state", SERVING)
def test_another_structure_is_blocked_in_every_state_that_serves(state: State) -> None:
    """Laws 3 and 4."""
    item = planned(spec(artifact=models("x", TWO)), state=state)
    assert (item.action, item.steps) == (Action.BLOCKED, ())
    assert "densenet_onnx version 1 would no longer be served" in item.refusals[0].reason


@pytest.mark.parametrize(("kind", "helps"), [("SINGLE_MODEL", True), ("MODEL_GROUP", False)])
def test_one_update_for_container_and_models_is_offered_where_there_is_such_a_one(
    kind: str, helps: bool
) -> None:
    """The models of a group have an update of their own, whatever the settings say."""
    of_kind = {"kind": DeploymentType(kind)}
    wanted = spec(artifact=JUNE, container=OTHER_IMAGE, **of_kind)
    world, desired = World().of(spec(**of_kind)), Desired("prod", OWNER, (wanted,))
    now, no = structure_of(wanted.artifact), WillNotServe("the engines are built for another image")
    servings = {live.ocid: Servings(now, no, no, now) for live in world.snapshot.deployments}
    (item,) = make_plan(desired, world.snapshot, servings).deployments
    (refusal,) = item.refusals
    assert "no order of the two updates" in refusal.reason
    assert any("updateGroups" in choice for choice in refusal.choices) is helps


@pytest.mark.parametrize("state", SERVING)
def test_allowed_downtime_stops_before_anything_else_is_sent(state: State) -> None:
    item = planned(spec(artifact=models("x", TWO), rollout=ALLOW), state=state)
    settle = ["Settle"] if state is State.UPDATING else []
    updated = ["PublishModel", "Deactivate", "METADATA+CORE"]
    assert kinds(item.steps) == [*settle, *updated, "Activate", "CheckPresence"]
    assert any("it stops serving, as rollout.downtime allows" in note for note in item.notes)
    assert [change.impact for change in item.changes if change.field == "spec.models"] == [Impact.STOP]


@pytest.mark.parametrize("state", [State.ACTIVE, State.NEEDS_ATTENTION, State.UPDATING, State.INACTIVE])
def test_the_structure_of_all_that_serves_is_asked_for(state: State) -> None:
    world = World().of(spec(), state=state)
    needed = to_guard(Desired("prod", OWNER, (spec(artifact=JUNE),)), world.snapshot)
    assert bool(needed) is (state is not State.INACTIVE)


def test_a_tensor_change_must_be_named_even_where_it_may_stop() -> None:
    other = Contract(IMAGENET.inputs, ())
    found = models("x", TWO, other)
    assert planned(spec(artifact=found, rollout=ALLOW)).action is Action.UPDATE
    same_number = models("x", BOTH, other)
    item = planned(spec(artifact=same_number, rollout=ALLOW))
    assert item.action is Action.BLOCKED
    assert "tensorChanges" in " ".join(item.refusals[0].choices)
    named = planned(spec(artifact=same_number, rollout=replace(ALLOW, tensor_changes=("densenet_onnx",))))
    assert named.action is Action.UPDATE
    assert "as rollout.tensorChanges allows" in named.dangers[0]


def test_new_versions_beside_the_old_need_no_stop_when_they_are_allowed() -> None:
    added = models("trained in May", BOTH)
    assert planned(spec(artifact=added)).action is Action.BLOCKED
    item = planned(spec(artifact=added, rollout=Rollout(versions=VersionChange.ADDITIVE)))
    assert kinds(item.steps) == ["PublishModel", "CORE+METADATA", "CheckPresence"]
    assert item.notes[0].startswith("additive: densenet_onnx version 2 would be new")


# -- stopped, or made anew


def test_out_of_custom_networking_only_with_leave_and_it_is_said() -> None:
    was = spec(network=SUBNET)
    assert planned(spec(network=HERE), was).action is Action.BLOCKED
    item = planned(spec(network=HERE, rollout=ALLOW), was)
    assert item.action is Action.REPLACE
    assert kinds(item.steps) == ["PublishModel", "Delete", "Create", "CheckPresence"]
    (note,) = item.notes
    assert "deleted and created anew" in note
    assert "its OCID and endpoint change" in note
    assert "minutes" in note
    assert planned(spec(network=HERE), was, state=State.INACTIVE).action is Action.REPLACE


def test_what_takes_the_place_of_another_keeps_what_the_manifest_leaves_open() -> None:
    """The tags that others gave it, as well."""
    was = spec(network=SUBNET, bandwidth=Bandwidth(30, 60), defined_tags=(("cost.center", "42"),))
    wanted = spec(network=HERE, rollout=ALLOW, defined_tags=(("ops.tier", "1"),))
    (new,) = (step for step in planned(wanted, was).steps if isinstance(step, CreateDeployment))
    assert new.configuration.defined_tags == (("cost.center", "42"), ("ops.tier", "1"))
    assert new.configuration.bandwidth == Bandwidth(30, 60)


def test_a_manifest_that_asks_for_a_stop_gets_it() -> None:
    item = planned(replace(spec(scaling=FixedScaling(3)), active=False))
    assert kinds(item.steps) == ["Deactivate", "METADATA+CORE"]
    assert item.notes == ("it stops serving, as spec.state: inactive asks for",)
    assert [change.impact for change in item.changes if change.field == "spec.state"] == [Impact.STOP]
    assert kinds(planned(replace(spec(), active=False)).steps) == ["Deactivate"]
    assert planned(replace(spec(), active=False), state=State.INACTIVE).steps == ()


def test_a_new_one_that_shall_be_inactive_is_stopped_when_it_is_there() -> None:
    item = the(World().plan(replace(spec(rollout=Rollout()), active=False)))
    assert item.steps[-3:] == (WaitFor(State.ACTIVE), DeactivateDeployment(""), WaitFor(State.INACTIVE))
    assert not any(isinstance(step, DeactivateDeployment) for step in the(World().plan(spec())).steps)


@pytest.mark.parametrize(("active", "state"), [(True, State.INACTIVE), (False, State.ACTIVE)])
def test_an_ignored_state_stays_what_it_is(active: bool, state: State) -> None:
    wanted = replace(spec(rollout=Rollout(), policy=Policy(ignore=("/spec/state",))), active=active)
    assert planned(wanted, state=state).action is Action.NOTHING
    changed = replace(wanted, configuration=replace(wanted.configuration, description="new"))
    assert kinds(planned(changed, state=state).steps) == ["METADATA"]


@pytest.mark.parametrize("state", [State.CREATING, State.UPDATING])
def test_what_somebody_has_begun_is_waited_for_first(state: State) -> None:
    changed = planned(spec(description="new"), state=state)
    assert isinstance(changed.steps[0], Settle)
    assert "apply waits for that to end first" in changed.notes[0]
    stopped = planned(replace(spec(), active=False), state=state)
    assert kinds(stopped.steps)[:2] == ["Settle", "Deactivate"]
    outward = planned(spec(network=HERE, rollout=ALLOW), spec(network=SUBNET), state=state)
    assert isinstance(outward.steps[0], Settle)


# -- probes


PROVEN = ["CheckPresence", "Probe"]


def course(item: DeploymentPlan) -> list[str]:
    """The steps without the marks, which ride along, or follow the proof."""
    names = (name.removesuffix("+METADATA").removeprefix("METADATA+") for name in kinds(item.steps))
    return [name for name in names if name != "METADATA"]


def test_probes_are_asked_from_where_container_and_models_are_in_place() -> None:
    wanted = spec(artifact=JUNE, container=OTHER_IMAGE, logs=LOGS, bandwidth=Bandwidth(5))
    assert course(planned(wanted)) == [
        *("PublishModel", "LOGS", "CONTAINER"),
        *("CORE", *PROVEN, "BANDWIDTH", "Probe"),
    ]
    assert course(planned(spec(container=OTHER_IMAGE, logs=LOGS))) == ["LOGS", "CONTAINER", *PROVEN]
    assert course(planned(spec(artifact=JUNE, logs=LOGS))) == ["PublishModel", "LOGS", "CORE", *PROVEN]
    assert course(planned(spec(description="new"))) == PROVEN


def test_probes_are_asked_of_a_new_one_and_of_one_that_was_started() -> None:
    assert course(the(World().plan(spec()))) == ["PublishModel", "Create", *PROVEN]
    assert course(planned(spec(), state=State.INACTIVE)) == ["Activate", *PROVEN]
    stopped = planned(spec(artifact=models("x", TWO), rollout=replace(ALLOW, probes=(PROBE,))))
    assert course(stopped)[-3:] == ["Activate", *PROVEN]


# -- what should be served


PLAIN = Rollout()


def test_the_versions_are_asked_for_once_after_the_last_update_that_can_change_them() -> None:
    """Not between two of them, where others are served, and not after what starts no server anew."""
    wanted = spec(artifact=JUNE, rollout=PLAIN, container=OTHER_IMAGE, logs=LOGS, bandwidth=Bandwidth(5))
    item = planned(wanted)
    assert course(item) == ["PublishModel", "LOGS", "CONTAINER", "CORE", "CheckPresence", "BANDWIDTH"]
    asked = next(step for step in item.steps if isinstance(step, CheckPresence))
    assert asked.versions == (("densenet_onnx", 1), ("resnet", 1))
    for silent in ({"logs": LOGS}, {"bandwidth": Bandwidth(5)}, {"description": "new"}, {"network": SUBNET}):
        assert "CheckPresence" not in kinds(planned(spec(rollout=PLAIN, **silent)).steps)
    bigger = planned(spec(rollout=PLAIN, scaling=FixedScaling(3)))
    assert course(bigger) == ["CORE", "CheckPresence"], "a model may not fit on another machine"


def test_what_is_not_served_can_be_taken_back_without_any_probe() -> None:
    """And the marks ride with the last update, as they do without it."""
    item = planned(spec(artifact=JUNE, rollout=PLAIN, container=OTHER_IMAGE))
    first, second = (at for at, step in enumerate(item.steps) if isinstance(step, UpdateDeployment))
    assert [rollback.step for rollback in item.rollbacks] == [first, second]
    assert isinstance(item.steps[-1], CheckPresence)
    assert item.steps[second].marks.applied == spec(artifact=JUNE, container=OTHER_IMAGE).applied_mark
    left = planned(spec(artifact=JUNE, rollout=replace(PLAIN, on_failure=OnFailure.STOP)))
    assert (kinds(left.steps)[-1], left.rollbacks) == ("CheckPresence", ())


def test_what_failed_and_was_left_is_asked_again_by_a_retry() -> None:
    wanted = spec(rollout=PLAIN)
    marks = Marks(OWNER, "vision", wanted.applied_mark, BEFORE, failed=wanted.failed_mark)
    assert planned(wanted, marks=marks).action is Action.BLOCKED
    assert kinds(planned(wanted, marks=marks, retry=True).steps) == ["METADATA", "CheckPresence"]
    assert course(planned(spec(), marks=replace(marks, failed=spec().failed_mark), retry=True)) == PROVEN


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"MODEL_DEPLOY_PREDICT_ENDPOINT": "/v2/models/m/infer"}, "MODEL_DEPLOY_PREDICT_ENDPOINT leads"),
        ({"MODEL_DEPLOY_CUSTOM_ENDPOINTS": "[]"}, "MODEL_DEPLOY_CUSTOM_ENDPOINTS leads"),
        ({CONTAINER_TYPE: "OTHER"}, "without CONTAINER_TYPE=TRITON"),
    ],
)
@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE, State.FAILED, None])
def test_where_requests_go_elsewhere_nothing_is_asked_and_that_is_told(
    variables: dict[str, str], why: str, state: State | None
) -> None:
    environment = tuple(sorted({**dict(CONTAINER.environment or ()), **variables}.items()))
    wanted = spec(rollout=PLAIN, container=replace(CONTAINER, environment=environment))
    item = the(World().plan(wanted)) if state is None else planned(wanted, state=state)
    assert item.steps
    assert "CheckPresence" not in kinds(item.steps)
    assert sum(why in note for note in item.notes) == 1
    quiet = planned(replace(wanted, active=False), state=State.ACTIVE)
    assert not any(why in note for note in quiet.notes), "it serves nobody in the end"
    settled = planned(spec(rollout=PLAIN, logs=LOGS, container=wanted.configuration.container), wanted)
    assert settled.notes == (), "nothing starts anew"


@pytest.mark.parametrize(
    "name", ["MODEL_DEPLOY_PREDICT_ENDPOINT", "MODEL_DEPLOY_CUSTOM_ENDPOINTS", CONTAINER_TYPE]
)
def test_where_requests_are_led_to_another_model_is_a_danger(name: str) -> None:
    usual = dict(CONTAINER.environment or ())
    led = replace(CONTAINER, environment=tuple(sorted({**usual, name: "/v2/models/m/infer"}.items())))
    danger = f"may break clients: {name} changes, and with it which model their requests reach"
    for new, old in ((led, CONTAINER), (CONTAINER, led)):
        item = planned(spec(rollout=PLAIN, container=new), spec(container=old))
        assert item.dangers == (danger,)
        assert item.action is Action.UPDATE
    assert planned(spec(artifact=JUNE, rollout=PLAIN, container=led), spec(container=led)).dangers == ()
    assert planned(spec(rollout=PLAIN, container=led), spec(), state=State.INACTIVE).dangers == ()


def test_variables_that_are_left_as_they_are_tell_where_requests_go() -> None:
    elsewhere = replace(
        CONTAINER, environment=(*(CONTAINER.environment or ()), ("MODEL_DEPLOY_PREDICT_ENDPOINT", "/x"))
    )
    policy = Policy(ignore=("/spec/server/env",))
    item = planned(spec(artifact=JUNE, rollout=PLAIN, policy=policy), spec(container=elsewhere))
    assert kinds(item.steps) == ["PublishModel", "CORE+METADATA"]
    assert any("MODEL_DEPLOY_PREDICT_ENDPOINT leads requests elsewhere" in note for note in item.notes)
    usual = planned(spec(artifact=JUNE, rollout=PLAIN, policy=policy))
    assert kinds(usual.steps)[-1] == "CheckPresence"


# -- what failed before


def test_what_failed_is_not_tried_again_unless_it_is_asked_for_or_changed() -> None:
    wanted = spec(artifact=JUNE)
    marks = Marks(OWNER, "vision", spec().applied_mark, BEFORE, failed=wanted.failed_mark)
    assert planned(wanted, marks=marks).action is Action.BLOCKED
    assert planned(wanted, marks=marks, retry=True).action is Action.UPDATE
    assert planned(spec(artifact=models("in July")), marks=marks).action is Action.UPDATE
    other_probe = replace(wanted, rollout=Rollout(probes=(replace(PROBE, tolerance=0.5),)))
    assert planned(other_probe, marks=marks).action is Action.UPDATE


def test_a_success_forgets_the_failure() -> None:
    wanted = spec(artifact=JUNE)
    marks = Marks(OWNER, "vision", spec().applied_mark, BEFORE, failed=wanted.failed_mark)
    for item in (planned(wanted, marks=marks, retry=True), planned(spec(description="x"), marks=marks)):
        assert updates(item.steps)[-1].marks.failed is None


def test_the_refusal_tells_when_and_why_it_failed() -> None:
    """Of a deployment that is FAILED itself, only what is remembered of this very spec."""
    wanted = spec(scaling=FixedScaling(3))
    marks = Marks(OWNER, "vision", failed=wanted.failed_mark, failed_at=AT, failed_why=WHY)
    for state in (State.ACTIVE, State.FAILED):
        (item,) = World().of(spec(), state=state, marks=marks).plan(wanted).deployments
        assert item.refusals[0].reason == (
            "vision failed with this very spec before, at 2026-11-27 22:00 UTC: the container update failed"
        )
    other = replace(marks, failed="another spec")
    (item,) = World().of(spec(), state=State.FAILED, marks=other).plan(spec()).deployments
    assert item.refusals[0].reason == "vision failed with this very spec before"


AT, WHY = "2026-11-27T22:00:31Z", "the container update failed"


def test_a_failed_deployment_is_not_made_again_and_again() -> None:
    assert planned(spec(), state=State.FAILED).action is Action.BLOCKED
    assert planned(spec(), state=State.FAILED, retry=True).action is Action.REPLACE
    assert planned(spec(artifact=JUNE), state=State.FAILED).action is Action.REPLACE


BACK = Marks(OWNER, "vision", spec().applied_mark, BEFORE, failed=spec(artifact=JUNE).failed_mark)
"""Of one on which June's models failed, and which went back to those of May."""


@pytest.mark.parametrize("state", [State.ACTIVE, State.UPDATING, State.INACTIVE])
def test_a_failure_is_forgotten_once_the_manifest_is_back_to_what_is_live(state: State) -> None:
    """`status` told of it for ever. Nothing is proven anew: it is what was applied last."""
    active = state is not State.INACTIVE
    item = planned(replace(spec(), active=active), marks=BACK, state=state)
    assert item.action is Action.UPDATE
    assert [(change.field, change.new) for change in item.changes] == [("lastFailed", None)]
    assert [change.update for change in item.changes] == [1]
    assert {change.impact for change in item.changes} == {Impact.METADATA}
    assert kinds(item.steps) == [*(["Settle"] if state is State.UPDATING else []), "METADATA"]
    (update,) = updates(item.steps)
    assert update.marks == replace(BACK, failed=None, revision=update.marks.revision)
    assert item.reason == "it is as the manifest says: what failed before is forgotten"
    assert item.rollbacks == ()


def test_the_very_spec_that_failed_is_not_forgotten() -> None:
    """It is live, and failed its proof."""
    marks = replace(BACK, failed=spec().failed_mark)
    assert planned(spec(), marks=marks).action is Action.BLOCKED
    assert planned(spec(), marks=marks, retry=True).reason == (
        "it is as the manifest says, but failed its proof"
    )


def test_a_failure_is_not_forgotten_while_it_is_paused() -> None:
    assert planned(spec(policy=Policy(paused=True)), marks=BACK).action is Action.PAUSED


@pytest.mark.parametrize("told", [{"details": NO_ROOM}, {"errors": ("it is FAILED", NO_ROOM)}])
def test_one_that_failed_for_want_of_room_is_made_again(told: dict[str, object]) -> None:
    """Blocked, it waited for a person although nothing was wrong with the manifest."""
    item = planned(spec(), state=State.FAILED, **told)
    assert item.action is Action.REPLACE
    assert NO_ROOM in item.reason
    protected = Marks(OWNER, "vision", spec().applied_mark, BEFORE, protect=True)
    assert planned(spec(), state=State.FAILED, marks=protected, **told).action is Action.BLOCKED


# -- what is ignored


@pytest.mark.parametrize(
    ("pointer", "below"),
    [
        ("/spec/scaling", True),
        ("/spec/scaling/instances", True),
        ("/spec/scal", False),
        ("/spec/scaling/instances/x", False),
        ("/spec", True),
        ("/metadata", False),
    ],
)
def test_a_pointer_covers_itself_and_what_lies_below(pointer: str, below: bool) -> None:
    assert ignored("/spec/scaling/instances", [pointer]) is below
    item = planned(spec(scaling=FixedScaling(5), policy=Policy(ignore=(pointer,))))
    assert ("spec.scaling.instances" in fields(item)) is not below


def test_what_is_ignored_is_sent_as_it_is_live() -> None:
    """One object is replaced whole, so what is ignored of it has to be in it."""
    policy = Policy(ignore=("/spec/scaling",))
    wanted = spec(artifact=JUNE, rollout=Rollout(), policy=policy, scaling=FixedScaling(5))
    (update,) = updates(planned(wanted).steps)
    assert update.configuration.scaling == FixedScaling(2)
    inactive = planned(wanted, state=State.INACTIVE)
    assert updates(inactive.steps)[0].configuration.scaling == FixedScaling(2)


def test_the_structure_of_models_that_are_ignored_holds_nothing_back() -> None:
    policy = Policy(ignore=("/spec/models",))
    wanted = spec(artifact=models("x", TWO), rollout=Rollout(), policy=policy, description="new")
    item = planned(wanted)
    assert (item.action, kinds(item.steps)) == (Action.UPDATE, ["METADATA"])


def test_an_ignored_variable_is_kept_without_being_shown() -> None:
    """Law 8."""
    policy = Policy(ignore=("/spec/server/env/DB",))
    wanted = spec(rollout=Rollout(), policy=policy, **with_variables(OTHER_IMAGE, DB="of the manifest"))
    item = planned(wanted, spec(**with_variables(DB=HIDDEN)))
    (update,) = updates(item.steps)
    kept = dict(update.configuration.container.environment or ())["DB"]
    assert kept == Secret(LIVE, HIDDEN)
    assert "spec.server.env.DB" not in fields(item)
    assert HIDDEN not in repr(item)


def test_a_label_with_a_slash_is_ignored_by_its_escaped_pointer() -> None:
    wanted = spec(labels=(("a/b", "new"),), policy=Policy(ignore=("/metadata/labels/a~1b",)))
    assert "metadata.labels.a/b" not in fields(planned(wanted, spec(labels=(("a/b", "old"),))))


# -- tokens


def tokens(plan: Plan) -> set[str]:
    steps = the(plan).steps
    return {step.token for step in steps if isinstance(step, CreateDeployment | PublishGroup)}


def test_a_deployment_that_was_deleted_is_made_with_another_token() -> None:
    """Law 6: the service would answer an old token with the deployment that is gone."""
    first, again = World().plan(spec()), World().plan(spec())
    assert tokens(first) == tokens(again)
    gone = World().of(spec(), state=State.DELETED)
    assert tokens(gone.plan(spec())).isdisjoint(tokens(first))
