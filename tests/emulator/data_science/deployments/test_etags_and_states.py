"""Etags, retry tokens, conflicts and wrong states."""

import json
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as m
from oci.exceptions import ServiceError


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[int, str]:
    with pytest.raises(ServiceError) as error:
        call(*args, **kwargs)
    return error.value.status, error.value.code


@pytest.mark.shows("if-match")
def test_if_match(emulator: Any) -> None:
    deployment = emulator.deploy()
    client = emulator.client
    etag = client.get_model_deployment(deployment).headers["etag"]
    details = m.UpdateModelDeploymentDetails(description="x")
    stale = {"if_match": "0b8c1f3a-0000-0000-0000-000000000000"}
    assert refused(client.update_model_deployment, deployment, details, **stale) == (412, "NoEtagMatch")
    assert refused(client.delete_model_deployment, deployment, **stale) == (412, "NoEtagMatch")
    assert refused(client.deactivate_model_deployment, deployment, **stale) == (412, "NoEtagMatch")
    assert client.get_model_deployment(deployment).headers["etag"] == etag
    emulator.finished(client.update_model_deployment(deployment, details, if_match=etag))
    assert client.get_model_deployment(deployment).headers["etag"] != etag
    assert refused(client.delete_model_deployment, deployment, if_match=etag) == (412, "NoEtagMatch")


@pytest.mark.shows("retry-token")
def test_a_retry_token_creates_once(emulator: Any) -> None:
    client, compartment = emulator.client, emulator.compartment
    details = m.CreateProjectDetails(compartment_id=compartment, display_name="once")
    first = client.create_project(details, opc_retry_token="t")
    again = client.create_project(details, opc_retry_token="t")
    assert first.data.id == again.data.id
    assert first.headers["etag"] == again.headers["etag"]
    assert len(client.list_projects(compartment).data) == 1
    other = m.CreateProjectDetails(compartment_id=compartment, display_name="twice")
    assert refused(client.create_project, other, opc_retry_token="t") == (409, "InvalidatedRetryToken")
    assert client.create_project(other, opc_retry_token="u").data.id != first.data.id


def test_a_retry_token_of_a_deployment(emulator: Any, make_configuration: Any) -> None:
    project = emulator.project()
    details = m.CreateModelDeploymentDetails(
        compartment_id=emulator.compartment,
        project_id=project,
        model_deployment_configuration_details=make_configuration(emulator.model(project, b"")),
    )
    first = emulator.client.create_model_deployment(details, opc_retry_token="t")
    again = emulator.client.create_model_deployment(details, opc_retry_token="t")
    assert first.headers["opc-work-request-id"] == again.headers["opc-work-request-id"]
    emulator.settle(first.data.id)
    emulator.finished(emulator.client.delete_model_deployment(first.data.id))
    repeated = (emulator.client.create_model_deployment, details)
    assert refused(*repeated, opc_retry_token="t") == (409, "InvalidatedRetryToken")


def test_a_refusal_does_not_use_up_the_token(emulator: Any) -> None:
    details = m.CreateModelDetails(compartment_id=emulator.compartment, project_id="ocid1.x.oc1..y")
    refusal = (400, "RelatedResourceNotAuthorizedOrNotFound")
    assert refused(emulator.client.create_model, details, opc_retry_token="t") == refusal
    details.project_id = emulator.project()
    assert emulator.client.create_model(details, opc_retry_token="t").data.id


def test_a_retry_token_of_an_artifact(emulator: Any, make_artifact: Any) -> None:
    model = emulator.model(emulator.project())
    post = emulator.client.create_model_artifact
    first = post(model, make_artifact("a"), opc_retry_token="t")
    assert post(model, make_artifact("a"), opc_retry_token="t").headers["etag"] == first.headers["etag"]
    assert refused(post, model, make_artifact("b"), opc_retry_token="t") == (409, "InvalidatedRetryToken")
    assert refused(post, model, make_artifact("a")) == (409, "Conflict")


def test_work_under_way_excludes_other_work(emulator: Any, make_artifact: Any) -> None:
    deployment = emulator.deploy()
    model = emulator.model(emulator.project(), make_artifact("two"))
    emulator.serving.hold.set()
    started = emulator.update(deployment, model)
    client = emulator.client
    for call in (client.delete_model_deployment, client.deactivate_model_deployment):
        assert refused(call, deployment) == (409, "IncorrectState")
    details = m.UpdateModelDeploymentDetails(description="x")
    assert refused(client.update_model_deployment, deployment, details) == (409, "IncorrectState")
    assert emulator.predict(deployment).json()["answer"] == "one"  # the old revision serves on
    assert refused(client.delete_model, model) == (409, "Conflict")  # it is about to be used
    emulator.serving.hold.clear()
    emulator.finished(started)


def test_states_that_do_not_fit(emulator: Any) -> None:
    deployment, client = emulator.deploy(), emulator.client
    assert refused(client.activate_model_deployment, deployment) == (409, "IncorrectState")
    emulator.finished(client.delete_model_deployment(deployment))
    assert refused(client.delete_model_deployment, deployment) == (404, "NotAuthorizedOrNotFound")
    assert refused(client.get_model_deployment, "ocid1.x.oc1..y") == (404, "NotAuthorizedOrNotFound")


def test_what_is_used_cannot_be_deleted(emulator: Any) -> None:
    client, deployment = emulator.client, emulator.deploy()
    found = client.get_model_deployment(deployment).data
    model = found.model_deployment_configuration_details.model_configuration_details.model_id
    assert refused(client.delete_model, model) == (409, "Conflict")
    assert refused(client.delete_project, found.project_id) == (409, "Conflict")
    emulator.finished(client.delete_model_deployment(deployment))
    assert refused(client.delete_project, found.project_id) == (409, "Conflict")
    client.delete_model(model)
    assert emulator.finished(client.delete_project(found.project_id)).operation_type == "PROJECT_DELETE"


def test_provenance_is_created_once(emulator: Any) -> None:
    model, client = emulator.model(emulator.project()), emulator.client
    assert refused(client.get_model_provenance, model) == (404, "NotAuthorizedOrNotFound")
    details = m.CreateModelProvenanceDetails(git_branch="main")
    client.create_model_provenance(model, details)
    assert refused(client.create_model_provenance, model, details) == (409, "Conflict")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NotFound"),
        ("PATCH", "/models", 405, "MethodNotAllowed"),
        ("GET", "/models/ocid1.x.oc1..y", 404, "NotAuthorizedOrNotFound"),
    ],
)
def test_wrong_addresses(emulator: Any, method: str, path: str, status: int, code: str) -> None:
    answer = emulator.raw(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["opc-request-id"]


def test_a_body_that_is_not_json(emulator: Any) -> None:
    answer = emulator.raw("POST", "/projects", b"{")
    assert (answer.status_code, answer.json()["code"]) == (400, "CannotParseRequest")
    answer = emulator.raw("POST", "/projects", b"[]")
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


class TestPredict:
    def test_limits(self, emulator: Any) -> None:
        deployment = emulator.deploy()
        url = f"{emulator.endpoint}/{deployment}/predict"
        assert emulator.predict(deployment, b"x" * 10_000_000).status_code == 200
        answer = emulator.predict(deployment, b"x" * 10_000_001)
        assert (answer.status_code, answer.json()["code"]) == (413, "PayloadTooLarge")
        answer = requests.post(url, data=iter([b"{}"]), timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (411, "LengthRequired")
        assert requests.get(url, timeout=10).json()["code"] == "MethodNotAllowed"

    def test_an_answer_that_is_no_stream(self, emulator: Any) -> None:
        deployment = emulator.deploy()
        url = f"{emulator.endpoint}/{deployment}/predictWithResponseStream"
        answer = requests.post(url, data=json.dumps({}), auth=emulator.auth, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (409, "ExternalServerIncorrectState")

    def test_a_deployment_without_triton(self, emulator: Any) -> None:
        answer = emulator.predict(emulator.deploy(triton=False))
        assert (answer.status_code, answer.json()["code"]) == (503, "ServiceUnavailable")
        assert "CONTAINER_TYPE=TRITON" in answer.json()["message"]

    def test_a_machine_without_triton(self, start: Any, fake_serving: Any) -> None:
        fake_serving.missing = "tritonserver is missing: pip install it"
        emulator = start(serving=fake_serving)
        deployment = emulator.deploy()
        assert emulator.settle(deployment).lifecycle_state == "ACTIVE"
        answer = emulator.predict(deployment)
        assert answer.status_code == 503
        assert "pip install it" in answer.json()["message"]


def test_the_sdk_is_given_typed_errors(emulator: Any) -> None:
    with pytest.raises(oci.exceptions.ServiceError) as error:
        emulator.client.get_model("ocid1.x.oc1..y")
    assert error.value.request_id
    assert error.value.message == "Authorization failed or requested resource not found."
