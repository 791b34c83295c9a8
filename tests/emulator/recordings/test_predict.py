"""Predict endpoints and their logs answer as they did where somebody recorded it. Each test names its source:
A is oracle/accelerated-data-science, S oracle-samples/oci-data-science-ai-samples.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import oci
import pytest
from oci.data_science import models as m
from oci.loggingsearch import LogSearchClient
from oci.loggingsearch.models import SearchLogsDetails

from datascience_emulator.triton.inference_requests import opened
from datascience_emulator.triton.routing import ModelRoute, find_route
from tests.support.emulator import Emulator, FakeFleet, Reply, artifact, configuration
from tests.support.waiting import wait_for

ACCESS, PREDICT = ("ocid1.log.oc1.iad.access", "ocid1.log.oc1.iad.predict")
GROUP = "ocid1.loggroup.oc1.iad.group"


@pytest.mark.parametrize("server", ["uvicorn", "Werkzeug/2.2.2 Python/3.10.6"])
def test_the_headers_of_an_answer(cloud: Emulator, monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    """A docs/source/user_guide/model_registration/frameworks/sklearnmodel.rst, 2022; S model-deployment/
    containers/nlp_model/Deploy LDA NLP model - Quick Start.md, 2022: the container's own, and one more.
    """

    async def predict(*_: Any) -> Reply:
        own = {"Content-Type": "application/json", "Server": server, "X-Mine": "1"}
        of_connection = {"Connection": "keep-alive, X-Hop", "X-Hop": "1", "Keep-Alive": "5", "Upgrade": "h2c"}
        of_message = {"Content-Length": "7000", "Transfer-Encoding": "chunked", "opc-request-id": "mine"}
        return Reply(200, own | of_connection | of_message, b"{}")

    deployment = cloud.deploy()
    monkeypatch.setattr(FakeFleet, "predict", predict)
    answer = cloud.predict(deployment)
    assert (answer.headers["server"], answer.headers["x-mine"]) == (server, "1")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["opc-request-id"].count("/") == 2
    assert answer.headers["content-length"] == "2"
    assert {"x-hop", "keep-alive", "upgrade", "transfer-encoding"}.isdisjoint(answer.headers)


def test_a_server_hands_on_its_own_headers() -> None:
    sent = {"content-type": "text/event-stream", "server": "uvicorn", "transfer-encoding": "chunked"}
    assert opened(httpx.Response(200, headers=sent)).headers == sent


def test_two_models_of_one_deployment() -> None:
    """S model-deployment/containers/Triton/Deploying onnx and pytorch multi models using Triton.md."""
    for model, version in (("densenet_onnx", "1"), ("resnet", "2")):
        found = find_route({"model_name": model, "model_version": version}, {"CONTAINER_TYPE": "TRITON"})
        assert found == ModelRoute(model, version)


def test_a_group(cloud: Emulator) -> None:
    """S model-group-deployment/homogeneous_model_group_deployment, 2025: an artifact of the group's own gets
    204, an update to another group 202.
    """
    project = cloud.project()
    member = cloud.model(project, artifact("member"))
    groups = []
    for _ in range(2):
        group = cloud.client.create_model_group(
            cloud.group_details(project, {"key": member}, m.HomogeneousModelGroupDetails())
        )
        uploaded = cloud.client.create_model_group_artifact(
            group.data.id, artifact("group"), content_disposition="attachment; filename=group.zip"
        )
        assert uploaded.status == 204
        cloud.finished(group)
        groups.append(group.data.id)
    deployment = cloud.deploy_group(project, groups[0]).data.id
    cloud.settle(deployment)
    answer = cloud.update_group(deployment, groups[1])
    assert answer.status == 202
    cloud.finished(answer)


def test_a_request_to_a_group_names_the_member(cloud: Emulator) -> None:
    """The same notebook: by the header `model-key`, which the container gets."""
    answer = cloud.predict(cloud.deploy(), **{"model-key": "key"}).json()
    assert answer["headers"]["model-key"] == "key"


# A tests/unitary/default_setup/common/test_common_consolidated_logging.py, 2022: a result of each log.


@pytest.fixture
def deployment(cloud: Emulator) -> str:
    """One with both logs, whose server has written a line, and which was asked once."""
    project = cloud.project()
    details = m.CreateModelDeploymentDetails(
        compartment_id=cloud.compartment,
        project_id=project,
        model_deployment_configuration_details=configuration(cloud.model(project, artifact("one"))),
        category_log_details=m.CategoryLogDetails(
            access=m.LogDetails(log_group_id=GROUP, log_id=ACCESS),
            predict=m.LogDetails(log_group_id=GROUP, log_id=PREDICT),
        ),
    )
    made = str(cloud.client.create_model_deployment(details).data.id)
    cloud.settle(made)
    folder = Path(cloud.home) / "logs" / made.rsplit(".", 1)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "triton-1-1.log").write_text("--- Logging error ---\n")
    cloud.predict(made)
    return made


def found(cloud: Emulator, deployment: str, log: str) -> Any:
    client = LogSearchClient(
        cloud.config, service_endpoint=cloud.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )
    now = datetime.now(UTC)
    details = SearchLogsDetails(
        time_start=now - timedelta(hours=1),
        time_end=now + timedelta(minutes=1),
        search_query=f"search \"{cloud.compartment}/{GROUP}/{log}\" | where source = '{deployment}'",
    )
    (one,) = wait_for(lambda: client.search_logs(details).data.results)
    return one.data


@pytest.mark.parametrize(("log", "category"), [(ACCESS, "access"), (PREDICT, "predict")])
def test_a_result_of_logging_search(cloud: Emulator, deployment: str, log: str, category: str) -> None:
    content = found(cloud, deployment, log)["logContent"]
    assert content.keys() == {"data", "id", "oracle", "source", "specversion", "time", "type"}
    assert str(UUID(content["id"])) == content["id"]
    assert content["oracle"] == {
        "compartmentid": cloud.compartment,
        "ingestedtime": content["time"],
        "loggroupid": GROUP,
        "logid": log,
        "tenantid": cloud.tenancy,
    }
    assert (content["source"], content["specversion"]) == (deployment, "1.0")
    assert content["type"] == f"com.oraclecloud.datascience.modeldeployment.{category}"


def test_the_access_log(cloud: Emulator, deployment: str) -> None:
    one = found(cloud, deployment, ACCESS)
    data = one["logContent"]["data"]
    assert data.keys() == {"logEmissionTime", "message", "modelLatency", "opcRequestId", "status"}
    assert (data["message"], data["status"]) == ("POST /predict 1.1", 200)
    assert type(data["modelLatency"]) is float
    emitted = datetime.fromisoformat(data["logEmissionTime"])
    assert one["datetime"] == round(emitted.timestamp() * 1000)


@pytest.mark.parametrize("sent", ["", "ABC"])
def test_the_request_id_in_the_access_log(cloud: Emulator, deployment: str, sent: str) -> None:
    """Its first part is empty when the caller sent none: "/0F18…/365F…". That the other two are those of the
    answer is not recorded.
    """
    headers = {"opc-request-id": sent} if sent else {}
    answer = cloud.predict(deployment, **headers)
    _, service, request = answer.headers["opc-request-id"].split("/")
    lines = wait_for(lambda: cloud.app.state.cloud.logs.access(deployment)[1:])
    assert [line.facts["opcRequestId"] for line in lines] == [f"{sent}/{service}/{request}"]


def test_the_predict_log(cloud: Emulator, deployment: str) -> None:
    data = found(cloud, deployment, PREDICT)["logContent"]["data"]
    assert data.keys() == {"logEmissionTime", "message"}
    assert data["message"] == "--- Logging error ---"
