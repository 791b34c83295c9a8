"""A changed owner: what would be made a second time is told."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import State
from reconciler.core.planning.plan import Action, Plan
from tests.support.drive import OWNER, apply_on, desired, plan_on, spec
from tests.support.memory import MemoryCloud


def other_owner(cloud: MemoryCloud, **changes: object) -> Plan:
    """What another owner's plan of the same manifests is, after these changes of what is live."""
    apply_on(cloud, plan_on(cloud, desired(spec("a"), spec("b"))))
    for live in [*cloud.deployments.values()]:
        cloud.put(replace(live, **changes))
    return plan_on(cloud, replace(desired(spec("a"), spec("b")), owner="new"))


def test_in_another_project_the_second_set_is_told() -> None:
    """As when the emulator's project is called after the owner."""
    made = other_owner(MemoryCloud(), project_id="project of the former owner")
    assert {item.action for item in made.deployments} == {Action.CREATE}
    for item in made.deployments:
        (note,) = item.notes
        assert f"the owner {OWNER!r} has a deployment of this name too (ocid1." in note
        assert "change it back" in note


def test_one_that_was_renamed_since_is_told() -> None:
    made = other_owner(MemoryCloud(), display_name="renamed in the console")
    assert all(len(item.notes) == 1 for item in made.deployments)


def test_in_the_same_project_it_is_blocked_with_the_choice_to_change_the_owner_back() -> None:
    made = other_owner(MemoryCloud())
    assert {item.action for item in made.deployments} == {Action.BLOCKED}
    for item in made.deployments:
        (refusal,) = item.refusals
        assert f"change `owner` in reconciler.yaml back to {OWNER!r}, if it was changed" in refusal.choices


@pytest.mark.parametrize("state", [State.DELETED, State.DELETING])
def test_what_is_gone_is_nobodys(state: State) -> None:
    made = other_owner(MemoryCloud(), project_id="elsewhere", state=state)
    assert all(item.notes == () for item in made.deployments)


def test_what_carries_no_mark_or_another_name_is_not_told() -> None:
    cloud = MemoryCloud()
    apply_on(cloud, plan_on(cloud, desired(spec("a"))))
    for live in [*cloud.deployments.values()]:
        cloud.put(replace(live, project_id="elsewhere", marks=replace(live.marks, owner=None)))
    made = plan_on(cloud, replace(desired(spec("a"), spec("c")), owner="new"))
    assert all(item.notes == () for item in made.deployments)
