"""One emulator without Triton for all recordings, and the work that is held in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.lifecycle.progression import Immediate
from tests.support.emulator import Emulator
from tests.support.waiting import wait_for

Held = Callable[[str], Any]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = Emulator(tmp_path_factory.mktemp("home"), Immediate(), ephemeral=True)
    yield running
    running.close()


@pytest.fixture
def held(cloud: Emulator) -> Held:
    """`with held("create_model_deployment"):` the work of the next such call stays IN_PROGRESS inside."""

    @contextmanager
    def hold(operation: str) -> Iterator[None]:
        cloud.orders.add(Order(Fault.HOLD, operation))
        try:
            yield
        finally:
            wait_for(lambda: cloud.orders.held)
            cloud.orders.release()
            wait_for(lambda: not cloud.orders.held)

    return hold
