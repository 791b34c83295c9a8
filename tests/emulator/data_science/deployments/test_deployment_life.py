"""The whole life of projects, models and deployments, through the real SDK."""

import re
from typing import Any

import oci
import pytest
from oci.data_science import models as m


@pytest.mark.shows("tombstones", "same-url")
def test_the_whole_life(emulator: Any, make_artifact: Any) -> None:
    client, compartment = emulator.client, emulator.compartment
    project = client.create_project(m.CreateProjectDetails(compartment_id=compartment)).data
    assert project.lifecycle_state == "ACTIVE"
    assert re.fullmatch(r"datascienceproject\d{14}", project.display_name)

    details = m.CreateModelDetails(compartment_id=compartment, project_id=project.id, description="x")
    model = client.create_model(details).data
    content = make_artifact("one")
    posted = client.create_model_artifact(model.id, content, content_disposition="attachment; filename=v.zip")
    assert posted.status == 204
    assert client.get_model_artifact_content(model.id).data.content == content
    provenance = m.CreateModelProvenanceDetails(git_commit="abc", repository_url="https://example.com/r")
    client.create_model_provenance(model.id, provenance)
    client.update_model_provenance(model.id, m.UpdateModelProvenanceDetails(git_commit="def"))
    found = client.get_model_provenance(model.id).data
    assert (found.git_commit, found.repository_url) == ("def", "https://example.com/r")

    created = emulator.create(project.id, model.id)
    assert (created.status, created.data.lifecycle_state) == (200, "CREATING")
    assert created.headers["location"].endswith(f"/20190101/modelDeployments/{created.data.id}")
    work = emulator.finished(created)
    assert (work.status, work.percent_complete) == ("SUCCEEDED", 100.0)
    assert (work.resources[0].action_type, work.resources[0].identifier) == ("CREATED", created.data.id)
    assert "model-deployment" in work.resources[0].entity_type

    deployment = client.get_model_deployment(created.data.id).data
    assert deployment.lifecycle_state == "ACTIVE"
    assert deployment.model_deployment_url == f"{emulator.endpoint}/{deployment.id}"
    config = deployment.model_deployment_configuration_details
    assert re.fullmatch("sha256:[0-9a-f]{64}", config.environment_configuration_details.image_digest)
    answer = emulator.predict(deployment.id, model_name="densenet", model_version="1")
    assert (answer.status_code, answer.json()["answer"]) == (200, "one")
    assert answer.json()["headers"]["model_name"] == "densenet"
    assert "authorization" not in answer.json()["headers"]

    second = emulator.model(project.id, make_artifact("two"))
    updated = emulator.update(deployment.id, second)
    assert (updated.status, updated.data) == (202, None)
    assert emulator.finished(updated).resources[0].action_type == "UPDATED"
    assert emulator.predict(deployment.id).json()["answer"] == "two"

    emulator.finished(client.deactivate_model_deployment(deployment.id))
    assert client.get_model_deployment(deployment.id).data.lifecycle_state == "INACTIVE"
    assert emulator.predict(deployment.id).status_code == 404
    emulator.finished(client.activate_model_deployment(deployment.id))
    assert emulator.predict(deployment.id).json()["answer"] == "two"

    assert (
        emulator.finished(client.delete_model_deployment(deployment.id)).resources[0].action_type == "DELETED"
    )
    assert client.get_model_deployment(deployment.id).data.lifecycle_state == "DELETED"
    listed = client.list_model_deployments(compartment, lifecycle_state="DELETED").data
    assert [one.id for one in listed] == [deployment.id]
    assert emulator.predict(deployment.id).status_code == 404
    assert not list((emulator.home / "servers").glob("*/model-*"))

    for one in (model.id, second):
        assert client.delete_model(one).status == 204
        assert client.get_model(one).data.lifecycle_state == "DELETED"
    assert list((emulator.home / "artifacts").iterdir()) == []
    emulator.finished(client.delete_project(project.id))
    assert client.get_project(project.id).data.lifecycle_state == "DELETED"


@pytest.mark.shows("request-id", "times", "full-list")
def test_json_as_the_service_writes_it(emulator: Any) -> None:
    deployment = emulator.deploy()
    answer = emulator.raw("GET", f"/modelDeployments/{deployment}", opc_request_id="ABC")
    body = answer.json()
    assert re.fullmatch(r"ABC/[0-9A-F]{32}/[0-9A-F]{32}", answer.headers["opc-request-id"])
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["etag"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timeCreated"])
    assert "description" not in body
    instance = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"][
        "instanceConfiguration"
    ]
    assert '"ocpus": 1.0' in answer.text
    assert instance["modelDeploymentInstanceShapeConfigDetails"] == {"ocpus": 1.0, "memoryInGBs": 16.0}
    (listed,) = emulator.raw("GET", f"/modelDeployments?compartmentId={emulator.compartment}").json()
    assert body.keys() - listed.keys() == {"lifecycleDetails"}


@pytest.mark.shows("generated-names")
def test_a_create_that_names_nothing_gets_a_name(emulator: Any, make_configuration: Any) -> None:
    project = emulator.project()
    details = m.CreateModelDeploymentDetails(
        compartment_id=emulator.compartment,
        project_id=project,
        model_deployment_configuration_details=make_configuration(emulator.model(project)),
    )
    created = emulator.client.create_model_deployment(details).data
    assert re.fullmatch(r"modeldeployment\d{14}", created.display_name)


def test_models_switch_on_and_off(emulator: Any) -> None:
    project = emulator.project()
    model = emulator.model(project)
    assert emulator.client.deactivate_model(model).data.lifecycle_state == "INACTIVE"
    with pytest.raises(oci.exceptions.ServiceError, match="inactive"):
        emulator.create(project, model)
    with pytest.raises(oci.exceptions.ServiceError, match="IncorrectState"):
        emulator.client.deactivate_model(model)
    assert emulator.client.activate_model(model).data.lifecycle_state == "ACTIVE"


@pytest.mark.shows("maps-replaced")
def test_updates_of_projects_and_models(emulator: Any) -> None:
    project = emulator.project()
    changed = emulator.client.update_project(project, m.UpdateProjectDetails(description="new")).data
    assert (changed.display_name, changed.description) == ("p", "new")
    model = emulator.model(project, display_name="before", freeform_tags={"a": "1"})
    details = m.UpdateModelDetails(display_name="after", freeform_tags={"b": "2"})
    updated = emulator.client.update_model(model, details).data
    assert (updated.display_name, updated.freeform_tags) == ("after", {"b": "2"})


def test_shapes(emulator: Any) -> None:
    shapes = emulator.client.list_model_deployment_shapes(emulator.compartment, limit=100).data
    assert "VM.Standard.E4.Flex" in [shape.name for shape in shapes]


@pytest.mark.shows("work-story")
def test_work_requests_tell_their_story(emulator: Any) -> None:
    deployment = emulator.deploy()
    (work,) = emulator.client.list_work_requests(emulator.compartment, resource_id=deployment).data
    assert work.operation_type == "MODEL_DEPLOYMENT_CREATE"
    logs = [entry.message for entry in emulator.client.list_work_request_logs(work.id).data]
    assert "rolling 1 instances" in logs
    assert len(logs) == 6
    assert emulator.client.list_work_request_errors(work.id).data == []
    assert emulator.raw("GET", f"/workRequests/{work.id}").headers["retry-after"]
