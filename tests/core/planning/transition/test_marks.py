"""The marks that a transition puts on a deployment, and the room that they need among its tags."""

import pytest

from reconciler.core.model.configuration import Pairs
from reconciler.core.model.spec import Rollout
from tests.support.reviews import spec
from tests.support.transitions import JUNE, planned, updates


def remembered(**live: Pairs) -> bool:
    """Whether the rollback leaves the memory of the failure on a deployment with these tags."""
    (rollback,) = planned(spec(artifact=JUNE, rollout=Rollout()), spec(**live)).rollbacks
    return updates(rollback.steps)[0].marks.failed is not None


@pytest.mark.parametrize(("letter", "room"), [("x", 19), ("ü", 10)])
def test_the_memory_of_a_failure_gives_way_to_tags_that_leave_no_room(letter: str, room: int) -> None:
    """A resource has 5 KB for all its tags as JSON (docs/service.md §8): a rollback must not fail of it."""
    tags = [(f"finance.key{number:02}", letter * 230) for number in range(room)]
    assert not remembered(defined_tags=tuple(tags))
    assert not remembered(labels=(("team", letter * 230),), defined_tags=tuple(tags[:-1]))
    assert remembered(defined_tags=tuple(tags[:-2]))
