"""What `gc` does on the cloud in memory, one rule at a time: what it reads, what it leaves, what it says."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reconciler.core.model.errors import CloudError
from reconciler.core.model.live import CatalogModel, Live, Marks, State
from reconciler.core.planning.clean_up import plan_clean_up
from reconciler.core.planning.events import DeploymentFinished, Event, StepFinished
from reconciler.core.planning.plan import Plan
from tests.support.applied import alive, deployed
from tests.support.drive import (
    OWNER,
    apply_on,
    artifact,
    desired,
    errors_of,
    plan_on,
    spec,
    whole_snapshot,
)
from tests.support.memory import MemoryCloud
from tests.support.memory_catalog import answer

RECENT = "2027-01-14T08:00:00Z"
"""A day before the time of the clock."""


@dataclass
class TrustingCloud(MemoryCloud):
    """It deletes what is in use, too: no document says that the service refuses that. `then` is done once,
    before the operation of that name.
    """

    before: str = ""
    then: Callable[[], Any] = lambda: None
    seen: list[str] = field(default_factory=list)

    def _call(self, operation: str, act: Callable[[], Any], write: bool = True) -> Any:
        self.seen.append(operation)
        if operation == self.before:
            self.before = ""
            self.then()
        return super()._call(operation, act, write)

    def _delete_entry(self, entry: str, etag: str) -> None:
        held, self.deployments = self.deployments, {}
        try:
            super()._delete_entry(entry, etag)
        finally:
            self.deployments = held


def put(cloud: MemoryCloud, number: int, **changes: Any) -> str:
    """An entry with its content, of `vision`; a greater number is a younger one."""
    digest = artifact(f"content {number}").digest
    made = CatalogModel(
        f"model-{number:03}",
        "vision",
        True,
        OWNER,
        "vision",
        digest,
        created=f"2026-12-01T00:{number:02}:00Z",
    )
    entry = replace(made, **changes)
    cloud.models[entry.ocid], cloud.contents[entry.ocid] = entry, digest
    return entry.ocid


def filled(entries: int = 3) -> TrustingCloud:
    cloud = TrustingCloud(reads=1)
    for number in range(entries):
        put(cloud, number)
    return cloud


def planned(cloud: MemoryCloud, keep: int = 1) -> Plan:
    return plan_clean_up("test", OWNER, whole_snapshot(cloud), keep, RECENT)


def active(cloud: MemoryCloud) -> set[str]:
    return {model.ocid for model in cloud.models.values() if model.active}


def notes_of(events: list[Event]) -> str:
    return "\n".join(note for one in events if isinstance(one, DeploymentFinished) for note in one.notes)


def console_made(runs: str, state: State = State.CREATING) -> Live:
    return Live("ocid1.deployment.console", "theirs", state, None, runs, "another project", Marks())


def test_what_nothing_uses_goes_and_the_rest_stays() -> None:
    cloud = filled(5)
    assert errors_of(apply_on(cloud, planned(cloud, keep=2))) == []
    assert active(cloud) == {"model-003", "model-004"}
    assert planned(cloud, keep=2).empty


def test_what_uses_entries_is_read_once_for_all_of_them() -> None:
    """Each entry costs two calls: its etag, and its deletion."""
    cloud = filled(40)
    plan = planned(cloud)
    looks = 0
    snapshot = cloud.snapshot

    def look() -> Any:
        nonlocal looks
        looks += 1
        return snapshot()

    cloud.snapshot = look
    cloud.seen.clear()
    apply_on(cloud, plan)
    assert (cloud.seen.count("catalog_entry"), cloud.seen.count("delete_model"), looks) == (39, 39, 1)


def test_entries_of_one_name_go_at_the_same_time_and_groups_before_them() -> None:
    cloud = filled(5)
    for number in (0, 1):
        members = (f"model-{number:03}",)
        put(cloud, number, ocid=f"group-{number}", is_model_group=True, members=members)
    plan = planned(cloud)
    # Each deletion waits for another one that is under way.
    together, delete, delete_group = threading.Barrier(2), cloud.delete_model, cloud.delete_model_group

    def delete_together(model: str, etag: str) -> None:
        together.wait(30)
        delete(model, etag)

    def delete_groups_together(group: str, etag: str) -> None:
        together.wait(30)
        delete_group(group, etag)

    cloud.delete_model, cloud.delete_model_group = delete_together, delete_groups_together
    cloud.writes.clear()
    assert errors_of(apply_on(cloud, plan)) == []
    assert cloud.writes == ["delete_model_group"] * 2 + ["delete_model"] * 4
    assert active(cloud) == {"model-004"}


@pytest.mark.parametrize("before", ["catalog_entry", "delete_model"])
def test_what_somebody_has_taken_up_since_the_plan_stays(before: str) -> None:
    """Its deployment is not there yet."""
    cloud = filled(2)
    plan = planned(cloud)
    cloud.before, cloud.then = before, lambda: cloud.mark_used("model-000", False, "2027-01-15T08:00:00Z")
    events = apply_on(cloud, plan)
    assert errors_of(events) == []
    assert active(cloud) == {"model-000", "model-001"}
    assert "model-000 stays: somebody has taken it up since the plan was made" in notes_of(events)


@pytest.mark.parametrize("state", [State.CREATING, State.INACTIVE, State.DELETING])
def test_what_a_deployment_of_the_console_runs_since_the_plan_stays(state: State) -> None:
    cloud = filled(2)
    plan = planned(cloud)
    cloud.put(console_made("model-000", state))
    assert "model-000 stays: it is in use by now" in notes_of(apply_on(cloud, plan))
    assert active(cloud) == {"model-000", "model-001"}


def held_by_others(cloud: MemoryCloud) -> None:
    group = CatalogModel("theirs", "theirs", True, is_model_group=True, members=("model-000",))
    cloud.models[group.ocid] = group


def test_what_a_group_of_others_holds_since_the_plan_stays() -> None:
    cloud = filled(2)
    plan = planned(cloud)
    held_by_others(cloud)
    assert "model-000 stays: it is in use by now" in notes_of(apply_on(cloud, plan))
    assert active(cloud) == {"model-000", "model-001", "theirs"}


def test_groups_of_others_cost_nothing_where_nothing_is_deleted() -> None:
    cloud = filled()
    held_by_others(cloud)
    plan = plan_on(cloud, desired(spec(content="content 0"), prune=False))
    cloud.seen.clear()
    assert errors_of(apply_on(cloud, plan)) == []
    assert "with_members" not in cloud.seen


def test_what_may_be_in_a_group_that_cannot_be_read_by_now_stays() -> None:
    cloud = filled(2)
    plan = planned(cloud)
    snapshot = cloud.snapshot
    cloud.snapshot = lambda: replace(snapshot(), unread_groups=("theirs",))
    assert "a model group of others cannot be read, and may hold it" in notes_of(apply_on(cloud, plan))
    assert active(cloud) == {"model-000", "model-001"}


def test_what_is_not_ours_any_more_stays() -> None:
    cloud = filled(2)
    plan = planned(cloud)
    cloud.models["model-000"] = replace(cloud.models["model-000"], owner="other")
    assert "model-000 stays: it is not ours any more" in notes_of(apply_on(cloud, plan))
    assert active(cloud) == {"model-000", "model-001"}


def test_what_somebody_has_deactivated_since_the_plan_stays() -> None:
    cloud = filled(2)
    plan = planned(cloud)
    cloud.models["model-000"] = replace(cloud.models["model-000"], inactive=True)
    assert "model-000 stays: somebody has deactivated it" in notes_of(apply_on(cloud, plan))
    assert active(cloud) == {"model-000", "model-001"}


def test_a_change_that_is_no_use_is_looked_at_again_and_the_entry_goes() -> None:
    cloud = filled(2)
    plan = planned(cloud)
    cloud.before, cloud.then = "delete_model", lambda: cloud._touch("model-000")
    assert errors_of(apply_on(cloud, plan)) == []
    assert active(cloud) == {"model-001"}


def test_what_uses_an_entry_is_read_anew_whenever_the_entry_is() -> None:
    cloud = filled(2)
    plan = planned(cloud)

    def meanwhile() -> None:
        cloud._touch("model-000")
        cloud.put(console_made("model-000"))

    cloud.before, cloud.then = "delete_model", meanwhile
    assert "model-000 stays: it is in use by now" in notes_of(apply_on(cloud, plan))
    assert active(cloud) == {"model-000", "model-001"}


def test_members_of_a_group_that_somebody_has_taken_up_since_stay_with_it() -> None:
    cloud = filled(3)
    members = ("model-000",)
    put(cloud, 1, ocid="group", is_model_group=True, members=members, artifact="sha256:g")
    plan = planned(cloud)
    assert [step.ocid for step in plan.deployments[0].steps] == ["group", "model-000", "model-001"]
    cloud.before = "delete_model_group"
    cloud.then = lambda: cloud.mark_used("group", True, "2027-01-15T08:00:00Z")
    assert errors_of(apply_on(cloud, plan)) == []
    assert active(cloud) == {"group", "model-000", "model-002"}


def test_what_the_service_keeps_for_reasons_of_its_own_stays_and_is_told() -> None:
    cloud = MemoryCloud(reads=1)
    for number in range(2):
        put(cloud, number)
    plan = planned(cloud)
    cloud.models["hidden"] = CatalogModel("hidden", "x", False, creating=True, members=("model-000",))
    snapshot = cloud.snapshot
    cloud.snapshot = lambda: replace(snapshot(), models=snapshot().models[:-1])
    events = apply_on(cloud, plan)
    assert errors_of(events) == []
    assert "model-000 stays: the service keeps it" in notes_of(events)


def test_one_that_cannot_be_deleted_keeps_no_other() -> None:
    cloud = filled(4)
    plan = planned(cloud)

    def refused() -> None:
        raise CloudError(answer("delete_model", 400, "InvalidParameter"))

    cloud.before, cloud.then = "delete_model", refused
    (error,) = errors_of(apply_on(cloud, plan))
    assert "InvalidParameter" in str(error)
    assert active(cloud) == {"model-000", "model-003"}


def test_one_that_is_gone_already_is_no_error() -> None:
    cloud = filled(2)
    plan = planned(cloud)
    cloud.models["model-000"] = replace(cloud.models["model-000"], active=False)
    events = apply_on(cloud, plan)
    assert errors_of(events) == []
    assert [event.note for event in events if isinstance(event, StepFinished)] == ["it was gone already"]


# -- whoever needs an entry


def reused(cloud: MemoryCloud) -> CatalogModel:
    return next(model for model in cloud.models.values() if model.artifact == artifact("content 0").digest)


def test_whoever_takes_an_entry_up_marks_it() -> None:
    cloud = filled()
    deployed(cloud, spec(content="content 0"), prune=False)
    assert cloud.models["model-000"].used == "2027-01-15T08:00:00Z"
    assert "create_model" not in cloud.writes
    assert alive(cloud)[0].model_id == "model-000"


def test_the_mark_is_no_difference() -> None:
    """Law 1."""
    cloud = filled()
    wanted = desired(spec(content="content 0"), prune=False)
    assert errors_of(apply_on(cloud, plan_on(cloud, wanted))) == []
    assert plan_on(cloud, wanted).empty


def test_an_entry_that_takes_no_more_tags_is_used_without_the_mark() -> None:
    cloud = filled()

    def full() -> None:
        raise CloudError(answer("update_model", 400, "InvalidParameter"))

    cloud.before, cloud.then = "mark_used", full
    deployed(cloud, spec(content="content 0"), prune=False)
    assert alive(cloud)[0].model_id == "model-000"


def test_what_is_gone_since_the_plan_is_published_anew() -> None:
    cloud = filled()
    plan = plan_on(cloud, desired(spec(content="content 0"), prune=False))
    cloud.models["model-000"] = replace(cloud.models["model-000"], active=False)
    assert errors_of(apply_on(cloud, plan)) == []
    assert alive(cloud)[0].model_id not in {"model-000", None}
    assert cloud.writes.count("upload") == 1


def test_the_token_of_an_entry_that_is_gone_is_not_used_again() -> None:
    """The service would answer it with that entry."""
    cloud = MemoryCloud(reads=1)
    deployed(cloud, spec())
    (first,) = active(cloud)
    cloud._set(alive(cloud)[0].ocid, state=State.DELETED)
    plan = plan_on(cloud, desired(spec()))
    cloud.models[first] = replace(cloud.models[first], active=False)
    assert errors_of(apply_on(cloud, plan)) == []
    assert alive(cloud)[0].model_id in active(cloud)


@pytest.mark.parametrize("before", ["create_deployment", "update_deployment"])
def test_what_is_deleted_after_it_was_taken_up_is_published_anew(before: str) -> None:
    """As by somebody in the console."""
    cloud = filled()
    if before == "update_deployment":
        deployed(cloud, spec(content="before"), prune=False)

    def delete() -> None:
        cloud.models["model-000"] = replace(cloud.models["model-000"], active=False)

    cloud.before, cloud.then = before, delete
    deployed(cloud, spec(content="content 0"), prune=False)
    (live,) = alive(cloud)
    assert (live.state, cloud.models[live.model_id or ""].active) == (State.ACTIVE, True)
    assert plan_on(cloud, desired(spec(content="content 0"), prune=False)).empty


def test_what_a_deployment_leaves_is_marked_unless_it_is_the_newest_of_its_name() -> None:
    """What a rollback needs is then among what stays, without a call in the usual case."""
    for newer in (False, True):
        cloud = TrustingCloud(reads=1)
        deployed(cloud, spec(content="first"))
        left = alive(cloud)[0].model_id or ""
        cloud.models[left] = replace(cloud.models[left], created="2026-12-01T00:10:00Z")
        put(cloud, 59 if newer else 1)
        deployed(cloud, spec(content="second"))
        assert bool(cloud.models[left].used) is newer
        assert ("mark_used" in cloud.writes) is newer
