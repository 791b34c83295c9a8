"""A saved plan of `gc`, as anybody may have written it."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import CatalogModel, Project, Snapshot
from reconciler.core.planning.admission.admission import admitted
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import DeleteModel, RenameModel, Step

PROJECT = Project("ml", "project-1")
OLD = CatalogModel("ocid1.old", "vision", True, "acme", "vision", "sha256:x")
UNUSED = frozenset({OLD.ocid})


def plan(*steps: Step) -> Plan:
    return Plan("prod", "acme", PROJECT, None, (DeploymentPlan("vision", Action.CLEAN_UP, "", steps=steps),))


def refusals(model: CatalogModel, unused: frozenset[str] = UNUSED) -> str:
    snapshot = Snapshot(PROJECT, models=(model,))
    (item,) = admitted(
        plan(DeleteModel(OLD.ocid)), Conditions(index_of(snapshot, "acme"), unused=unused)
    ).plan.deployments
    assert (item.action is Action.BLOCKED) is bool(item.refusals)
    return "; ".join(refusal.reason for refusal in item.refusals)


def test_what_nothing_needs_may_go() -> None:
    assert refusals(OLD) == ""


@pytest.mark.parametrize(
    ("model", "unused", "why"),
    [
        (OLD, frozenset(), "is needed, or may be needed soon"),
        (replace(OLD, owner="other"), UNUSED, "is none of ours"),
        (replace(OLD, is_model_group=True), UNUSED, "is none of ours"),
        (replace(OLD, ocid="another"), UNUSED, "is none of ours"),
    ],
)
def test_what_is_needed_or_not_ours_stays(model: CatalogModel, unused: frozenset[str], why: str) -> None:
    assert f"the catalog model {OLD.ocid} {why}" in refusals(model, unused)


def test_it_deletes_catalog_entries_and_does_nothing_else() -> None:
    assert list(faults(plan(DeleteModel("a", is_model_group=True), DeleteModel("b")))) == []
    assert list(faults(plan())) != []
    assert list(faults(plan(DeleteModel("a"), RenameModel("b", "vision")))) != []
