"""Whose a deployment is, what protects it, and which marks and models it may get, in a saved plan."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import Marks, State
from reconciler.core.model.spec import Policy, Prune
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from reconciler.core.planning.plan import Rollback
from reconciler.core.planning.steps import KeepModel
from tests.support.forge import JUNE, STRANGE, Forge, foreign, planned, seen, with_marks
from tests.support.reviews import OWNER, World, spec


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
@pytest.mark.parametrize("where", ["steps", "rollback"])
def test_no_mark_of_another(marks: Marks, where: str) -> None:
    forge = Forge()
    live = forge.live("vision")
    item = forge.update(live, marks=marks)
    if where == "rollback":
        item = replace(forge.update(live), rollbacks=(Rollback(0, item.steps),))
    assert f"it would be marked as {marks.name!r} of the owner {marks.owner!r}" in forge.refused(item)


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
    desired = spec("old", policy=Policy(protect=False, prune=Prune.AUTO))
    forge.admits(planned(forge.world.plan(desired, spec()), "old"))


def test_a_confirmation_that_is_lifted_is_not_told_as_one_that_is_asked_for() -> None:
    forge = with_marks(prune=Prune.CONFIRM)
    item = forge.update(forge.live("old"), marks=Marks(OWNER, "old"))
    lie = Change(
        "spec.policy.prune",
        Prune.AUTO,
        Prune.CONFIRM,
        OptionGroup.METADATA,
        Impact.METADATA,
        "docs/updates.md",
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


@pytest.mark.parametrize("where", ["steps", "rollback"])
def test_no_model_of_a_stranger_is_run(where: str) -> None:
    forge = Forge(models=(STRANGE,))
    live = forge.live("vision")
    item = forge.update(live, model=KeepModel(STRANGE.ocid))
    if where == "rollback":
        item = replace(forge.update(live), rollbacks=(Rollback(0, item.steps),))
    assert f"{STRANGE.ocid} is neither what it runs nor ours" in forge.refused(item)
