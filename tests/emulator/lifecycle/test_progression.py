"""How long work takes: until clients have read the resource often enough, or by the clock."""

import asyncio
import time
from collections.abc import Callable

import pytest
from oci.data_science import models as m

from datascience_emulator.lifecycle.progression import Progression, Reads, Seconds
from tests.support.clusters import compute_target, private_endpoint
from tests.support.emulator import Emulator
from tests.support.waiting import wait_for


class Work:
    """Two steps on one resource."""

    def __init__(self, progression: Progression, key: str) -> None:
        self.done, self._progression, self._key = 0, progression, key
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        for step in (1, 2):
            await self._progression.pause(self._key, (step - 1) / 2, step / 2)
            self.done = step
        self._progression.forget(self._key)

    async def looked_at(self) -> int:
        """The steps that are done now, and after one more look."""
        before = await self.settled()
        self._progression.seen(self._key)
        assert before <= await self.settled()
        return before

    async def settled(self) -> int:
        for _ in range(10):
            await asyncio.sleep(0)  # whoever may go on does
        return self.done


def test_work_is_over_with_the_last_look_and_not_before() -> None:
    async def look() -> None:
        reads = Reads(3)
        one, other = Work(reads, "one"), Work(reads, "other")
        assert [await one.looked_at() for _ in range(4)] == [0, 0, 1, 2]
        assert await other.settled() == 0, "nobody looked at it"

    asyncio.run(look())


def test_the_next_work_on_it_takes_as_many_looks() -> None:
    async def look() -> None:
        reads = Reads(2)
        first = Work(reads, "one")
        assert [await first.looked_at() for _ in range(2)] == [0, 1]
        assert await first.settled() == 2
        second = Work(reads, "one")
        assert [await second.looked_at() for _ in range(3)] == [0, 1, 2]

    asyncio.run(look())


def test_seconds_are_spread_over_the_steps() -> None:
    async def wait() -> tuple[float, float]:
        began = time.monotonic()
        await Seconds(0.2).pause("one", 0, 0.5)
        half = time.monotonic()
        await Seconds(0.2).pause("one", 0.5, 1)
        return half - began, time.monotonic() - began

    half, whole = asyncio.run(wait())
    assert half >= 0.09
    assert whole >= 0.19


def version_set(emulator: Emulator) -> str:
    """One that is being deleted: making one is no work."""
    details = m.CreateModelVersionSetDetails(
        compartment_id=emulator.compartment, project_id=emulator.project(), name="s"
    )
    made = str(emulator.client.create_model_version_set(details).data.id)
    emulator.client.delete_model_version_set(made)
    return made


MADE: dict[str, Callable[[Emulator], str]] = {
    "list_model_version_sets": version_set,
    "list_compute_targets": lambda emulator: str(compute_target(emulator).data.id),
    "list_data_science_private_endpoints": lambda emulator: str(private_endpoint(emulator).data.id),
}


@pytest.mark.parametrize("operation", MADE)
def test_to_be_in_a_list_is_to_be_looked_at(start: Callable[..., Emulator], operation: str) -> None:
    emulator = start(Reads(2))
    made, store = MADE[operation](emulator), emulator.app.state.cloud.store

    def state() -> str:  # without a look
        return str(store.state_of(made))

    before = state()
    assert before in ("CREATING", "DELETING")
    for _ in range(2):
        assert state() == before
        getattr(emulator.client, operation)(emulator.compartment)
    wait_for(lambda: state() in ("ACTIVE", "DELETED"))


@pytest.mark.parametrize("old", [Reads(1), Seconds(3600)], ids=str)
def test_nothing_waits_for_a_progression_that_is_replaced(old: Progression) -> None:
    async def replace() -> None:
        waiting = asyncio.create_task(old.pause("one", 0, 1))
        await asyncio.sleep(0)
        old.end()
        await asyncio.wait_for(waiting, 10)
        await asyncio.wait_for(old.pause("one", 0, 1), 10)

    asyncio.run(replace())
