"""What planning costs grows with the number of deployments, and no faster."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Marks, State
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Safety
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.removal import plan_destroy
from reconciler.core.planning.run_scope import concerned, to_guard
from tests.support.growth import growth
from tests.support.reviews import OWNER, REVISION, World, models, spec

LINEAR = 1.1
NO_LIMIT = Safety(max_deletes=10_000)


def specs(number: int) -> list[Spec]:
    return [spec(f"vision{index:04}", models(f"weights {index}")) for index in range(number)]


def world(of: list[Spec], **changes: object) -> World:
    made = World()
    for one in of:
        made = made.of(one, **changes)
    return made


def planning(wanted: list[Spec], there: World) -> Callable[[], object]:
    desired = Desired("prod", OWNER, tuple(wanted), REVISION, NO_LIMIT, prune=True)
    snapshot = there.snapshot

    def act() -> None:
        to_guard(desired, snapshot)
        concerned(desired, snapshot)
        make_plan(desired, snapshot, {})

    return act


def unchanged(number: int) -> Callable[[], object]:
    return planning(specs(number), world(specs(number)))


def created(number: int) -> Callable[[], object]:
    return planning(specs(number), World())


def changed(number: int) -> Callable[[], object]:
    wanted = [
        replace(one, configuration=replace(one.configuration, description="new")) for one in specs(number)
    ]
    return planning(wanted, world(specs(number)))


def deleted(number: int) -> Callable[[], object]:
    return planning([spec("kept")], world(specs(number)))


def foreign(number: int) -> Callable[[], object]:
    return planning(specs(number), world(specs(number), marks=Marks("other", "x")))


def failed(number: int) -> Callable[[], object]:
    more = FixedScaling(3)
    wanted = [replace(one, configuration=replace(one.configuration, scaling=more)) for one in specs(number)]
    return planning(wanted, world(specs(number), state=State.FAILED))


def destroyed(number: int) -> Callable[[], object]:
    names, there = [one.name for one in specs(number)], world(specs(number)).snapshot
    return lambda: plan_destroy("prod", OWNER, names, there)


@pytest.mark.parametrize("make", [unchanged, created, changed, deleted, foreign, failed, destroyed])
def test_planning_is_linear(make: Callable[[int], Callable[[], object]]) -> None:
    assert growth(make) < LINEAR
