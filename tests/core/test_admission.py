"""Saved plans, held against the settings and what is live: what the planner makes is admitted, and what
somebody has made of it is not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from support.drive import desired, plan_on
from support.reviews import (
    BOTH,
    CONTAINER,
    HERE,
    IMAGENET,
    MAY,
    OWNER,
    PROBED,
    PROJECT,
    REVIEWS,
    SUBNET,
    TWO,
    World,
    as_served,
    models,
    spec,
)
from support.worlds import clouds, specs

from reconciler.core.admission import Admitted, admitted, new_contents, not_this_project
from reconciler.core.artifact import Structure, Tensor
from reconciler.core.fields import Change, Group, Impact
from reconciler.core.live import CatalogModel, Live, Marks, Project, Snapshot, State
from reconciler.core.plan import (
    Action,
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    DeploymentPlan,
    KeepModel,
    Plan,
    PublishedModel,
    RenameModel,
    Seen,
    Step,
    Undo,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.plan_shape import faults
from reconciler.core.spec import Downtime, Policy, Prune, VersionChange
from reconciler.core.target import Ownership, Safety
from reconciler.core.values import Secret

JUNE = models("trained in June")
ACTIVE, GONE = WaitFor(State.ACTIVE), WaitFor(State.DELETED)
SERVED = Structure(frozenset({("m", 1)}))


@given(specs(), clouds())
def test_what_the_planner_makes_is_admitted(wanted, cloud) -> None:
    """As it is, save that protection which its manifest takes back is taken back by an apply of its own."""
    adopting = Safety(
        max_deletes=9, update_ownership=Ownership.ADOPT_ALL, prune_ownership=Ownership.ADOPT_UNOWNED
    )
    structures = {one.artifact.digest: one.artifact.structure for one in wanted}
    for safety in (Safety(), adopting):
        plan = plan_on(cloud, desired(*wanted, safety=safety, retry_failed=True))
        snapshot = cloud.snapshot()
        served = {pair.served: SERVED for pair in new_contents(plan, snapshot)}
        every = {live.ocid for live in snapshot.deployments}
        found = admitted(plan, safety, snapshot, every, served, structures)
        protected = {live.ocid for live in snapshot.deployments if live.marks.protect}
        changed = [
            (before, after)
            for before, after in zip(plan.deployments, found.plan.deployments, strict=True)
            if before != after and before.action is not Action.DELETE
        ]
        assert all(before.action is Action.REPLACE for before, _ in changed), changed
        assert all(before.seen.ocid in protected for before, _ in changed), changed
        assert changed or found.plan == plan
        assert not found.stale


@dataclass
class Forge:
    """What is live, what was planned for it, and what somebody makes of that."""

    world: World = field(default_factory=lambda: World().of(spec()).of(spec("other")))
    more: tuple[Live, ...] = ()
    models: tuple[CatalogModel, ...] = ()
    safety: Safety = field(default_factory=lambda: Safety(max_deletes=2))
    confirmed: frozenset[str] = frozenset()
    wanted: dict[str, Structure] = field(default_factory=dict)
    shown: Callable[[Any], Any] = lambda value: value

    @property
    def snapshot(self) -> Snapshot:
        snapshot = self.world.snapshot
        return replace(
            snapshot,
            deployments=(*snapshot.deployments, *self.more),
            models=(*snapshot.models, *self.models),
        )

    def live(self, name: str) -> Live:
        return next(live for live in self.snapshot.deployments if live.display_name == name)

    def apply(self, *items: DeploymentPlan, **changes: Any) -> Admitted:
        plan = Plan("prod", OWNER, PROJECT, None, items)
        plan = replace(plan, **changes)
        assert list(faults(plan)) == [], "or this proves nothing"
        served = {live.model_id or "": spec.artifact.structure for live, spec in self.world.deployments}
        wanted = {artifact.digest: artifact.structure for artifact in (MAY, JUNE)} | self.wanted
        return admitted(plan, self.safety, self.snapshot, self.confirmed, served, wanted, self.shown)

    def refused(self, item: DeploymentPlan) -> str:
        """Why it is blocked; it sends nothing then."""
        (found,) = self.apply(item).plan.deployments
        assert found.action is Action.BLOCKED
        assert not found.steps
        assert not found.undo
        assert all(refusal.choices for refusal in found.refusals)
        return "; ".join(refusal.reason for refusal in found.refusals)

    def admits(self, item: DeploymentPlan) -> None:
        found = self.apply(item)
        assert found.plan.deployments == (item,)
        assert found.plan.refusals == ()

    # -- what somebody writes

    def delete(self, live: Live, *models: DeleteModel, name: str = "") -> DeploymentPlan:
        steps = (DeleteDeployment(live.ocid), GONE, *models)
        return DeploymentPlan(name or live.name, Action.DELETE, "", "", seen(live), (), steps)

    def update(self, live: Live, *groups: Group, name: str = "", **changes: Any) -> DeploymentPlan:
        """An update that changes this, and tells nothing of it."""
        marks, model = changes.pop("marks", None), changes.pop("model", KeepModel(live.model_id))
        container = changes.pop("container", replace(live.configuration.container, environment=None))
        configuration = replace(live.configuration, container=container, **changes)
        name = name or live.name
        step = UpdateDeployment(
            live.ocid,
            groups or (Group.METADATA,),
            configuration,
            model,
            marks or replace(live.marks, owner=OWNER, name=name),
        )
        return DeploymentPlan(
            name, Action.UPDATE, "", f"manifests/{name}.yaml", seen(live), (), (step, ACTIVE)
        )

    def replacement(self, live: Live, **changes: Any) -> DeploymentPlan:
        """One that is made anew as this, and tells nothing of it."""
        marks, model = changes.pop("marks", live.marks), changes.pop("model", None)
        configuration = replace(live.configuration, **changes)
        if configuration.container.environment is None:
            container = replace(configuration.container, environment=CONTAINER.environment)
            configuration = replace(configuration, container=container)
        made = model or PublishedModel(live.configuration.artifact)
        create = CreateDeployment(configuration, made, marks, "token")
        steps = (DeleteDeployment(live.ocid), GONE, create, ACTIVE)
        where = f"manifests/{live.name}.yaml"
        return DeploymentPlan(live.name, Action.REPLACE, "", where, seen(live), (), steps)


def seen(live: Live) -> Seen:
    return Seen(live.ocid, live.fingerprint)


def planned(plan: Plan, name: str = "vision") -> DeploymentPlan:
    return next(item for item in plan.deployments if item.name == name)


def foreign(owner: str | None = "somebody", name: str = "vision", **changes: Any) -> Live:
    live = World().of(spec("foreign")).snapshot.deployments[0]
    return replace(live, display_name=name, marks=Marks(owner, owner and name), **changes)


# -- whose it is


@pytest.mark.parametrize("owner", ["somebody", None])
@pytest.mark.parametrize("act", ["delete", "update"])
def test_what_is_not_ours_is_not_touched(owner: str | None, act: str) -> None:
    live = foreign(owner)
    forge = Forge(World().of(spec("other")), (live,))
    told = forge.refused(getattr(forge, act)(live, name="vision"))
    assert (f"belongs to the owner '{owner}'" if owner else "carries no owner's mark") in told
    assert f"safety.ownership.{'prune' if act == 'delete' else 'update'} is match" in told


def test_what_may_be_adopted_is_as_long_as_the_settings_say_so() -> None:
    live = foreign(None)
    forge = Forge(World().of(spec("other")), (live,), safety=Safety(update_ownership=Ownership.ADOPT_UNOWNED))
    forge.admits(forge.update(live))
    assert "goes by 'vision', and the plan calls it 'seeing'" in forge.refused(
        forge.update(live, name="seeing")
    )


@pytest.mark.parametrize("act", ["delete", "update"])
def test_another_project_is_not_touched(act: str) -> None:
    live = replace(World().of(spec()).snapshot.deployments[0], project_id="ocid1.datascienceproject.other")
    forge = Forge(World().of(spec("other")), (live,))
    assert "is no deployment of the project ml-serving" in forge.refused(getattr(forge, act)(live))


@pytest.mark.parametrize("act", ["delete", "update"])
def test_another_compartment_is_not_touched(act: str) -> None:
    """No list of ours has it, whatever its marks are."""
    live = World().of(spec()).snapshot.deployments[0]
    forge = Forge(World().of(spec("other")))
    item = getattr(forge, act)(live)
    assert "is no deployment of the project ml-serving" in forge.refused(item)
    assert forge.apply(item).stale, "it may have been there"


def test_one_of_ours_is_not_taken_for_another() -> None:
    forge = Forge()
    other = forge.live("other")
    for item in (forge.delete(other, name="vision"), forge.update(other, name="vision")):
        assert "goes by 'other', and the plan calls it 'vision'" in forge.refused(item)


@pytest.mark.parametrize(
    "marks",
    [
        Marks("somebody", "vision"),
        Marks(None, "vision"),
        Marks(OWNER, "other"),
        Marks(OWNER, None),
        Marks(None, None),
    ],
)
@pytest.mark.parametrize("where", ["steps", "undo"])
def test_no_mark_of_another(marks: Marks, where: str) -> None:
    forge = Forge()
    live = forge.live("vision")
    item = forge.update(live, marks=marks)
    if where == "undo":
        item = replace(forge.update(live), undo=(Undo(0, item.steps),))
    assert f"it would be marked as {marks.name!r} of the owner {marks.owner!r}" in forge.refused(item)


# -- protection, confirmation, limits


def with_marks(**marks: Any) -> Forge:
    before = spec("old")
    return Forge(World().of(before, marks=Marks(OWNER, "old", before.applied_mark, **marks)).of(spec()))


def test_protection_is_what_is_marked_on_it_now() -> None:
    forge = with_marks(protect=True)
    told = forge.refused(forge.delete(forge.live("old")))
    assert "old is protected from being deleted or replaced" in told
    replacing = World().of(spec("old"), state=State.FAILED).plan(spec("old", artifact=JUNE))
    failed = replace(forge.live("old"), state=State.FAILED)
    forge = Forge(World(), (failed,), forge.snapshot.models)
    assert "is protected" in forge.refused(replace(planned(replacing, "old"), seen=seen(failed)))


def test_protection_is_lifted_only_where_the_plan_tells_it() -> None:
    forge = with_marks(protect=True, prune=Prune.CONFIRM)
    live = forge.live("old")
    told = forge.refused(forge.update(live, marks=Marks(OWNER, "old")))
    assert "spec.policy.protect would change, and the plan does not tell that" in told
    assert "spec.policy.prune would change, and the plan does not tell that" in told
    wanted = spec("old", policy=Policy(protect=False, prune=Prune.AUTO))
    forge.admits(planned(forge.world.plan(wanted, spec()), "old"))


def test_a_confirmation_that_is_lifted_is_not_told_as_one_that_is_asked_for() -> None:
    forge = with_marks(prune=Prune.CONFIRM)
    item = forge.update(forge.live("old"), marks=Marks(OWNER, "old"))
    lie = Change(
        "spec.policy.prune", Prune.AUTO, Prune.CONFIRM, Group.METADATA, Impact.METADATA, "docs/updates.md"
    )
    assert "spec.policy.prune would change" in forge.refused(replace(item, changes=(lie,)))


def test_a_confirmation_is_given_where_it_is_deleted() -> None:
    forge = with_marks(prune=Prune.CONFIRM)
    item = forge.delete(forge.live("old"))
    assert "has to be confirmed where it is done" in forge.refused(item)
    (refusal,) = forge.apply(item).plan.deployments[0].refusals
    assert refusal.choices == ("reconcile apply --plan FILE --confirm old, if it is to go",)
    forge.confirmed = frozenset({"old"})
    forge.admits(item)


def test_the_settings_ask_for_a_confirmation_too() -> None:
    forge = Forge(safety=Safety(prune=Prune.CONFIRM))
    assert "has to be confirmed" in forge.refused(forge.delete(forge.live("other")))


def test_limits_are_those_of_the_settings() -> None:
    forge = Forge(safety=Safety(max_deletes=1))
    found = forge.apply(forge.delete(forge.live("vision")), forge.delete(forge.live("other")))
    assert [refusal.reason for refusal in found.plan.refusals] == [
        "2 deployments would be deleted or replaced; at most 1 may be at once"
    ]
    forge = Forge(safety=Safety(max_changed_percent=50))
    found = forge.apply(forge.update(forge.live("vision")), forge.update(forge.live("other")))
    assert [refusal.reason for refusal in found.plan.refusals] == [
        "2 of 2 deployments would change; at most 50% may at once"
    ]


def test_a_refusal_of_the_plan_itself_stays() -> None:
    plan = REVIEWS["too_many_deletes"]()
    world = World().of(spec()).of(spec("old")).of(spec("older"))
    found = admitted(plan, Safety(max_deletes=9), world.snapshot, (), {}, {})
    assert found.plan.refusals == plan.refusals


def test_deletes_come_last_whatever_the_file_says() -> None:
    forge = Forge()
    stopped = replace(forge.update(forge.live("vision")), action=Action.BLOCKED, steps=())
    found = forge.apply(stopped, forge.delete(forge.live("other"))).plan.deployments[1]
    assert found.action is Action.BLOCKED
    assert "deletes come after everything else" in found.refusals[0].reason


def test_one_that_is_refused_holds_back_no_update() -> None:
    forge = Forge(World().of(spec("other")), (foreign(),))
    refused, other = forge.update(foreign()), forge.update(forge.live("other"))
    found = forge.apply(refused, other)
    assert found.plan.deployments[0].action is Action.BLOCKED
    assert found.plan.deployments[1] == other
    assert found.plan.refusals == ()


# -- secrets that are not known


def unset(item: DeploymentPlan) -> DeploymentPlan:
    return replace(item, unset=("HF_TOKEN",))


@pytest.mark.parametrize("action", [Action.NOTHING, Action.UPDATE])
def test_one_whose_secrets_were_not_looked_at_is_left_alone_and_no_other(action: Action) -> None:
    forge = Forge()
    item, other = unset(forge.update(forge.live("vision"))), forge.update(forge.live("other"))
    item = item if action is Action.UPDATE else replace(item, action=action, steps=())
    found = forge.apply(item, other).plan
    assert [one.action for one in found.deployments] == [Action.BLOCKED, Action.UPDATE]
    assert found.deployments[0].refusals[0].reason == (
        "HF_TOKEN was not set where the plan was made, so what comes from it was not looked at"
    )
    assert found.refusals == ()


def test_one_that_needs_a_secret_that_is_not_set_is_left_alone_and_no_other() -> None:
    forge = Forge(World().of(spec("other")))
    container = replace(CONTAINER, environment=(("HF_TOKEN", Secret("env.HF_TOKEN")),))
    item = replace(planned(World().plan(spec(container=container))), unset=())
    found = forge.apply(item, forge.update(forge.live("other"))).plan
    assert [one.action for one in found.deployments] == [Action.BLOCKED, Action.UPDATE]
    assert "secrets from the environment that are not set here, or empty: HF_TOKEN" in (
        found.deployments[0].refusals[0].reason
    )


@pytest.mark.parametrize("action", [Action.PAUSED, Action.BLOCKED])
def test_what_is_left_alone_anyway_needs_no_secrets(action: Action) -> None:
    forge = Forge()
    still = unset(replace(forge.update(forge.live("vision")), action=action, steps=()))
    other = forge.update(forge.live("other"))
    assert forge.apply(still, other).plan.deployments == (still, other)


def test_secrets_that_are_not_known_hold_back_deletes() -> None:
    forge = Forge()
    still = unset(replace(forge.update(forge.live("vision")), action=Action.NOTHING, steps=()))
    found = forge.apply(still, forge.delete(forge.live("other"))).plan.deployments[1]
    assert found.action is Action.BLOCKED
    assert "deletes come after everything else" in found.refusals[0].reason


# -- the catalog

STRANGE = CatalogModel("ocid1.datasciencemodel.oc1.iad.strange", "vision", True, "somebody", "vision", "x")
LEFT = CatalogModel("ocid1.datasciencemodel.oc1.iad.left", "vision", True, OWNER, "vision", "x")
GROUP = CatalogModel("g", "other", True, OWNER, "other", "x", None, True, (LEFT.ocid,))


@pytest.mark.parametrize(
    ("step", "models", "told"),
    [
        (DeleteModel(STRANGE.ocid), (STRANGE,), "is none of ours"),
        (DeleteModel("ocid1.datasciencemodel.oc1.iad.nobody"), (), "is none of ours"),
        (DeleteModel(LEFT.ocid, group=True), (LEFT,), "is none of ours"),
        (DeleteModel("ocid1.datasciencemodel.oc1.iad.other"), (), "was published for 'other'"),
        (DeleteModel(LEFT.ocid), (LEFT, GROUP), "is in use"),
    ],
)
def test_only_what_is_ours_and_unused_is_deleted(
    step: DeleteModel, models: tuple[CatalogModel, ...], told: str
) -> None:
    forge = Forge(models=models)
    assert told in forge.refused(forge.delete(forge.live("vision"), step))


def test_what_another_runs_stays() -> None:
    forge = Forge(more=(foreign(name="x", model_id=LEFT.ocid),), models=(LEFT,))
    assert "is in use" in forge.refused(forge.delete(forge.live("vision"), DeleteModel(LEFT.ocid)))
    forge = Forge(models=(LEFT,))
    forge.admits(forge.delete(forge.live("vision"), DeleteModel(LEFT.ocid)))


@pytest.mark.parametrize(
    ("ocid", "told"),
    [
        (STRANGE.ocid, "is none of ours"),
        ("ocid1.datasciencemodel.oc1.iad.nobody", "is none of ours"),
        ("ocid1.datasciencemodel.oc1.iad.other", "is of 'other'"),
    ],
)
def test_only_what_is_ours_is_renamed(ocid: str, told: str) -> None:
    forge = Forge(models=(STRANGE,))
    item = forge.update(forge.live("vision"))
    assert told in forge.refused(replace(item, steps=(*item.steps, RenameModel(ocid, "vision"))))


@pytest.mark.parametrize("where", ["steps", "undo"])
def test_no_model_of_a_stranger_is_run(where: str) -> None:
    forge = Forge(models=(STRANGE,))
    live = forge.live("vision")
    item = forge.update(live, model=KeepModel(STRANGE.ocid))
    if where == "undo":
        item = replace(forge.update(live), undo=(Undo(0, item.steps),))
    assert f"{STRANGE.ocid} is neither what it runs nor ours" in forge.refused(item)


# -- what is done is what is told

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
@pytest.mark.parametrize("where", ["steps", "before", "undo"])
def test_nothing_changes_without_a_word(name: str, where: str) -> None:
    changes, told = HIDDEN[name]
    forge = Forge()
    live = forge.live("vision")
    item, plain = forge.update(live, **changes), forge.update(live)
    if where == "before":
        item = replace(item, steps=(*item.steps, *plain.steps))
    if where == "undo":
        item = replace(plain, undo=(Undo(0, item.steps),))
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
    wanted = spec(
        policy=Policy(prune=Prune.AUTO),
        description="another",
        container=replace(CONTAINER, image="another:1", environment=(*CONTAINER.environment, ("X", "1"))),
    )
    item = planned(failed.plan(wanted, retry_failed=True))
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


# -- what clients rely on


def without_words(item: DeploymentPlan) -> DeploymentPlan:
    return replace(item, notes=(), dangers=())


def test_another_structure_is_no_update_without_a_stop() -> None:
    """As if the manifest allowed a stop, and the stop had been taken out."""
    content = models("trained in June", TWO)
    allowed = spec(artifact=content, rollout=replace(PROBED, downtime=Downtime.ALLOW))
    item = planned(World().of(spec()).plan(allowed))
    publish, _, _, update, *_ = item.steps
    rolled = replace(item, steps=(publish, update, ACTIVE), undo=())
    forge = Forge(wanted={content.digest: content.structure})
    told = forge.refused(rolled)
    assert "the version structure would change while it serves: densenet_onnx version 1" in told


def test_a_structure_is_that_of_the_content_whatever_the_plan_says_of_it() -> None:
    item = planned(World().of(spec()).plan(spec(artifact=JUNE)))
    Forge(World().of(spec())).admits(item)
    forge = Forge(wanted={JUNE.digest: Structure(TWO)})
    assert "the version structure would change while it serves" in forge.refused(item)
    forge = Forge(wanted={JUNE.digest: None})
    assert f"what would be served from {JUNE.digest} cannot be read" in forge.refused(item)


def test_what_a_manifest_may_allow_is_told_or_refused() -> None:
    both = models("trained in June", BOTH)
    rollout = replace(PROBED, versions=VersionChange.ADDITIVE)
    item = planned(World().of(spec()).plan(spec(artifact=both, rollout=rollout)))
    forge = Forge(World().of(spec()), wanted={both.digest: both.structure})
    forge.admits(item)
    assert "densenet_onnx version 2 would be new" in forge.refused(without_words(item))

    small = replace(IMAGENET, outputs=(Tensor("fc6_1", "TYPE_FP32", (100,)),))
    other = models("trained in June", tensors=small)
    rollout = replace(PROBED, tensor_changes=("densenet_onnx",))
    item = planned(World().of(spec()).plan(spec(artifact=other, rollout=rollout)))
    forge = Forge(World().of(spec()), wanted={other.digest: other.structure})
    forge.admits(item)
    assert "clients of densenet_onnx version 1: output fc6_1" in forge.refused(without_words(item))


def test_two_contents_one_after_the_other_are_refused() -> None:
    forge = Forge(World().of(spec()))
    live = forge.live("vision")
    july = models("trained in July")
    first = planned(World().of(spec()).plan(spec(artifact=JUNE)))
    back = forge.update(live, Group.CORE, model=PublishedModel(july.digest))
    item = replace(first, undo=(replace(first.undo[0], steps=back.steps),))
    assert "it would get 2 contents of its models" in forge.refused(item)


# -- what has changed since, and what goes on


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
    wanted = spec(**new, artifact=JUNE, labels=(("team", "another"),))
    item = planned(World().of(spec(**old)).plan(wanted))
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

    undo = tuple(Undo(one.step, tuple(map(evil, one.steps))) for one in item.undo)
    forge.refused(replace(item, undo=undo))
    hidden = tuple(replace(one, old="(not shown)") for one in item.changes)
    assert "not what the plan saw" in forge.refused(replace(item, changes=hidden, undo=undo))
    found = replace(item, changes=hidden, undo=undo, seen=seen(live))
    assert "spec.image would change, and the plan does not tell that" in forge.refused(found)


# -- the project


def test_it_is_of_the_project_of_the_target() -> None:
    plan = REVIEWS["new_content"]()
    here = World().snapshot
    assert not_this_project(plan, here) == ""
    assert not_this_project(REVIEWS["new_deployment"](), here) == "", "it has been made since"
    other = replace(here, project=replace(PROJECT, name="other"))
    assert "the target has other" in not_this_project(plan, other)
    other = replace(here, project=replace(PROJECT, ocid="ocid1.datascienceproject.other"))
    assert "ocid1.datascienceproject.other" in not_this_project(plan, other)
    gone = replace(here, project=Project("ml-serving", None, create=True))
    assert not_this_project(replace(plan, project=replace(PROJECT, ocid=None)), gone).endswith(
        "since it was made"
    )


def test_a_project_is_made_only_where_the_target_says_so() -> None:
    plan = REVIEWS["new_deployment"]()
    found = admitted(plan, Safety(), Snapshot(Project("ml-serving", None)), (), {}, {})
    assert [refusal.reason for refusal in found.plan.refusals] == [
        "there is no project named 'ml-serving' in the target's compartment"
    ]


def test_a_thousand_are_admitted_at_once() -> None:
    """Each is looked up, not searched for."""
    world = World()
    for number in range(1000):
        world = world.of(spec(f"d{number}"))
    plan = world.plan(*(spec(f"d{number}", artifact=JUNE) for number in range(1000)))
    snapshot = world.snapshot
    assert len(new_contents(plan, snapshot)) == 1000
    served = {live.model_id: MAY.structure for live in snapshot.deployments}
    assert admitted(plan, Safety(), snapshot, (), served, {JUNE.digest: JUNE.structure}).plan == plan
