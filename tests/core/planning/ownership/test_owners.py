"""Whose the deployment is that has the display name of a manifest, and what can be done about it."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import Marks
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal
from tests.support.reviews import OWNER, World, as_served, spec

OURS = World().of(
    spec("old"),
    display_name="vision",
    configuration=as_served(replace(spec("old").configuration, name="vision")),
)
"""Somebody has renamed `old` in the console."""
OLD = "ocid1.datasciencemodeldeployment.oc1.iad.old"


def the(plan: Plan, name: str = "vision") -> DeploymentPlan:
    return next(item for item in plan.deployments if item.name == name)


def refusal(plan: Plan) -> Refusal:
    item = the(plan)
    assert item.action is Action.BLOCKED
    (found,) = item.refusals
    return found


@pytest.mark.parametrize("policy", Ownership)
def test_ours_that_has_a_manifest_is_not_called_somebody_elses(policy: Ownership) -> None:
    plan = OURS.plan(spec(), spec("old"), safety=Safety(update_ownership=policy))
    assert refusal(plan) == Refusal(
        f"a deployment of ours that is marked as 'old' has this display name ({OLD})",
        ("apply the manifest of old first: it gets its name back", "choose another metadata.name"),
    )
    assert the(plan, "old").action is Action.UPDATE, "as the advice says"


def test_ours_that_has_no_manifest_any_more_can_be_taken_over_or_go() -> None:
    assert refusal(OURS.plan(spec())).choices == (
        "set metadata.renamedFrom: old, if this manifest is about it",
        "reconcile destroy old, if it is to go",
        "choose another metadata.name",
    )


def test_ours_without_a_marked_name_is_meant_by_its_ocid() -> None:
    found = refusal(World().of(spec("old"), display_name="vision", marks=Marks(OWNER)).plan(spec()))
    assert "a deployment of ours" in found.reason
    assert found.choices == (f"reconcile destroy {OLD}, if it is to go", "choose another metadata.name")


@pytest.mark.parametrize(
    ("marks", "whose", "choice"),
    [
        (Marks("other", "vision"), "belongs to the owner 'other'", "safety.ownership.update: adopt-all"),
        (Marks(), "carries no owner's mark", "safety.ownership.update: adopt-unowned"),
    ],
)
def test_somebody_elses_is_called_that(marks: Marks, whose: str, choice: str) -> None:
    found = refusal(World().of(spec(), marks=marks).plan(spec()))
    assert whose in found.reason
    assert any(choice in one for one in found.choices)
