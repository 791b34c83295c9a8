"""Why a field is in the plan or out: each reason once, and none of them invented."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Policy, Spec
from reconciler.core.planning.diff.comparison import diff
from reconciler.core.planning.explain.explain import explain
from reconciler.core.planning.explain.explained_marks import MARK_FIELDS
from reconciler.core.planning.explain.explanation import (
    IN_THE_PLAN,
    FieldExplanation,
    FieldStanding,
    LastApplied,
)
from reconciler.core.planning.transition.changes import RENAMED_FIELD
from reconciler.core.privacy.redactor import MASK
from tests.support.drive import desired, plan_on
from tests.support.examples import examples
from tests.support.reviews import HERE, OWNER, SUBNET, World, models, spec
from tests.support.worlds import clouds, specs

UNKNOWN = LastApplied(unknown="not looked up")


def stories(asked: Spec | None, world: World, **changes: object) -> dict[str, FieldExplanation]:
    plan = world.plan(*([asked] if asked else [spec("other")]), **changes)
    item = next(item for item in plan.deployments if item.name == "vision")
    live = next((live for live in world.snapshot.deployments if live.display_name == "vision"), None)
    found = explain(item, OWNER, asked, live, LastApplied(spec().configuration)).fields
    assert len({story.field for story in found}) == len(found)
    return {story.field: story for story in found}


def served(**changes: object) -> World:
    return World().of(spec(), **changes)


def live_of(world: World) -> Live:
    return world.snapshot.deployments[0]


def test_equal_and_left_open() -> None:
    found = stories(spec(), served())
    assert found["spec.scaling.instances"].standing is FieldStanding.EQUAL
    open_one = found["spec.bandwidthMbps.min"]
    assert (open_one.manifest, open_one.live, open_one.standing) == (None, 10, FieldStanding.LEFT_OPEN)
    assert found["spec.image.digest"].standing is FieldStanding.LEFT_OPEN
    assert found["spec.policy.protect"].standing is FieldStanding.LEFT_OPEN
    assert not any(story.standing in IN_THE_PLAN for story in found.values())


def test_ignored_names_the_pointer() -> None:
    policy = Policy(ignore=("/spec/scaling", "/spec/state"))
    found = stories(spec(policy=policy, scaling=FixedScaling(5)), served(state=State.INACTIVE))
    ignored = found["spec.scaling.instances"]
    assert (ignored.standing, ignored.manifest, ignored.live) == (FieldStanding.IGNORED, 5, 2)
    assert "/spec/scaling" in ignored.why
    assert found["spec.state"].standing is FieldStanding.IGNORED


def test_not_returned() -> None:
    world = served()
    live = live_of(world)
    assert live.configuration is not None
    quiet = served(configuration=replace(live.configuration, description=None))
    assert (
        stories(spec(description="new"), quiet)["metadata.description"].standing is FieldStanding.NOT_RETURNED
    )


def test_planned_says_in_which_update() -> None:
    wanted = spec(artifact=models("trained in June"), network=SUBNET, labels=(("team", "b"),))
    found = stories(wanted, served())
    assert found["spec.network.subnet"].why.startswith("in update 1 of 3")
    assert found["spec.models"].why.startswith("in update 2 of 3")
    assert found["metadata.labels.team"].update == 3
    assert found["spec.models"].applied == spec().artifact.digest


def test_a_state_that_differs_is_a_step_of_its_own() -> None:
    found = stories(spec(), served(state=State.INACTIVE))
    assert (found["spec.state"].standing, found["spec.state"].live) == (FieldStanding.PLANNED, "INACTIVE")


@pytest.mark.parametrize(
    ("asked", "standing", "word"),
    [
        (spec(network=HERE), FieldStanding.BLOCKED, "custom"),
        (spec(network=HERE, policy=Policy(paused=True)), FieldStanding.PAUSED, "paused"),
    ],
)
def test_blocked_and_paused_say_why(asked: Spec, standing: FieldStanding, word: str) -> None:
    found = stories(asked, World().of(spec(network=SUBNET)))
    assert found["spec.network.access"].standing is standing
    assert word in found["spec.network.access"].why


def test_a_failed_one_is_not_as_it_should_be() -> None:
    marks = Marks(OWNER, "vision", "something else", None)
    found = stories(spec(scaling=FixedScaling(5)), served(state=State.FAILED, marks=marks))
    for name in ("spec.state", "lastApplied", "spec.scaling.instances"):
        assert found[name].standing is FieldStanding.PLANNED, name
        assert "anew" in found[name].why
    assert found["spec.instance.shape"].standing is FieldStanding.EQUAL


def test_one_that_is_not_there_is_set_when_it_is_created() -> None:
    found = stories(spec(), World())
    assert {story.standing for story in found.values()} == {FieldStanding.PLANNED}
    assert found["spec.state"].live is None


@pytest.mark.parametrize("world", [World(), served(marks=Marks("other", "vision"))])
def test_what_is_paused_is_not_said_to_be_created(world: World) -> None:
    plan = world.plan(asked := spec(policy=Policy(paused=True)))
    found = explain(plan.deployments[0], OWNER, asked, None, UNKNOWN).fields
    told = {(story.standing, story.why) for story in found if story.field.startswith("spec.scaling")}
    assert told == {(FieldStanding.PAUSED, "spec.policy.paused leaves it so")}


def test_one_without_a_manifest_shows_what_is_live() -> None:
    found = stories(None, served().of(spec("other")))
    assert {story.standing for story in found.values()} == {FieldStanding.NOT_COMPARED}
    assert found["spec.instance.shape"].live == "VM.Standard.E4.Flex"


def test_one_that_cannot_be_compared() -> None:
    found = stories(spec(), served(configuration=None, deployment_type="UNKNOWN"))
    assert found["spec.instance.shape"].standing is FieldStanding.NOT_COMPARED
    assert "UNKNOWN" in found["spec.instance.shape"].why


def test_what_is_live_of_a_variable_is_never_told() -> None:
    found = stories(spec(), served())
    assert found["spec.server.env.WORKERS"].live == MASK
    assert found["spec.server.env.HF_TOKEN"].manifest == {"secret": "env.HF_TOKEN"}
    assert found["spec.server.env.HF_TOKEN"].applied == {"secret": "env.HF_TOKEN"}


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow])
@given(specs(), clouds())
def test_what_differs_is_in_the_plan_and_nothing_else(wanted, cloud) -> None:
    asked = desired(*wanted)
    plan, snapshot = plan_on(cloud, asked), cloud.snapshot()
    for item in plan.deployments:
        one = next((found for found in wanted if found.name == item.name), None)
        ocid = item.seen.ocid if item.seen else ""
        live = next((live for live in snapshot.deployments if live.ocid == ocid), None)
        if one is None or live is None or live.configuration is None:
            continue
        found = explain(item, asked.owner, one, live, UNKNOWN).fields
        inside = {story.field for story in found if story.standing in IN_THE_PLAN}
        differing = diff(one.configuration, live.configuration, one.policy.ignore)
        named = {change.field for change in (*differing, *item.changes)}
        assert named <= inside <= named | {*MARK_FIELDS, RENAMED_FIELD}
        assert all(story.why for story in found)
