"""What a refusal holds back: the whole plan, or one deployment alone."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling, Secret
from reconciler.core.model.live import Marks, Project
from reconciler.core.model.spec import Claim, Policy, Prune
from reconciler.core.model.target import Safety
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.steps import DeleteModel
from tests.support.reviews import CONTAINER, OWNER, World, models, spec

MORE = FixedScaling(3)
JUNE = models("trained in June")
ANY = Safety(max_deletes=99)


def the(plan: Plan, name: str) -> DeploymentPlan:
    return next(item for item in plan.deployments if item.name == name)


def actions(plan: Plan) -> dict[str, Action]:
    return {item.name: item.action for item in plan.deployments}


def blocked_world() -> World:
    """`theirs` is somebody else's; `mine` is ours."""
    return World().of(spec("mine")).of(spec("theirs"), marks=Marks("other", "theirs"))


def test_one_that_is_blocked_holds_back_itself_alone() -> None:
    plan = blocked_world().plan(spec("mine", scaling=MORE), spec("theirs"), spec("new"))
    assert actions(plan) == {"mine": Action.UPDATE, "new": Action.CREATE, "theirs": Action.BLOCKED}
    assert plan.refusals == ()
    assert plan.sends
    assert the(plan, "mine").steps
    assert the(plan, "new").steps


def test_blocked_alone_sends_nothing_and_is_not_empty() -> None:
    plan = blocked_world().plan(spec("mine"), spec("theirs"))
    assert not plan.sends
    assert not plan.empty


@pytest.mark.parametrize(
    ("specs", "safety", "word"),
    [
        ((spec("new"),), Safety(), "2 deployments would be deleted or replaced"),
        ((spec("a", scaling=MORE), spec("b")), Safety(max_changed_percent=49), "1 of 2 deployments would"),
        ((), ANY, "no manifest was found at all"),
    ],
)
def test_limits_hold_back_everything_and_show_what_would_happen(
    specs: tuple, safety: Safety, word: str
) -> None:
    world = World().of(spec("a")).of(spec("b"))
    free = replace(ANY, max_changed_percent=100)
    plan, allowed = world.plan(*specs, safety=safety), world.plan(*specs, safety=free)
    (refusal,) = plan.refusals
    assert word in refusal.reason
    assert refusal.choices
    assert not plan.sends
    assert not plan.empty
    assert plan.deployments == allowed.deployments, "a reader sees what would happen"
    assert any(item.steps for item in plan.deployments)
    assert plan.blocked == ()


def test_several_limits_are_told_together() -> None:
    plan = World().of(spec("a")).of(spec("b")).plan(safety=Safety(max_deletes=1, max_changed_percent=10))
    assert len(plan.refusals) == 3


def test_a_missing_project_holds_back_everything() -> None:
    plan = World(project=Project("ml", None)).plan(spec("new"))
    assert actions(plan) == {"new": Action.CREATE}
    (refusal,) = plan.refusals
    assert "there is no project named 'ml'" in refusal.reason


def test_a_missing_project_is_no_matter_when_nothing_would_be_sent() -> None:
    plan = World(project=Project("ml", None)).plan(spec("new", policy=Policy(paused=True)))
    assert plan.refusals == ()
    assert plan.empty


def test_what_is_blocked_does_not_count_as_changed() -> None:
    """Two of three would be 66 %, and one of them changes nothing."""
    world = World().of(spec("a")).of(spec("b")).of(spec("c"))
    desired = spec("a", artifact=models("trained in June", frozenset({("densenet_onnx", 2), ("resnet", 1)})))
    plan = world.plan(
        desired, spec("b", scaling=MORE), spec("c"), safety=replace(ANY, max_changed_percent=34)
    )
    assert actions(plan) == {"a": Action.BLOCKED, "b": Action.UPDATE, "c": Action.NOTHING}
    assert plan.refusals == ()


def test_a_kept_orphan_holds_back_no_other_and_keeps_its_model() -> None:
    """Both ran one catalog model; it went with the one that goes, while the other one goes on running it."""
    keeps = Marks(OWNER, "kept", spec("kept").applied_mark, prune=Prune.CONFIRM)
    shared = {"model_id": "ocid1.datasciencemodel.oc1.iad.kept"}
    world = World().of(spec("kept"), marks=keeps).of(spec("goes"), **shared).of(spec("named", artifact=JUNE))
    plan = world.plan(spec("named", artifact=JUNE))
    assert actions(plan) == {"goes": Action.DELETE, "kept": Action.BLOCKED, "named": Action.NOTHING}
    deleted = {step.ocid for step in the(plan, "goes").steps if isinstance(step, DeleteModel)}
    assert shared["model_id"] not in deleted


# -- deletes come last


def test_no_orphan_goes_while_one_that_a_manifest_names_is_blocked() -> None:
    """Law 13: something may have moved from the old to the new, which is not there yet."""
    world = blocked_world().of(spec("old")).of(spec("older"))
    plan = world.plan(spec("mine", scaling=MORE), spec("theirs"), safety=ANY)
    assert actions(plan) == {
        "mine": Action.UPDATE,
        "old": Action.BLOCKED,
        "older": Action.BLOCKED,
        "theirs": Action.BLOCKED,
    }
    (refusal,) = the(plan, "old").refusals
    assert refusal.reason == "deletes come after everything else has ended well, and theirs is blocked"
    assert refusal.choices == (
        "mend what blocks theirs",
        "reconcile destroy old, if it is to go all the same",
    )


def test_deletes_that_are_held_back_count_for_no_limit() -> None:
    world = blocked_world().of(spec("old")).of(spec("older"))
    assert world.plan(spec("mine"), spec("theirs"), safety=Safety(max_deletes=0)).refusals == ()


def test_orphans_go_when_what_is_named_is_paused_or_waited_for() -> None:
    world = World().of(spec("old")).of(spec("mine"))
    assert actions(world.plan(spec("mine", policy=Policy(paused=True)))) == {
        "mine": Action.PAUSED,
        "old": Action.DELETE,
    }


@pytest.mark.parametrize(
    ("live", "told"),
    [
        ({"marks": Marks("other", "mine")}, ": a deployment with this name exists already"),
        ({"configuration": None}, ""),
    ],
)
def test_what_is_paused_is_left_as_it_is_whatever_it_is(live: dict, told: str) -> None:
    """It was blocked, and held back the deletion of every orphan."""
    world = World().of(spec("mine"), **live).of(spec("old"))
    plan = world.plan(spec("mine", policy=Policy(paused=True)))
    assert actions(plan) == {"mine": Action.PAUSED, "old": Action.DELETE}
    assert the(plan, "mine").reason.startswith(f"paused by spec.policy.paused{told}")


def test_two_of_the_name_of_what_is_paused_both_stay() -> None:
    world = World().of(spec("mine")).of(spec("mine"), ocid="copy").of(spec("old"))
    plan = world.plan(spec("mine", policy=Policy(paused=True)))
    assert actions(plan) == {"mine": Action.PAUSED, "old": Action.DELETE}


@pytest.mark.parametrize("applying", [True, False])
@pytest.mark.parametrize("live", [None, {}, {"configuration": None}, {"marks": Marks("other", "mine")}])
def test_what_is_blocked_is_never_as_it_should_be(live: dict | None, applying: bool) -> None:
    """A plan said "mine is blocked: as it should be"."""
    unset = spec("mine", container=replace(CONTAINER, environment=(("TOKEN", Secret("env.TOKEN", None)),)))
    world = World() if live is None else World().of(spec("mine"), **live)
    item = the(world.plan(unset, applying=applying), "mine")
    assert item.action is Action.BLOCKED or not applying
    if item.action is Action.BLOCKED:
        assert "as it should be" not in item.reason
        assert item.reason


def test_many_that_are_blocked_are_not_all_named() -> None:
    world, desired = World().of(spec("old")), [spec(f"theirs{number:02}") for number in range(12)]
    for one in desired:
        world = world.of(one, marks=Marks("other", one.name))
    (refusal,) = the(world.plan(*desired), "old").refusals
    assert "theirs08, theirs09 and 2 more are blocked" in refusal.reason


# -- what every manifest claims


@pytest.mark.parametrize(
    ("claim", "goes"),
    [
        (Claim("new", "old"), False),
        (Claim("old"), False),
        (Claim("new", "older"), True),
        (Claim("new"), True),
    ],
)
def test_what_a_manifest_claims_that_is_not_planned_is_no_orphan(claim: Claim, goes: bool) -> None:
    """It was one: what the manifests claim that are not planned was not known."""
    plan = World().of(spec("old")).plan(others=(claim,), only=frozenset({"old"}))
    assert actions(plan) == ({"old": Action.DELETE} if goes else {})


@pytest.mark.parametrize(
    ("rival", "reason", "choice"),
    [
        (Claim("old"), "old has a manifest of its own", "take that manifest away"),
        (Claim("newer", "old"), "another manifest renames old to newer", "take metadata.renamedFrom out"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_what_another_manifest_claims_is_not_renamed(
    rival: Claim, reason: str, choice: str, there: bool
) -> None:
    """The manifest reader refuses both already; where it did not, the deployment was taken from the other."""
    world = World().of(spec("old")) if there else World().of(spec("another"))
    desired = replace(spec("new"), renamed_from="old")
    item = the(world.plan(desired, others=(rival, Claim("another"))), "new")
    assert (item.action, item.steps) == (Action.BLOCKED, ())
    (refusal,) = item.refusals
    assert reason in refusal.reason
    assert any(choice in one for one in refusal.choices)


def test_what_is_claimed_twice_is_no_orphan() -> None:
    world = World().of(spec("old"))
    specs = [replace(spec(name), renamed_from="old") for name in ("new", "newer")]
    assert actions(world.plan(*specs)) == {"new": Action.BLOCKED, "newer": Action.BLOCKED}


def test_it_is_blocked_too_when_both_are_planned() -> None:
    desired = replace(spec("new"), renamed_from="old")
    plan = World().of(spec("old")).plan(spec("old"), desired)
    assert actions(plan) == {"new": Action.BLOCKED, "old": Action.NOTHING}
