"""What goes, what stays, and in which order, on the cloud in memory."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import Marks, State
from reconciler.core.model.target import Safety
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.removal import plan_destroy
from tests.support.applied import alive, deployed
from tests.support.drive import OWNER, apply_on, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import Killed, MemoryCloud


def test_what_no_manifest_names_goes_with_its_catalog_model() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    deployed(cloud, spec("a"))
    assert [live.display_name for live in alive(cloud)] == ["a"]
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("weights").digest]


def test_a_catalog_model_that_another_deployment_runs_stays() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"))
    deployed(cloud, spec("b"))
    assert all(model.active for model in cloud.models.values())


def test_a_catalog_model_that_another_manifest_asks_for_stays_while_its_deployment_goes() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    deployed(cloud, spec("a", "other"))
    assert [live.display_name for live in alive(cloud)] == ["a"]
    assert plan_on(cloud, desired(spec("a", "other"))).empty


def test_half_published_content_that_another_manifest_asks_for_is_finished_and_stays() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "upload"):
            raise Killed

    cloud.fault = fault
    with pytest.raises(Killed):
        apply_on(cloud, plan_on(cloud, desired(spec("a", "new"))))
    cloud.fault = lambda when, operation: None
    deployed(cloud, spec("b", "new"))
    assert [live.display_name for live in alive(cloud)] == ["b"]
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("new").digest]


def test_orphans_that_share_a_catalog_model_all_go_and_the_model_goes_last() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"), spec("c", "other"))
    slow = next(live for live in alive(cloud) if live.display_name == "b")
    cloud._set(slow.ocid, state=State.UPDATING)
    cloud._work(slow.ocid, State.ACTIVE)
    deployed(cloud, spec("c", "other"), safety=Safety(max_deletes=2))
    assert [live.display_name for live in alive(cloud)] == ["c"]
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("other").digest]


def test_killed_after_a_delete_destroy_by_ocid_finds_the_catalog_model_that_is_left() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    ocid = next(live.ocid for live in alive(cloud) if live.display_name == "a")
    cloud._set(ocid, state=State.DELETED)
    plan = plan_destroy("test", OWNER, [ocid], cloud.snapshot())
    assert errors_of(apply_on(cloud, plan)) == []
    assert [live.display_name for live in alive(cloud)] == ["b"]
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("other").digest]


def test_killed_after_a_delete_destroy_finds_the_catalog_model_that_is_left() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "delete_model"):
            raise Killed

    def destroy() -> Plan:
        return plan_destroy("test", OWNER, ["a"], cloud.snapshot())

    cloud.fault = fault
    with pytest.raises(Killed):
        apply_on(cloud, destroy())
    cloud.fault = lambda when, operation: None
    assert [live.display_name for live in alive(cloud)] == ["b"]
    assert errors_of(apply_on(cloud, destroy())) == []
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("other").digest]
    assert destroy().empty


def test_destroy_of_what_is_gone_keeps_the_models_that_others_run() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"))
    deployed(cloud, spec("b"))
    assert plan_destroy("test", OWNER, ["a"], cloud.snapshot()).empty


def test_catalog_models_of_others_are_never_deleted() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    for ocid, model in cloud.models.items():
        if model.artifact == artifact("weights").digest:
            cloud.models[ocid] = replace(model, owner="other")
    deployed(cloud, spec("b", "other"))
    assert all(model.active for model in cloud.models.values())


def test_a_catalog_model_that_a_foreign_deployment_runs_stays() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b", "other"))
    live = next(live for live in alive(cloud) if live.display_name == "a")
    cloud.put(replace(live, ocid="ocid1.deployment.theirs", display_name="theirs", marks=Marks("other", "x")))
    deployed(cloud, spec("b", "other"))
    assert all(model.active for model in cloud.models.values())


def test_no_manifests_at_all_delete_nothing() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired())
    assert not plan.sends
    assert "no manifest" in plan.refusals[0].reason


def test_more_deletes_than_allowed_are_refused_with_the_number_to_set() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), spec("b"), spec("c"))
    plan = plan_on(cloud, desired(spec("c"), safety=Safety(max_deletes=1)))
    assert [item.action for item in plan.deployments] == [Action.DELETE, Action.DELETE, Action.NOTHING]
    assert not plan.sends
    assert "safety.maxDeletes: 2" in plan.refusals[0].choices[0]
