"""Every error of the service and of the network as one of ours, and lists page by page: against a real HTTP
server that answers as told.
"""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.artifact import Remote
from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    EtagMismatch,
    IncorrectState,
    NotAllowed,
    NotFound,
    SetupError,
    Transient,
)
from tests.support.http_service import COMPARTMENT, Asked, Reply, Service

DEPLOYMENT = "ocid1.datasciencemodeldeployment.oc1.iad.d"


def no_fetch(remote: Remote, sha256: str) -> Path:
    raise AssertionError(remote.url)


@pytest.fixture
def cloud(access: ServiceAccess) -> OciCloud:
    return OciCloud(access, COMPARTMENT, "serving", create_project=False, fetch=no_fetch)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidParameter", CloudError),
        (401, "NotAuthenticated", NotAllowed),
        (403, "NotAuthorized", NotAllowed),
        (404, "NotAuthorizedOrNotFound", NotFound),
        (409, "IncorrectState", IncorrectState),
        (409, "LockConflict", IncorrectState),
        (409, "Conflict", Conflict),
        (409, "InvalidatedRetryToken", Conflict),
        (412, "NoEtagMatch", EtagMismatch),
        (429, "TooManyRequests", Transient),
        (500, "InternalServerError", Transient),
        (501, "MethodNotImplemented", CloudError),
        (503, "ServiceUnavailable", Transient),
    ],
)
def test_a_status_becomes_one_kind_of_error(
    service: Service, cloud: OciCloud, status: int, code: str, kind: type[CloudError]
) -> None:
    service.say(status, {"code": code, "message": "because"}, opc_request_id="id/1/2")
    with pytest.raises(CloudError) as caught:
        cloud.deactivate_deployment(DEPLOYMENT, "etag-1")
    assert type(caught.value) is kind
    answer = caught.value.answer
    assert (answer.status, answer.code, answer.message, answer.request_id) == (
        status,
        code,
        "because",
        "id/1/2",
    )
    assert DEPLOYMENT in str(caught.value)
    assert caught.value.__cause__ is not None
    assert len(service.asked) == 1, "nothing is retried here"
    assert service.asked[0].headers["if-match"] == "etag-1"


def test_an_error_that_is_no_json_keeps_its_text(service: Service, cloud: OciCloud) -> None:
    service.answer = lambda _: (502, {"content-type": "text/html"}, b"<html>bad gateway</html>")
    with pytest.raises(Transient, match="bad gateway"):
        cloud.deployment_states()


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("soon", None), (None, None)])
def test_when_to_come_again_is_handed_on(
    service: Service, cloud: OciCloud, said: str | None, seconds: float | None
) -> None:
    headers = {"retry_after": said} if said else {}
    service.say(429, {"code": "TooManyRequests", "message": "later"}, **headers)
    with pytest.raises(Transient) as caught:
        cloud.deployment_states()
    assert caught.value.answer.retry_after == seconds


def test_when_to_come_again_as_a_date(service: Service, cloud: OciCloud) -> None:
    service.say(503, {"code": "ServiceUnavailable"}, retry_after="Fri, 01 Jan 2100 00:00:00 GMT")
    with pytest.raises(Transient) as caught:
        cloud.deployment_states()
    assert caught.value.answer.retry_after is not None
    assert caught.value.answer.retry_after > 86_400, "it is bounded by whoever waits"


def test_no_breaker_opens_after_many_failures(service: Service, cloud: OciCloud) -> None:
    service.say(503, {"code": "ServiceUnavailable", "message": "later"})
    for _ in range(15):
        with pytest.raises(Transient):
            cloud.deployment_states()
    assert len(service.asked) == 15


def test_nobody_there_is_transient(key_file: Path, access: ServiceAccess) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = ServiceAccess(access.config, access.signer, f"http://127.0.0.1:{taken.getsockname()[1]}")
        cloud = OciCloud(nowhere, COMPARTMENT, "serving", create_project=False, fetch=no_fetch)
        with pytest.raises(Transient) as caught:
            cloud.deployment_states()
    assert caught.value.answer.status == 0
    assert "no answer" in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b'[{"id": "d"'])
def test_an_answer_that_is_no_json_is_not_an_empty_cloud(
    service: Service, cloud: OciCloud, body: bytes
) -> None:
    service.answer = lambda _: (200, {"content-type": "text/html"}, body)
    with pytest.raises(Transient, match="is a proxy in between"):
        cloud.snapshot()


def paged(count: int, per_page: int) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        start = int(asked.path.partition("page=")[2].split("&")[0] or 0)
        items = [
            {"id": f"d{n}", "lifecycleState": "ACTIVE"} for n in range(start, min(start + per_page, count))
        ]
        more = {"opc-next-page": str(start + per_page)} if start + per_page < count else {}
        return 200, {"content-type": "application/json", **more}, json.dumps(items).encode()

    return answer


def test_lists_are_read_to_the_last_page_by_compartment_alone(service: Service, cloud: OciCloud) -> None:
    service.answer = paged(250, 100)
    assert len(cloud.deployment_states()) == 250
    queries = [asked.path.partition("?")[2] for asked in service.asked]
    first = {f"compartmentId={COMPARTMENT}", "limit=100"}
    assert [set(query.split("&")) for query in queries] == [first, {*first, "page=100"}, {*first, "page=200"}]


def test_an_empty_page_is_not_the_end(service: Service, cloud: OciCloud) -> None:
    def answer(asked: Asked) -> Reply:
        if "page=" in asked.path:
            return 200, {"content-type": "application/json"}, b'[{"id": "d", "lifecycleState": "ACTIVE"}]'
        return 200, {"content-type": "application/json", "opc-next-page": "2"}, b"[]"

    service.answer = answer
    assert list(cloud.deployment_states()) == ["d"]


def test_work_requests_are_paged_no_further_than_those_we_await(service: Service, cloud: OciCloud) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "POST":
            return 202, {"opc-work-request-id": "w150"}, b""
        start = int(asked.path.partition("page=")[2].split("&")[0] or 0)
        items = [{"id": f"w{n}", "status": "SUCCEEDED"} for n in range(start, start + 100)]
        headers = {"content-type": "application/json", "opc-next-page": str(start + 100)}
        return 200, headers, json.dumps(items).encode()

    service.answer = answer
    assert len(cloud.work_progress()) == 100
    assert cloud.activate_deployment(DEPLOYMENT, "e").work_request == "w150"
    assert cloud.work_progress()["w150"].done
    assert len(cloud.work_progress()) == 100


def test_two_projects_of_one_name_are_not_guessed_between(service: Service, cloud: OciCloud) -> None:
    found = [{"id": f"ocid1.p{n}", "displayName": "serving", "lifecycleState": "ACTIVE"} for n in range(2)]
    service.say(200, [*found, {"id": "ocid1.p3", "displayName": "serving", "lifecycleState": "DELETED"}])
    with pytest.raises(SetupError, match=r"ocid1\.p0, ocid1\.p1"):
        cloud.snapshot()


def test_a_missing_project_says_what_to_do(service: Service, cloud: OciCloud) -> None:
    service.say(200, [])
    with pytest.raises(SetupError, match="set the target's project"):
        cloud.create_model("m", "acme", "sha256:1", "token")
    assert cloud.snapshot().project.ocid is None
