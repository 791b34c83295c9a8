"""A rename, carried out: one deployment before and after it, and its models with it."""

from contextlib import suppress
from dataclasses import replace

import pytest

from reconciler.core.model.spec import Spec
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.steps import RenameModel, Step
from tests.support.applied import alive, deployed
from tests.support.drive import OWNER, apply_on, desired, errors_of, plan_on, spec
from tests.support.memory import Killed, MemoryCloud


def renamed(content: str = "weights") -> Spec:
    return replace(spec("new", content), renamed_from="old")


def cloud_with_old() -> MemoryCloud:
    """Two contents have been published for it."""
    cloud = MemoryCloud()
    deployed(cloud, spec("old", "before"))
    deployed(cloud, spec("old"))
    return cloud


def steps_of(plan: Plan) -> list[Step]:
    return [step for item in plan.deployments for step in item.steps]


def names(cloud: MemoryCloud) -> set[tuple[str | None, str]]:
    return {(model.name, model.display_name) for model in cloud.models.values() if model.active}


def test_ocid_and_endpoint_stay_and_the_models_go_along() -> None:
    cloud = cloud_with_old()
    (before,) = alive(cloud)
    deployed(cloud, renamed())
    (after,) = alive(cloud)
    assert (after.ocid, after.url, after.model_id) == (before.ocid, before.url, before.model_id)
    assert (after.display_name, after.marks.name, after.marks.owner) == ("new", "new", OWNER)
    assert names(cloud) == {("new", "new")}
    assert cloud.outages == []


def test_the_plan_after_it_is_empty_and_a_second_rename_does_nothing() -> None:
    """Law 1; and the line may stay or go."""
    cloud = cloud_with_old()
    deployed(cloud, renamed())
    before = list(cloud.writes)
    assert plan_on(cloud, desired(renamed())).empty
    assert plan_on(cloud, desired(spec("new"))).empty
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(renamed())))) == []
    assert cloud.writes == before


def test_with_new_content_too() -> None:
    cloud = cloud_with_old()
    deployed(cloud, renamed("after"))
    assert plan_on(cloud, desired(renamed("after"))).empty
    assert names(cloud) == {("new", "new")}


def test_an_entry_that_is_deleted_meanwhile_needs_no_other_name() -> None:
    """As by a clean-up, which takes what is used no more."""
    cloud = cloud_with_old()
    plan = plan_on(cloud, desired(renamed()))
    (live,) = alive(cloud)
    (unused,) = (model for model in cloud.models.values() if model.ocid != live.model_id)
    assert any(isinstance(step, RenameModel) and step.ocid == unused.ocid for step in steps_of(plan))
    cloud.delete_model(unused.ocid, cloud.catalog_entry(unused.ocid, False)[1])
    assert errors_of(apply_on(cloud, plan)) == []
    assert names(cloud) == {("new", "new")}
    assert plan_on(cloud, desired(renamed())).empty


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(6))
def test_a_run_that_is_killed_anywhere_converges(when: str, number: int) -> None:
    """Law 6: before or after each write."""
    cloud = cloud_with_old()
    (first,) = alive(cloud)
    left = [number]

    def fault(moment: str, operation: str) -> None:
        if moment == when and operation in ("update_deployment", "rename_model", "create_model", "upload"):
            left[0] -= 1
            if left[0] < 0:
                raise Killed

    cloud.fault = fault
    with suppress(Killed):
        apply_on(cloud, plan_on(cloud, desired(renamed("after"))))
    cloud.fault = lambda moment, operation: None
    deployed(cloud, renamed("after"))
    assert plan_on(cloud, desired(renamed("after"))).empty
    (last,) = alive(cloud)
    assert (last.ocid, last.marks.name) == (first.ocid, "new")
    assert names(cloud) == {("new", "new")}


def test_somebody_who_changed_it_meanwhile_makes_the_rest_of_a_rename_stale() -> None:
    """What is left is the models alone: the deployment is looked at all the same."""
    cloud = cloud_with_old()
    deployed(cloud, renamed())
    (live,), (ocid, model) = alive(cloud), next(iter(cloud.models.items()))
    cloud.models[ocid] = replace(model, name="old", display_name="old")
    plan = plan_on(cloud, desired(renamed()))
    assert plan.deployments[0].steps == (RenameModel(ocid, "new"),)
    cloud.put(replace(live, marks=replace(live.marks, applied="another")))
    (error,) = errors_of(apply_on(cloud, plan))
    assert "not what the plan saw" in str(error)
