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


def send(running: Emulator, world: World, method: str, url: str, body: Json | None = None) -> Any:
    """Without a condition or a retry token; the answer, when its work has ended."""
    data = None if body is None else json.dumps(body)
    answer = requests.request(method, url, data=data, auth=running.auth, timeout=10)
    work = answer.headers.get("opc-work-request-id")
    if work is not None:
        world.finished(oci.Response(answer.status_code, {"opc-work-request-id": work}, None, None))
    return answer


def shown(answer: requests.Response) -> Json:
    """What it says, without what is different each time."""
    document = answer.json() if answer.content else {}
    return {name: value for name, value in without_empty(document).items() if name not in GIVEN}


def leaves(running: Emulator, world: World, operation: str, url: str) -> bool:
    """Whether there is something at the URL; it stays as it is, whatever is stated as not set."""
    kind, before = body_of(operation), send(running, world, "GET", url).json()
    if before.get("lifecycleState") in ("DELETING", "DELETED"):
        return False
    full = with_unset(kind, restated(kind, before))
    alone = {name: value for name, value in full.items() if before.get(name) in (None, "", {})}
    for body in (full, alone):
        answer = send(running, world, "PUT", url, body)
        assert answer.ok, f"{answer.text}: {body}"
        after = send(running, world, "GET", url).json()
        assert {**after, "timeUpdated": None} == {**before, "timeUpdated": None}
    return True


@pytest.mark.parametrize("operation", OTHERS)
def test_what_is_not_set_makes_nothing_else(running: Emulator, world: World, operation: str) -> None:
    kind, update = body_of(operation), operation.replace("create_", "update_")
    for request in taken(world, operation):
        plain = least(kind, json.loads(request.body))
        if "name" in plain:  # of a version set, whose name is unique
            plain["name"] = world.named("plain")
        first = send(running, world, request.method, request.url, plain)
        assert first.status_code in (200, 202, 204, 409), first.text  # 409 where there can be only one
        if "name" in plain:
            plain["name"] = world.named("unset")
        second = send(running, world, request.method, request.url, with_unset(kind, plain))
        assert second.status_code == first.status_code, second.text
        assert shown(second) == shown(first)
        if first.ok and update in UPDATES:
            assert leaves(running, world, update, f"{request.url}/{first.json()['id']}")


@pytest.mark.parametrize("operation", UPDATES)
def test_what_is_not_set_changes_nothing(running: Emulator, world: World, operation: str) -> None:
    urls = {request.url for request in taken(world, operation)}
    found = [leaves(running, world, operation, url) for url in sorted(urls)]
    assert any(found)


@pytest.mark.shows("unset-values")
def test_what_is_not_set_replaces_no_server_and_goes_with_any_change(running: Emulator) -> None:
    """One option group may change while the servers run; whatever counted as a change of another would be one
    too many.
    """
    deployment = running.deploy()
    kind, path = body_of("update_model_deployment"), f"/modelDeployments/{deployment}"
    rolls = [*running.serving.rolls]
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
    assert running.serving.rolls == rolls
    assert running.raw("GET", path).json()["lifecycleState"] == "ACTIVE"


@pytest.mark.shows("empty-filters")
def test_a_filter_that_is_not_set_filters_nothing(running: Emulator) -> None:
    model = running.model(running.project())
    query = f"compartmentId={running.compartment}&id={model}&modelVersionSetName=&versionLabel=&page="
    assert [one["id"] for one in running.raw("GET", f"/models?{query}").json()] == [model]
