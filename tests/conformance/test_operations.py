"""Every operation around models, groups, deployments and work requests, on each cloud there is.

The emulator always. Real OCI too when OCI_CONFORMANCE_PROFILE (of ~/.oci/config), OCI_CONFORMANCE_COMPARTMENT
and OCI_CONFORMANCE_OTHER_COMPARTMENT are set, and what `cases/outside.py` names: `pytest -m oci
tests/conformance/test_operations.py`. It makes resources there, and deployments cost money while it runs.
"""

import inspect
import os
import re
from collections.abc import Iterator
from typing import Any

import oci
import pytest
from oci.circuit_breaker import NoCircuitBreakerStrategy
from oci.data_science import DataScienceClient
from oci.object_storage import ObjectStorageClient

from datascience_emulator.app.routes import DATA_SCIENCE
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.reference.absent import ABSENT
from tests.conformance.cases import IN_SCOPE
from tests.conformance.cases.outside import MADE_UP, REAL, FromEnvironment
from tests.support.emulator import Emulator
from tests.support.operations import CASES, Client, World

CLOUDS: list[Any] = ["emulator"]
if all(os.environ.get(name) for name in REAL):
    CLOUDS.append(pytest.param("oci", marks=pytest.mark.oci))


@pytest.fixture(scope="module", params=CLOUDS)
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if request.param == "oci":
        yield real()
        return
    running = Emulator(tmp_path_factory.mktemp("home"), Immediate(), ephemeral=True)
    yield emulated(running)
    running.close()


@pytest.fixture
def world(cloud: World) -> Iterator[World]:
    """Nothing is sent yet."""
    made = cloud.anew()
    yield made
    made.clean()


def emulated(running: Emulator) -> World:
    return World(
        Client(running.client),
        ObjectStorageClient(running.config, service_endpoint=running.endpoint),
        running.config["region"],
        running.compartment,
        running.other_compartment(),
        MADE_UP,
        patience=15,
    )


def real() -> World:
    profile, compartment, other = (os.environ[name] for name in REAL)
    config = oci.config.from_file(profile_name=profile)
    return World(
        Client(DataScienceClient(config, circuit_breaker_strategy=NoCircuitBreakerStrategy())),
        ObjectStorageClient(config),
        config["region"],
        compartment,
        other,
        FromEnvironment(),
        patience=4 * 60 * 60,
    )


@pytest.mark.parametrize("operation", sorted(IN_SCOPE))
def test_operation(world: World, operation: str) -> None:
    assert CASES[operation], f"no case calls {operation}"
    for one in CASES[operation]:
        one(world)
    assert world.client.sent.missing(operation) == []
    assert world.client.faults == set()


def test_every_operation_of_the_client_is_there_or_said_to_be_absent() -> None:
    methods = {name for name in vars(DataScienceClient) if not name.startswith("_")}
    there = [one.name for one in DATA_SCIENCE.operations]
    absent = [name for names in ABSENT.values() for name in names]
    assert sorted([*there, *absent]) == sorted(methods)


def test_the_scope_is_what_is_there() -> None:
    assert {one.name for one in DATA_SCIENCE.operations} == IN_SCOPE


@pytest.mark.parametrize("one", DATA_SCIENCE.operations, ids=lambda one: one.name)
def test_each_is_where_the_client_looks_for_it(one: Any) -> None:
    source = inspect.getsource(getattr(DataScienceClient, one.name))
    path = re.search(r'resource_path = "(.*?)"', source)
    method = re.search(r'method = "(.*?)"', source)
    assert path is not None
    assert method is not None
    assert (method.group(1), re.sub(r"{\w+}", "{}", path.group(1))) == (
        one.method,
        re.sub(r"{[\w:]+}", "{}", one.path),
    )
