"""As `test_unset_values`, for the services beside Data Science: each operation with a body is sent what it
needs at least, and then the same with every optional field that the SDK's models know stated as not set.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import oci
import pytest
import requests

from datascience_emulator.app.routes import SERVICES
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.wire.empty_values import without_empty
from tests.support.emulator import Emulator
from tests.support.unset_values import Json, body_of, with_unset

CLIENTS: dict[str, Any] = {
    "Identity": oci.identity.IdentityClient,
    "Logging": oci.logging.LoggingManagementClient,
    "Logging Search": oci.loggingsearch.LogSearchClient,
    "Object Storage": oci.object_storage.ObjectStorageClient,
    "Monitoring": oci.monitoring.MonitoringClient,
    "Resource Search": oci.resource_search.ResourceSearchClient,
}
WITH_BODIES = {
    operation.name: (service, operation)
    for service in SERVICES
    for operation in service.operations
    if service.name in CLIENTS and body_of(operation.name, CLIENTS[service.name]) is not None
}
DAY = {"timeStart": "2026-01-01T00:00:00Z", "timeEnd": "2026-01-02T00:00:00Z"}


class Place:
    """One emulator; what an operation needs is made when it is asked for."""

    def __init__(self, running: Emulator) -> None:
        self.running, self.numbers = running, count(1)
        self.ns = self.send("GET", "/n").json()

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        url, auth = f"{self.running.endpoint}{path}", self.running.auth
        content = {"data": body} if isinstance(body, bytes) else {"json": body}
        return requests.request(method, url, auth=auth, timeout=10, **content)

    def name(self) -> str:
        return f"name-{next(self.numbers)}"

    def group(self) -> str:
        body = {"compartmentId": self.running.compartment, "displayName": self.name()}
        self.send("POST", "/20200531/logGroups", body)
        groups = self.send("GET", f"/20200531/logGroups?compartmentId={self.running.compartment}").json()
        return str(groups[0]["id"])

    def log(self, group: str) -> str:
        self.send(
            "POST", f"/20200531/logGroups/{group}/logs", {"displayName": self.name(), "logType": "CUSTOM"}
        )
        return str(self.send("GET", f"/20200531/logGroups/{group}/logs").json()[0]["id"])

    def bucket(self) -> str:
        body = {"name": self.name(), "compartmentId": self.running.compartment}
        return str(self.send("POST", f"/n/{self.ns}/b", body).json()["name"])

    def upload(self, bucket: str) -> tuple[str, str]:
        """The id of an upload of the object "o", and the etag of its only part."""
        made = self.send("POST", f"/n/{self.ns}/b/{bucket}/u", {"object": "o"}).json()["uploadId"]
        part = self.send("PUT", f"/n/{self.ns}/b/{bucket}/u/o?uploadId={made}&uploadPartNum=1", b"content")
        return made, part.headers["etag"]


def request_of(place: Place, operation: str) -> tuple[str, Json]:
    """The path below the service's base, and the least body."""
    here = f"compartmentId={place.running.compartment}"
    match operation:
        case "create_compartment":
            named = {"name": place.name(), "description": "d"}
            return "/compartments", {"compartmentId": place.running.tenancy, **named}
        case "update_compartment":
            return f"/compartments/{place.running.other_compartment()}", {}
        case "create_log_group":
            return "/logGroups", {"compartmentId": place.running.compartment, "displayName": place.name()}
        case "create_log":
            return f"/logGroups/{place.group()}/logs", {"displayName": place.name(), "logType": "CUSTOM"}
        case "update_log":
            group = place.group()
            return f"/logGroups/{group}/logs/{place.log(group)}", {"displayName": "log"}
        case "search_logs":
            return "/search", {**DAY, "searchQuery": f'search "{place.running.compartment}"'}
        case "list_metrics":
            return f"/metrics/actions/listMetrics?{here}", {}
        case "summarize_metrics_data":
            query = {"namespace": "oci_datascience_modeldeploy", "query": "PredictLatency[1m].mean()"}
            return f"/metrics/actions/summarizeMetricsData?{here}", query
        case "search_resources":
            return "/resources", {"type": "FreeText", "text": "nothing of this name"}
        case "create_bucket":
            return f"/n/{place.ns}/b", {"name": place.name(), "compartmentId": place.running.compartment}
    return of_bucket(place, operation, place.bucket())


def of_bucket(place: Place, operation: str, bucket: str) -> tuple[str, Json]:
    path = f"/n/{place.ns}/b/{bucket}"
    match operation:
        case "update_bucket":
            return path, {}
        case "rename_object":
            place.send("PUT", f"{path}/o/old", b"content")
            return f"{path}/actions/renameObject", {"sourceName": "old", "newName": "new"}
        case "create_multipart_upload":
            return f"{path}/u", {"object": "o"}
        case "commit_multipart_upload":
            upload, etag = place.upload(bucket)
            return f"{path}/u/o?uploadId={upload}", {"partsToCommit": [{"partNum": 1, "etag": etag}]}
    raise AssertionError(f"no request for {operation}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    running = Emulator(tmp_path_factory.mktemp("home"), Immediate(), ephemeral=True)
    yield Place(running)
    running.close()


@pytest.mark.parametrize("operation", sorted(WITH_BODIES))
def test_what_is_not_set_says_nothing(place: Place, operation: str) -> None:
    service, row = WITH_BODIES[operation]
    kind = body_of(operation, CLIENTS[service.name])
    answers = []
    for change in (lambda body: body, lambda body: with_unset(kind, body)):
        path, body = request_of(place, operation)
        answers.append(place.send(row.method, f"{service.base}{path}", change(body)))
    plain, unset = answers
    assert plain.ok, plain.text
    assert unset.status_code == plain.status_code, unset.text
    if plain.content and isinstance(plain.json(), dict):
        assert without_empty(unset.json()).keys() == without_empty(plain.json()).keys()
