"""Model deployments with a real Triton behind them, driven by the command `oci`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.strangers.command_line import Oci
from tests.strangers.documents import COMMAND, WAIT, answer, ask, configuration
from tests.support.serving import Client, packed
from tests.support.tiny_models import mark_repository

LOGS = {
    name: {"logGroupId": "ocid1.loggroup.oc1.iad.amaaaaaalogs", "logId": f"ocid1.log.oc1.iad.amaaaaaa{name}"}
    for name in ("access", "predict")
}


@pytest.fixture(scope="module")
def models(cloud: Client, project: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two models of one version structure; the first answers with the mark 1, the second with 2."""
    folders = [mark_repository(tmp_path_factory.mktemp("repository"), mark) for mark in (1, 2)]
    return [cloud.model(project, packed(folder)) for folder in folders]


@pytest.fixture(scope="module")
def deployment(oci: Oci, compartment: str, project: str, models: list[str]) -> str:
    """One that serves the first model, and that no test changes."""
    work = create(oci, compartment, project, configuration(models[0]), category_log_details=LOGS)
    return resource(work)


def create(oci: Oci, compartment: str, project: str, configured: Any, **more: Any) -> Any:
    """The work request, which the command has waited for."""
    return oci(
        "data-science model-deployment create",
        compartment_id=compartment,
        project_id=project,
        model_deployment_configuration_details=configured,
        **more,
        **WAIT,
    )["data"]


def test_the_life_of_a_deployment(oci: Oci, compartment: str, project: str, models: list[str]) -> None:
    old, new = models
    created = create(
        oci,
        compartment,
        project,
        configuration(old),
        display_name="life",
        description="of a deployment",
        freeform_tags={"a": "b"},
    )
    assert (created["operation-type"], created["status"]) == ("MODEL_DEPLOYMENT_CREATE", "SUCCEEDED")
    assert created["percent-complete"] == 100
    assert created["time-finished"] >= created["time-started"] >= created["time-accepted"]
    deployment = resource(created)

    got = get(oci, deployment)
    assert got["lifecycle-state"] == "ACTIVE"
    assert (got["display-name"], got["description"]) == ("life", "of a deployment")
    assert (got["project-id"], got["compartment-id"]) == (project, compartment)
    assert got["freeform-tags"] == {"a": "b"}
    assert_serves(got, old)
    assert answer(oci, got) == {"MARK": [1], "SUM": [3.0]}

    updated = run(
        oci, "update", deployment, force=True, model_deployment_configuration_details=configuration(new)
    )
    assert updated["operation-type"] == "MODEL_DEPLOYMENT_UPDATE"
    got = get(oci, deployment)
    assert got["lifecycle-state"] == "ACTIVE"
    assert_serves(got, new)
    assert answer(oci, got) == {"MARK": [2], "SUM": [3.0]}

    run(oci, "deactivate", deployment)
    assert get(oci, deployment)["lifecycle-state"] == "INACTIVE"
    silent = ask(oci, got)
    assert silent["status"].startswith("404")
    assert silent["data"]["code"] == "NotAuthorizedOrNotFound"
    run(oci, "activate", deployment)
    assert answer(oci, get(oci, deployment)) == {"MARK": [2], "SUM": [3.0]}

    run(oci, "delete", deployment, force=True)
    assert get(oci, deployment)["lifecycle-state"] == "DELETED"
    operations = oci("data-science work-request list", compartment_id=compartment, resource_id=deployment)
    assert {one["operation-type"] for one in operations["data"]} == {
        f"MODEL_DEPLOYMENT_{verb}" for verb in ("CREATE", "UPDATE", "DEACTIVATE", "ACTIVATE", "DELETE")
    }


def test_a_work_request_tells_what_was_done(oci: Oci, compartment: str, deployment: str) -> None:
    (work,) = oci("data-science work-request list", compartment_id=compartment, resource_id=deployment)[
        "data"
    ]
    got = oci("data-science work-request get", work_request_id=work["id"])["data"]
    assert got["status"] == "SUCCEEDED"
    assert [one["identifier"] for one in got["resources"] if one["action-type"] == "CREATED"] == [deployment]
    logs = oci("data-science work-request list-work-request-logs", work_request_id=work["id"])["data"]
    assert len(logs) > 1
    assert all(entry["message"] and entry["timestamp"] for entry in logs)
    errors = oci("data-science work-request list-work-request-errors", work_request_id=work["id"])
    assert errors is None or errors["data"] == []
    late = oci.refused("data-science work-request cancel", work_request_id=work["id"], force=True)
    assert (late.status, late.code) == (409, "IncorrectState")


def test_a_deployment_that_cannot_start_says_why(
    oci: Oci, compartment: str, project: str, cloud: Client
) -> None:
    no_repository = cloud.model(project, b"not a zip")
    work = resource_of_failure(oci, compartment, project, configuration(no_repository))
    assert work["status"] == "FAILED"
    errors = oci("data-science work-request list-work-request-errors", work_request_id=work["id"])["data"]
    assert errors
    assert all(error["code"] and error["message"] for error in errors)
    assert get(oci, resource(work))["lifecycle-state"] == "FAILED"


def test_refusals_reach_the_user(
    oci: Oci, compartment: str, project: str, models: list[str], deployment: str
) -> None:
    unknown = oci.refused(
        "data-science model-deployment get",
        model_deployment_id="ocid1.datasciencemodeldeployment.oc1.iad.none",
    )
    assert (unknown.status, unknown.code) == (404, "NotAuthorizedOrNotFound")
    assert unknown.message
    assert unknown.request_id.count("/") == 2

    two_options = configuration(models[1], bandwidth=20)
    wrong = oci.refused(
        "data-science model-deployment update",
        model_deployment_id=deployment,
        model_deployment_configuration_details=two_options,
        force=True,
    )
    assert (wrong.status, wrong.code) == (400, "InvalidParameter")
    assert wrong.message

    active = oci.refused("data-science model-deployment activate", model_deployment_id=deployment)
    assert (active.status, active.code) == (409, "IncorrectState")
    assert "ACTIVE" in active.message
    assert get(oci, deployment)["lifecycle-state"] == "ACTIVE"
    used = oci.refused("data-science model delete", model_id=models[0], force=True)
    assert (used.status, used.code) == (409, "Conflict")
    assert deployment in used.message


def test_predictions_are_counted(oci: Oci, compartment: str, deployment: str) -> None:
    served, before = get(oci, deployment), counted(oci, compartment, deployment)
    for _ in range(2):
        answer(oci, served)
    assert counted(oci, compartment, deployment) == before + 2


def counted(oci: Oci, compartment: str, deployment: str) -> float:
    """Requests to the deployment, as its metrics tell."""
    summarized = oci(
        "monitoring metric-data summarize-metrics-data",
        compartment_id=compartment,
        namespace="oci_datascience_modeldeploy",
        query_text=f'PredictRequestCount[1m]{{resourceId = "{deployment}"}}.sum()',
    )
    streams = summarized["data"] if summarized else []
    return sum(point["value"] for stream in streams for point in stream["aggregated-datapoints"])


def test_logs(oci: Oci, compartment: str, deployment: str) -> None:
    answer(oci, get(oci, deployment))
    assert any("successfully loaded 'mark'" in line for line in logged(oci, compartment, LOGS["predict"]))
    assert any("/predict" in line for line in logged(oci, compartment, LOGS["access"]))


def logged(oci: Oci, compartment: str, log: dict[str, str]) -> list[str]:
    now = datetime.now(UTC)
    found = oci(
        "logging-search search-logs",
        search_query=f'search "{compartment}/{log["logGroupId"]}/{log["logId"]}" | sort by datetime asc',
        time_start=(now - timedelta(hours=1)).isoformat(),
        time_end=(now + timedelta(minutes=1)).isoformat(),
    )["data"]["results"]
    return [one["data"]["logContent"]["data"]["message"] for one in found]


def test_what_there_is_to_choose_from(oci: Oci, compartment: str) -> None:
    shapes = oci("data-science model-deployment-shape list", compartment_id=compartment, all=True)["data"]
    assert "VM.Standard.E4.Flex" in [shape["name"] for shape in shapes]
    containers = oci("data-science container list", all=True)["data"]
    assert all(one["container-name"] and one["display-name"] for one in containers)
    assert containers


def test_what_is_left_of_a_limit(oci: Oci, compartment: str) -> None:
    left = oci(
        "limits resource-availability get",
        service_name="data-science",
        limit_name="model-deploy-count",
        compartment_id=compartment,
    )["data"]
    assert left["available"] > 0


def test_a_log_in_a_group(oci: Oci, compartment: str) -> None:
    oci("logging log-group create", compartment_id=compartment, display_name="strangers")
    (group,) = oci("logging log-group list", compartment_id=compartment, display_name="strangers")["data"]
    oci("logging log create", log_group_id=group["id"], display_name="predict", log_type="custom")
    (log,) = oci("logging log list", log_group_id=group["id"])["data"]
    found = oci("logging log get", log_group_id=group["id"], log_id=log["id"])["data"]
    assert (found["is-enabled"], found["lifecycle-state"]) == (True, "ACTIVE")


def run(oci: Oci, verb: str, deployment: str, **options: Any) -> Any:
    """The work request of the verb, which has succeeded."""
    work = oci(f"data-science model-deployment {verb}", model_deployment_id=deployment, **options, **WAIT)[
        "data"
    ]
    assert work["status"] == "SUCCEEDED"
    assert resource(work) == deployment
    return work


def resource_of_failure(oci: Oci, compartment: str, project: str, configured: Any) -> Any:
    return oci(
        "data-science model-deployment create",
        compartment_id=compartment,
        project_id=project,
        model_deployment_configuration_details=configured,
        **{**WAIT, "wait_for_state": "FAILED"},
    )["data"]


def resource(work: Any) -> str:
    """The deployment that the work request is about."""
    (found,) = {
        one["identifier"] for one in work["resources"] if "model-deployment" in one["entity-type"].lower()
    }
    return str(found)


def get(oci: Oci, deployment: str) -> Any:
    return oci("data-science model-deployment get", model_deployment_id=deployment)["data"]


def assert_serves(deployment: Any, model: str) -> None:
    """The configuration is what was asked, as the service writes it."""
    configured = deployment["model-deployment-configuration-details"]
    one = configured["model-configuration-details"]
    assert (one["model-id"], one["bandwidth-mbps"]) == (model, 10)
    assert one["scaling-policy"]["instance-count"] == 1
    instance = one["instance-configuration"]
    assert instance["instance-shape-name"] == "VM.Standard.E4.Flex"
    flexible = instance["model-deployment-instance-shape-config-details"]
    assert (flexible["ocpus"], flexible["memory-in-gbs"]) == (1.0, 16.0)
    environment = configured["environment-configuration-details"]
    assert environment["cmd"] == COMMAND
    assert environment["environment-variables"] == {"CONTAINER_TYPE": "TRITON"}
    assert environment["image-digest"].startswith("sha256:")
