"""Clients in other languages state what is not set: an empty text, zero, an empty list, an empty map. That
says nothing, whatever the operation.

The bodies are those that the cases of the conformance suite send and the emulator takes. They are sent again,
with every optional field stated as not set that the SDK's models know.
"""

import json
from collections.abc import Iterator
from typing import Any

import oci
import pytest
import requests

from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.wire.empty_values import without_empty
from tests.conformance.cases import IN_SCOPE
from tests.conformance.test_operations import emulated
from tests.support.emulator import Emulator
from tests.support.operations import CASES, World
from tests.support.unset_values import Json, body_of, least, restated, with_unset

WRITTEN = sorted(name for name in IN_SCOPE if body_of(name) is not None)
UPDATES = [name for name in WRITTEN if name.startswith("update_")]
OTHERS = [name for name in WRITTEN if name not in UPDATES]
GIVEN = {
    "id",
    "sourceModelGroupId",
    "timeCreated",
    "timeUpdated",
    "displayName",
    "name",
    "modelDeploymentUrl",
    "fqdn",
    "versionId",
}
"""What is the service's own in each thing that is made."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    started = Emulator(tmp_path_factory.mktemp("home"), Immediate(), ephemeral=True)
    yield started
    started.close()


@pytest.fixture
def world(running: Emulator) -> World:
    """It is not cleaned: the emulator ends with the module, and every case makes things of its own."""
    return emulated(running)


def taken(world: World, operation: str) -> list[oci.Request]:
    """The requests of its cases that were not refused."""
    for one in CASES[operation]:
        one(world)
    return world.client.taken[operation]


def send(running: Emulator, world: World, request: oci.Request, method: str, body: Json | None) -> Any:
    """The same request with another body, without its condition and retry token; and the end of its work."""
    data = None if body is None else json.dumps(body)
    answer = requests.request(method, request.url, data=data, auth=running.auth, timeout=10)
    work = answer.headers.get("opc-work-request-id")
    if work is not None:
        world.finished(oci.Response(answer.status_code, {"opc-work-request-id": work}, None, None))
    return answer


def shown(answer: requests.Response) -> Json:
    """What it says, without what is different each time."""
    document = answer.json() if answer.content else {}
    return {name: value for name, value in without_empty(document).items() if name not in GIVEN}


@pytest.mark.parametrize("operation", OTHERS)
def test_what_is_not_set_makes_nothing_else(running: Emulator, world: World, operation: str) -> None:
    kind = body_of(operation)
    for request in taken(world, operation):
        plain = least(kind, json.loads(request.body))
        if "name" in plain:  # of a version set, whose name is unique
            plain["name"] = world.named("plain")
        first = send(running, world, request, request.method, plain)
        if "name" in plain:
            plain["name"] = world.named("unset")
        second = send(running, world, request, request.method, with_unset(kind, plain))
        assert second.status_code == first.status_code, second.text
        assert shown(second) == shown(first)


@pytest.mark.parametrize("operation", UPDATES)
def test_what_is_not_set_changes_nothing(running: Emulator, world: World, operation: str) -> None:
    kind, looked = body_of(operation), 0
    for request in taken(world, operation):
        before = send(running, world, request, "GET", None).json()
        if before.get("lifecycleState") in ("DELETING", "DELETED"):
            continue
        looked += 1
        stated = restated(kind, before)
        full = with_unset(kind, stated)
        alone = {name: value for name, value in full.items() if before.get(name) is None}
        for body in (full, alone):
            answer = send(running, world, request, request.method, body)
            assert answer.ok, f"{answer.text}: {body}"
            after = send(running, world, request, "GET", None).json()
            assert {**after, "timeUpdated": None} == {**before, "timeUpdated": None}
    assert looked


def test_what_is_not_set_replaces_no_server_and_goes_with_any_change(running: Emulator) -> None:
    """One option group may change while the servers run; whatever counted as a change of another would be one
    too many.
    """
    deployment = running.deploy()
    kind, path, rolls = (
        body_of("update_model_deployment"),
        f"/modelDeployments/{deployment}",
        running.serving.rolls,
    )
    started = len(rolls)
    for bandwidth in (None, 20):
        stated = restated(kind, running.raw("GET", path).json())
        body = with_unset(kind, stated)
        if bandwidth is not None:
            body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]["bandwidthMbps"] = (
                bandwidth
            )
        answer = running.raw("PUT", path, body)
        assert answer.status_code == 202, answer.text
        assert running.finished(answer).status == "SUCCEEDED"
    assert len(rolls) == started
    assert running.raw("GET", path).json()["lifecycleState"] == "ACTIVE"


def test_a_filter_that_is_not_set_filters_nothing(running: Emulator) -> None:
    model = running.model(running.project())
    query = f"compartmentId={running.compartment}&id={model}&modelVersionSetName=&versionLabel=&page="
    assert [one["id"] for one in running.raw("GET", f"/models?{query}").json()] == [model]
