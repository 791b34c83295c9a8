"""Model groups on the cloud in memory: made once, found again, and gone before their members."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from reconciler.core.model.errors import NotSeen, RolledBack, StepFailed
from reconciler.core.model.live import CatalogModel
from reconciler.core.model.spec import ModelGroupUpdate, Rollout
from reconciler.core.model.work_requests import Accepted
from reconciler.core.planning.steps import UpdateDeployment
from tests.support.applied import alive, deployed
from tests.support.drive import apply_on, artifact, desired, errors_of, plan_on, spec
from tests.support.memory import Killed, MemoryCloud
from tests.support.worlds import grouped


def groups(cloud: MemoryCloud) -> list[CatalogModel]:
    return [model for model in cloud.models.values() if model.is_model_group]


def test_two_deployments_of_the_same_members_share_one_group() -> None:
    cloud = MemoryCloud()
    deployed(cloud, grouped(spec("a")), grouped(spec("b")))
    (group,) = groups(cloud)
    assert {live.model_id for live in alive(cloud)} == {group.ocid}
    assert cloud.writes.count("create_model_group") == 1
    assert len(cloud.models) == 2


@pytest.mark.parametrize("settled", [False, True])
def test_a_group_that_a_killed_run_left_is_found_again_whether_it_is_ready_or_not(settled: bool) -> None:
    """Law 6, and without the service's memory of retry tokens, which lasts for 24 hours."""
    cloud = MemoryCloud()
    cloud.fault = dies_after("create_model_group")
    with pytest.raises(Killed):
        apply_on(cloud, plan_on(cloud, desired(grouped(spec("a")))))
    cloud.fault = lambda when, operation: None
    cloud.tokens.clear()
    plan = plan_on(cloud, desired(grouped(spec("a"))))
    if settled:
        cloud.model_group_state(groups(cloud)[0].ocid)
    assert errors_of(apply_on(cloud, plan)) == []
    assert len(groups(cloud)) == 1
    assert plan_on(cloud, desired(grouped(spec("a")))).empty


def dies_after(operation: str) -> Callable[[str, str], None]:
    def fault(when: str, called: str) -> None:
        if (when, called) == ("after", operation):
            raise Killed

    return fault


@dataclass
class SlowGroups(MemoryCloud):
    """Groups that hold their members while they are being deleted, for so many looks."""

    looks: int = 3
    deleting: set[str] = field(default_factory=set)
    order: list[str] = field(default_factory=list)

    def delete_model_group(self, group: str, etag: str) -> None:
        self.order.append("group")
        self.deleting.add(group)

    def model_group_state(self, group: str) -> str:
        if group not in self.deleting:
            return super().model_group_state(group)
        self.looks -= 1
        if self.looks > 0:
            return "DELETING"
        self.models[group] = replace(self.models[group], active=False)
        return "DELETED"

    def delete_model(self, model: str, etag: str) -> None:
        self.order.append("model")
        super().delete_model(model, etag)


def test_a_group_is_gone_before_its_members_are_deleted() -> None:
    cloud = SlowGroups()
    deployed(cloud, grouped(spec("a")), spec("b", "other"))
    deployed(cloud, spec("b", "other"))
    assert cloud.order == ["group", "model"]
    assert [model.artifact for model in cloud.models.values() if model.active] == [artifact("other").digest]


def test_members_of_a_group_that_is_still_asked_for_or_runs_stay() -> None:
    cloud = MemoryCloud()
    deployed(cloud, grouped(spec("a")), spec("b"))
    deployed(cloud, grouped(spec("a")))
    assert all(model.active for model in cloud.models.values())
    cloud = MemoryCloud()
    deployed(cloud, spec("b"))
    deployed(cloud, grouped(spec("a")))
    assert all(model.active for model in cloud.models.values())


def test_a_group_that_does_not_come_up_is_a_failure_and_makes_no_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = MemoryCloud()
    monkeypatch.setattr(cloud, "model_group_state", lambda group: "FAILED")
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(grouped(spec("a"))))))
    assert isinstance(error, StepFailed)
    assert "became FAILED, not ACTIVE" in str(error)
    assert alive(cloud) == []


def test_a_group_that_does_not_settle_in_time_was_not_seen_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = MemoryCloud()
    monkeypatch.setattr(cloud, "model_group_state", lambda group: "CREATING")
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(grouped(spec("a"))))))
    assert isinstance(error, NotSeen)
    assert "has not settled in 30 minutes" in str(error)


@pytest.mark.parametrize(("how", "in_place"), [(ModelGroupUpdate.LIVE, True), (ModelGroupUpdate.ZDT, False)])
def test_a_group_is_updated_as_the_manifest_says(
    how: ModelGroupUpdate, in_place: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = MemoryCloud()
    deployed(cloud, grouped(spec("a")))
    wanted = replace(grouped(spec("a", "new")), rollout=Rollout(model_group_update=how))
    sent = []
    original = cloud.update_deployment

    def update(step: UpdateDeployment, model: str, etag: str) -> Accepted:
        sent.append(step.in_place)
        return original(step, model, etag)

    monkeypatch.setattr(cloud, "update_deployment", update)
    deployed(cloud, wanted)
    assert sent == [in_place]


def test_a_group_that_did_not_come_up_in_place_is_not_asked_for_again_on_the_way_back() -> None:
    """The old one is still there: the service would refuse an update in place that changes nothing."""
    cloud = MemoryCloud()
    deployed(cloud, grouped(spec("a")))
    before = alive(cloud)[0]
    wanted = replace(grouped(spec("a", "bad")), rollout=Rollout(model_group_update=ModelGroupUpdate.LIVE))
    cloud.bad_artifacts.add(wanted.artifact.digest)
    (error,) = errors_of(apply_on(cloud, plan_on(cloud, desired(wanted))))
    assert isinstance(error, RolledBack)
    after = alive(cloud)[0]
    assert (after.model_id, after.marks.failed) == (before.model_id, wanted.failed_mark)


def test_a_member_of_a_group_that_is_about_to_be_replaced_stays_while_its_first_deployment_goes() -> None:
    """The group that runs holds it until another group runs instead."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a"), grouped(spec("b")))
    deployed(cloud, grouped(spec("b", "new")))
    assert [live.display_name for live in alive(cloud)] == ["b"]
    assert artifact("weights").digest in {model.artifact for model in cloud.models.values() if model.active}
