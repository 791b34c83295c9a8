"""Whether a deployment that was read back is what was sent."""

from dataclasses import replace

import pytest

from reconciler.core.planning.transition.read_back import differences
from tests.support.reviews import World, spec


@pytest.mark.parametrize(
    ("sent", "there", "same"),
    [(None, None, True), (None, "", True), (None, "x", False), ("x", "x", True), ("x", "y", False)],
)
def test_a_description_that_was_not_known_may_be_empty_and_nothing_else(
    sent: str | None, there: str | None, same: bool
) -> None:
    """A rollback to a deployment without one did not count as done; and what somebody writes is seen."""
    (live,) = World().of(spec()).snapshot.deployments
    assert live.configuration is not None
    assert live.model_id is not None
    desired = replace(live.configuration, description=sent)
    found = differences(
        replace(live, configuration=replace(live.configuration, description=there)), desired, live.model_id
    )
    assert (found == []) is same
