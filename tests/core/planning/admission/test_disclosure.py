"""What a saved plan does is what it tells, and what has changed since it was made is stale."""

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model.live import Marks, State
from reconciler.core.model.spec import Downtime, Policy, Prune
from reconciler.core.planning.admission.conditions import all_writes
from reconciler.core.planning.admission.new_content import serving_states
from reconciler.core.planning.plan import Action, DeploymentPlan, Rollback
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import (
    ActivateDeployment,
    DeactivateDeployment,
    PublishedModel,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.planning.withheld.withholding import withhold
from tests.support.forge import JUNE, Forge, planned, seen, with_marks
from tests.support.reviews import CONTAINER, HERE, OWNER, PROBED, REVIEWS, SUBNET, World, as_served, spec

HIDDEN: dict[str, tuple[dict[str, Any], str]] = {
    "an image": (
        {"container": replace(CONTAINER, image="evil:1", environment=None)},
        "spec.image would change",
    ),
    "a variable": (
        {"container": replace(CONTAINER, environment=(("LD_PRELOAD", "/x"),))},
        "spec.server.env.LD_PRELOAD would change",
    ),
    "a description": ({"description": "another"}, "metadata.description would change"),
    "a label": ({"labels": ()}, "metadata.labels.team would change"),
    "content": ({"artifact": JUNE.digest}, "spec.models would change"),
    "content behind the same digest": ({"model": PublishedModel(JUNE.digest)}, "spec.models would change"),
}


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("where", ["steps", "before", "rollback"])
def test_nothing_changes_without_a_word(name: str, where: str) -> None:
    changes, told = HIDDEN[name]
    forge = Forge()
    live = forge.live("vision")
    item, plain = forge.update(live, **changes), forge.update(live)
    if where == "before":
        item = replace(item, steps=(*item.steps, *plain.steps))
    if where == "rollback":
        item = replace(plain, rollbacks=(Rollback(0, item.steps),))
    assert f"{told}, and the plan does not tell that" in forge.refused(item)


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE, State.FAILED])
def test_nothing_is_made_anew_otherwise_without_a_word(name: str, state: State) -> None:
    changes, told = HIDDEN[name]
    forge = Forge(World().of(spec(), state=state))
    assert f"{told}, and the plan does not tell that" in forge.refused(
        forge.replacement(forge.live("vision"), **changes)
    )


def test_a_kind_that_cannot_be_compared_is_not_changed() -> None:
    forge = Forge()
    live = replace(forge.live("vision"), configuration=None, deployment_type="ANOTHER")
    updated, anew = forge.update(forge.live("vision")), forge.replacement(forge.live("vision"))
    forge = Forge(World(), (live,), forge.snapshot.models)
    for item in (updated, anew):
        told = forge.refused(replace(item, seen=seen(live)))
        assert "it is a ANOTHER deployment of a kind that cannot be compared" in told


@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE, State.FAILED])
@pytest.mark.parametrize("marked", [Marks(OWNER, "old"), Marks(OWNER, "old", prune=Prune.AUTO)])
def test_a_confirmation_is_not_forgotten_by_what_is_made_anew(state: State, marked: Marks) -> None:
    live = replace(with_marks(prune=Prune.CONFIRM).live("old"), state=state)
    forge = Forge(World(), (live,), Forge(World().of(spec("old"))).snapshot.models)
    told = forge.refused(forge.replacement(live, marks=marked))
    assert "spec.policy.prune would change, and the plan does not tell that" in told


def test_what_the_planner_makes_anew_tells_all_that_changes() -> None:
    failed = World().of(spec(), state=State.FAILED, marks=Marks(OWNER, "vision", None, prune=Prune.CONFIRM))
    desired = spec(
        policy=Policy(prune=Prune.AUTO),
        description="another",
        container=replace(CONTAINER, image="another:1", environment=(*CONTAINER.environment, ("X", "1"))),
    )
    item = planned(failed.plan(desired, retry_failed=True))
    assert item.action is Action.REPLACE
    assert ("spec.policy.prune", "auto") in {(one.field, one.new) for one in item.changes}
    Forge(failed).admits(item)
    world = World().of(spec(network=SUBNET))
    anew = spec(network=HERE, rollout=replace(PROBED, downtime=Downtime.ALLOW), artifact=JUNE)
    item = planned(world.plan(anew))
    assert item.action is Action.REPLACE
    Forge(world).admits(item)
    for name in ("spec.network.access", "spec.models"):
        silent = replace(item, changes=tuple(one for one in item.changes if one.field != name))
        assert f"{name} would change, and the plan does not tell that" in Forge(world).refused(silent)


def test_what_was_deleted_already_is_gone_on_with() -> None:
    world = World().of(spec(network=SUBNET))
    anew = spec(network=HERE, rollout=replace(PROBED, downtime=Downtime.ALLOW))
    item = planned(world.plan(anew))
    for state in (State.DELETING, State.DELETED):
        gone = replace(world.deployments[0][0], state=state)
        forge = Forge(World(), (gone,), world.snapshot.models)
        forge.admits(item)
        hidden = forge.replacement(gone, container=replace(CONTAINER, image="evil:1"))
        assert "spec.image would change, and the plan does not tell that" in forge.refused(hidden)


STOP = (DeactivateDeployment, State.INACTIVE)
START = (ActivateDeployment, State.ACTIVE)


@pytest.mark.parametrize(
    ("state", "moves"),
    [(State.ACTIVE, (STOP,)), (State.ACTIVE, (STOP, START)), (State.INACTIVE, (START,))],
)
def test_nothing_stops_or_starts_without_a_word(state: State, moves: tuple[Any, ...]) -> None:
    forge = Forge(World().of(spec(), state=state))
    live = forge.live("vision")
    steps: list[Step] = [step for kind, to in moves for step in (kind(live.ocid), WaitFor(to))]
    item = DeploymentPlan("vision", Action.UPDATE, "", "m.yaml", seen(live), (), tuple(steps))
    assert "spec.state would change, and the plan does not tell that" in forge.refused(item)


@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE])
def test_nothing_is_made_anew_in_another_state_without_a_word(state: State) -> None:
    forge = Forge(World().of(spec(), state=state))
    item = forge.replacement(forge.live("vision"))
    if state is State.ACTIVE:
        item = replace(item, steps=(*item.steps, DeactivateDeployment(""), WaitFor(State.INACTIVE)))
    assert "spec.state would change, and the plan does not tell that" in forge.refused(item)


def test_what_has_changed_since_is_stale_and_no_attack() -> None:
    item = planned(World().of(spec()).plan(spec(description="another")))
    world = World().of(spec(description="somebody's"))
    moved = replace(world.deployments[0][0], marks=Marks(OWNER, "vision", spec().applied_mark))
    found = Forge(World(), (moved,), world.snapshot.models).apply(item)
    assert not found.stale, "the description is told, so the engine finds out"
    labelled = World().of(spec(labels=(("team", "somebody"),)))
    found = Forge(labelled).apply(item)
    assert found.stale
    (blocked,) = found.plan.deployments
    assert "it is not what the plan saw any more" in blocked.refusals[0].reason


def test_a_run_that_is_further_is_gone_on_with() -> None:
    """Every plan of a review, when what it asks for is there already, or half of it."""
    item = planned(REVIEWS["all_groups"]())
    updates = [step for step in item.steps if isinstance(step, UpdateDeployment)]
    for step in updates:
        world = World().of(spec())
        variables = step.configuration.container.environment or CONTAINER.environment
        container = replace(step.configuration.container, environment=variables)
        reached = as_served(replace(step.configuration, container=container))
        live = replace(world.deployments[0][0], configuration=reached, marks=step.marks)
        forge = Forge(World(((live, spec()),)))
        (found,) = forge.apply(item).plan.deployments
        assert [refusal.reason for refusal in found.refusals] == []


SECRET = "hunter2-of-the-old-days"
HIDING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a command": (
        {"container": replace(CONTAINER, command=("tritonserver", f"--key={SECRET}"))},
        {"container": replace(CONTAINER, command=("tritonserver",))},
    ),
    "an image": (
        {"container": replace(CONTAINER, image=f"registry.example/{SECRET}:1")},
        {"container": replace(CONTAINER, image="registry.example/x:1")},
    ),
}


def without_secret(value: Any) -> Any:
    if isinstance(value, list):
        return [without_secret(one) for one in value]
    return value.replace(SECRET, "(not shown)") if isinstance(value, str) else value


@pytest.mark.parametrize("name", HIDING)
def test_a_run_that_is_further_may_go_back_to_what_held_a_secret(name: str) -> None:
    """The plan tells it without the secret, and brings it back with it."""
    old, new = HIDING[name]
    desired = spec(**new, artifact=JUNE, labels=(("team", "another"),))
    item = planned(World().of(spec(**old)).plan(desired))
    told = tuple(replace(one, old=without_secret(one.old)) for one in item.changes)
    assert told != item.changes, "or this proves nothing"
    item = replace(item, changes=told)
    reached = World().of(spec(**new))
    live = reached.deployments[0][0]
    forge = Forge(World(((live, spec(**new)),)), shown=without_secret)
    forge.admits(item)

    def evil(step: Step) -> Step:
        if not isinstance(step, UpdateDeployment):
            return step
        container = replace(step.configuration.container, command=("sh",), image="evil:1")
        return replace(step, configuration=replace(step.configuration, container=container))

    rollback = tuple(Rollback(one.step, tuple(map(evil, one.steps))) for one in item.rollbacks)
    forge.refused(replace(item, rollbacks=rollback))
    hidden = tuple(replace(one, old="(not shown)") for one in item.changes)
    assert "not what the plan saw" in forge.refused(replace(item, changes=hidden, rollbacks=rollback))
    found = replace(item, changes=hidden, rollbacks=rollback, seen=seen(live))
    assert "spec.image would change, and the plan does not tell that" in forge.refused(found)


@pytest.mark.parametrize("name", HIDING)
def test_what_the_plan_does_not_hold_is_judged_as_it_is_live(name: str) -> None:
    """At the start, and where a run is further; and nothing else can be hidden behind it."""
    old, new = HIDING[name]
    before, reached = World().of(spec(**old)), World().of(spec(**new))
    desired = spec(**new, artifact=JUNE, labels=(("team", "another"),))
    lives = {live.ocid: live for live in before.snapshot.deployments}
    plan = withhold(before.plan(desired), lives, {desired.name: desired.configuration}, without_secret)
    item = planned(plan)
    told = tuple(replace(one, old=without_secret(one.old)) for one in item.changes)
    item = replace(item, changes=told)
    assert SECRET not in repr(item)
    assert any(write.from_live for write in all_writes(item)), "or this proves nothing"
    for world in (before, reached):
        Forge(world, shown=without_secret).admits(item)
    words = {state.words for state in serving_states(plan, index_of(before.snapshot, OWNER))}
    assert before.deployments[0][0].configuration.container.words in words
    assert not any("(not shown)" in word for each in words for word in each)

    def evil(step: Step) -> Step:
        if not isinstance(step, UpdateDeployment):
            return step
        container = replace(step.configuration.container, entrypoint=("sh",))
        return replace(step, configuration=replace(step.configuration, container=container))

    rollback = tuple(Rollback(one.step, tuple(map(evil, one.steps))) for one in item.rollbacks)
    told_of_it = Forge(before, shown=without_secret).refused(replace(item, rollbacks=rollback))
    assert "spec.server.entrypoint would change, and the plan does not tell that" in told_of_it
