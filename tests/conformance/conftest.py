"""What the suites of this folder share: the reconciler's own port on every cloud that there is.

The double in memory and the emulator always. Real OCI when the environment says so, as in `test_operations`.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from datascience_emulator.lifecycle.progression import Reads
from tests.conformance.cases.outside import MADE_UP, REAL, FromEnvironment
from tests.support.emulator import Emulator
from tests.support.ports import Stand, emulated, in_memory, real

CLOUDS: list[Any] = ["memory", "emulator"]
if all(os.environ.get(name) for name in REAL):
    CLOUDS.append(pytest.param("oci", marks=pytest.mark.oci))


@pytest.fixture(scope="module")
def shared_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = Emulator(tmp_path_factory.mktemp("home"), Reads(6), ephemeral=True)
    yield running
    running.close()


@pytest.fixture(params=CLOUDS)
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    match request.param:
        case "memory":
            yield in_memory(MADE_UP)
        case "emulator":
            yield emulated(request.getfixturevalue("shared_emulator"), MADE_UP)
        case _:
            profile, compartment, _ = (os.environ[name] for name in REAL)
            made = real(profile, compartment, FromEnvironment())
            yield made
            made.clean()
