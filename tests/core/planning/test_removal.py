"""What `destroy` does with words that are no marked name: display names, OCIDs, names of what is gone."""

from dataclasses import replace

from reconciler.core.model.live import CatalogModel, Marks
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal
from reconciler.core.planning.removal import plan_destroy
from tests.support.reviews import OWNER, World, spec

OCID = "ocid1.datasciencemodeldeployment.oc1.iad."


def destroyed(world: World, name: str, *more: CatalogModel) -> DeploymentPlan:
    snapshot = replace(world.snapshot, models=(*world.snapshot.models, *more))
    (item,) = plan_destroy("prod", OWNER, [name], snapshot).deployments
    return item


def test_the_display_name_of_ours_is_told_the_name_that_is_marked_on_it() -> None:
    """It was said not to carry our owner's mark, and to delete it in the console."""
    item = destroyed(World().of(spec(), display_name="seen in the console"), "seen in the console")
    assert item.action is Action.BLOCKED
    assert item.refusals == (
        Refusal(
            f"{OCID}vision has this display name, and is marked as 'vision'",
            ("reconcile destroy vision, if that one is meant",),
        ),
    )


def test_ours_without_a_marked_name_is_meant_by_its_ocid() -> None:
    item = destroyed(World().of(spec(), marks=Marks(OWNER)), "vision")
    assert [refusal.choices for refusal in item.refusals] == [
        (f"reconcile destroy {OCID}vision, if that one is meant",)
    ]


def test_all_that_have_the_display_name_are_told() -> None:
    """An arbitrary one of them was."""
    world = World().of(spec("a"), display_name="x").of(spec("b"), display_name="x", marks=Marks("other", "b"))
    item = destroyed(world.of(spec("c"), display_name="x", marks=Marks()), "x")
    assert [refusal.reason.partition(" ")[0] for refusal in item.refusals] == [
        f"{OCID}{name}" for name in "abc"
    ]
    assert ["console" in choice for refusal in item.refusals for choice in refusal.choices] == [
        False,
        True,
        True,
    ]


def test_a_name_of_which_only_held_models_are_left_is_nothing_to_delete() -> None:
    """It was said to be deleted, by no step at all: the service keeps the members of a group that stays."""
    left = CatalogModel("model-1", "gone", True, OWNER, "gone", "sha256:1")
    group = CatalogModel(
        "group-1", "kept", True, OWNER, "kept", "sha256:2", is_model_group=True, members=("model-1",)
    )
    item = destroyed(World(), "gone", left, group)
    assert (item.action, item.reason) == (Action.NOTHING, "it does not exist")
    assert destroyed(World(), "gone", left).action is Action.DELETE
