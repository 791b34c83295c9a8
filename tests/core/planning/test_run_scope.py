"""What has to be read before a plan can be made, and that nothing else is read."""

import pytest

from reconciler.core.model.desired import Desired
from reconciler.core.model.live import State
from reconciler.core.model.spec import Policy, Spec
from reconciler.core.planning.run_scope import concerned, failed_as_desired, to_guard, unwell
from tests.support.reviews import OWNER, World, models, spec

NEW = models("trained in June")


def read(state: State, wanted: Spec) -> list[bool]:
    """Whether anything is read of the deployment, for each reason to read."""
    desired, snapshot = Desired("prod", OWNER, (wanted,)), World().of(spec(), state=state).snapshot
    return [bool(of(desired, snapshot)) for of in (concerned, to_guard, unwell, failed_as_desired)]


@pytest.mark.parametrize(
    ("state", "content", "wanted"),
    [
        (State.ACTIVE, NEW, [True, True, False, False]),
        (State.NEEDS_ATTENTION, NEW, [True, True, True, False]),
        (State.FAILED, NEW, [True, False, True, False]),
        (State.FAILED, models(), [True, False, True, True]),
    ],
)
def test_of_what_is_paused_nothing_is_read(state: State, content: object, wanted: list[bool]) -> None:
    """Its plan does not look at it; large artifacts and work requests were read all the same."""
    assert read(state, spec(artifact=content)) == wanted
    assert not any(read(state, spec(artifact=content, policy=Policy(paused=True))))
