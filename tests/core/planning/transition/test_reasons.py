"""Why a transition is made: the line that a reader of the plan sees first."""

import pytest

from reconciler.core.model.live import State
from tests.support.reviews import spec
from tests.support.transitions import JUNE, planned


@pytest.mark.parametrize(
    ("state", "unchanged", "changed"),
    [
        (State.NEEDS_ATTENTION, "it needs attention: disk", "it needs attention: disk, and 1 field differs"),
        (State.INACTIVE, "it is inactive, and its state is another", "it is inactive, and 1 field differs"),
    ],
)
def test_the_state_hides_no_change_of_the_manifest(state: State, unchanged: str, changed: str) -> None:
    assert planned(spec(), state=state, details="disk").reason == unchanged
    item = planned(spec(artifact=JUNE), state=state, details="disk")
    assert item.reason == f"{changed} from the manifest"


def test_what_the_service_says_ends_in_no_full_stop_of_its_own() -> None:
    item = planned(spec(artifact=JUNE), state=State.NEEDS_ATTENTION, details="The disk is full.")
    assert item.reason == "it needs attention: The disk is full, and 1 field differs from the manifest"
