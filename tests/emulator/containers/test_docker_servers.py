"""Deployments whose servers are containers of their own image: what they get, and how they are replaced."""

import asyncio
import io
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import oci
import pytest
import requests
from oci.data_science import models as m
from oci.loggingsearch.models import SearchLogsDetails

from tests.support.containers.docker_cloud import LEFT_SOCKETS, DockerEmulator, Yard, answered, deployed
from tests.support.containers.tiny_image import PORT, Pushed
from tests.support.emulator import configuration
from tests.support.load import Load, Question
from tests.support.waiting import wait_for

pytestmark = LEFT_SOCKETS
Marked = Callable[..., bytes]
LOG = "ocid1.log.oc1.iad.containers"


@pytest.mark.shows("docker-servers")
def test_two_instances_are_replaced_by_another_image_and_no_request_fails(
    cloud: DockerEmulator, yard: Yard, marked: Marked
) -> None:
    deployment = deployed(cloud, marked(mark=7), image=yard.plain.name, instances=2, memory=6)
    container = environment_of(cloud, deployment)
    assert container.image_digest == yard.plain.digest
    first = yard.inspected(deployment)
    assert len(first) == 2, "both on the same port of theirs"
    assert {one["Image"].removeprefix("sha256:") for one in first} == {image_id(yard, yard.plain)}
    assert [one["HostConfig"]["Memory"] for one in first] == [6 * 2**30] * 2

    def judge(answer: Any) -> str | None:
        return str(answer["image"]) if answer["mark"] == 7 else None

    asked = [Question("mark", "1", b"{}", judge)]
    with Load(f"{cloud.endpoint}/{deployment}/predict", lambda: cloud.auth, asked, 4, 20) as load:
        wait_for(lambda: load.asked)
        work = cloud.finished(cloud.update(deployment, image=yard.other.name, instances=2, memory=6))
        wait_for(lambda: load.asked[-1].content == "other")
    assert work.status == "SUCCEEDED"
    assert load.failures == ()
    assert {one.content for one in load.asked} == {"plain", "other"}
    assert environment_of(cloud, deployment).image_digest == yard.other.digest
    wait_for(lambda: len(yard.containers(deployment)) == 2)

    told = [one.message for one in cloud.client.list_work_request_logs(work.id).data]
    assert any(message.startswith(f"pulling {yard.other.repository}@{yard.other.digest}") for message in told)
    cloud.client.delete_model_deployment(deployment)
    wait_for(lambda: not yard.containers(deployment))


def environment_of(cloud: DockerEmulator, deployment: str) -> Any:
    found = cloud.client.get_model_deployment(deployment).data
    return found.model_deployment_configuration_details.environment_configuration_details


def image_id(yard: Yard, image: Pushed) -> str:
    found = yard.engine.images.get(f"{image.repository}@{image.digest}")
    return str(found.id).removeprefix("sha256:")


@pytest.mark.shows("docker-contract")
def test_a_container_without_triton_gets_what_the_contract_says(
    cloud: DockerEmulator, yard: Yard, marked: Marked
) -> None:
    """Health at /health, requests at /predict; variables, command and mount."""
    variables = {"MINE": "1=größer ☃", "SHM_SIZE": "128m", "LINES": "a\nb=c\n"}
    deployment = deployed(
        cloud, marked(mark=1), image=yard.plain.name, triton=False, variables=variables, cmd=["as", "asked"]
    )
    answer = cloud.predict(deployment)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain")
    assert "Read-only file system" in answer.text
    answer.encoding = "utf-8"
    of_service = {
        "MODEL_DEPLOYMENT_OCID": deployment,
        "TENANCY_OCID": cloud.tenancy,
        "CONTAINER_CUSTOM_IMAGE": yard.plain.name,
    }
    for name, value in {**variables, **of_service}.items():
        assert f"\n{name}={value}\n" in f"\n{answer.text}\n"
    (container,) = yard.inspected(deployment)
    assert container["HostConfig"]["ShmSize"] == 128 * 2**20
    assert b"serve: as asked" in yard.engine.api.logs(container["Id"]), (
        "its CMD, after the image's ENTRYPOINT"
    )
    (binding,) = container["NetworkSettings"]["Ports"][f"{PORT}/tcp"]
    assert binding["HostIp"] == "127.0.0.1"


@pytest.mark.shows("docker-logs")
def test_what_a_container_prints_is_in_the_log_of_the_deployment(
    cloud: DockerEmulator, yard: Yard, marked: Marked
) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    details = m.CreateModelDeploymentDetails(
        compartment_id=cloud.compartment,
        project_id=(project := cloud.project()),
        category_log_details=m.CategoryLogDetails(
            predict=m.LogDetails(log_id=LOG, log_group_id="ocid1.loggroup.oc1.iad.one")
        ),
        model_deployment_configuration_details=configuration(
            cloud.model(project, marked(mark=1)), image=yard.plain.name, entrypoint=["/bin/sh", "/opt/serve"]
        ),
    )
    assert cloud.finished(cloud.client.create_model_deployment(details)).status == "SUCCEEDED"
    search = oci.loggingsearch.LogSearchClient(cloud.config, service_endpoint=cloud.endpoint)
    query = f'search "{cloud.compartment}/ocid1.loggroup.oc1.iad.one/{LOG}"'
    until = datetime.now(UTC) + timedelta(minutes=1)
    found = search.search_logs(SearchLogsDetails(time_start=began, time_end=until, search_query=query)).data
    messages = [one.data["logContent"] for one in found.results]
    (line,) = [one for one in messages if one["data"]["message"].startswith("serve:")]
    assert line["data"]["message"] == "serve: ", "an entry point of one's own has no command of the image's"
    written = datetime.fromisoformat(line["time"])
    assert began - timedelta(seconds=1) <= written <= until


@pytest.mark.shows("docker-replaced")
def test_a_container_that_dies_is_replaced(cloud: DockerEmulator, yard: Yard, marked: Marked) -> None:
    deployment = deployed(cloud, marked(mark=3), image=yard.plain.name)
    before = yard.containers(deployment, running=True)
    yard.engine.api.kill(before[0])
    wait_for(lambda: yard.containers(deployment, running=True) not in ([], before))
    wait_for(lambda: cloud.predict(deployment, model_name="mark").status_code == 200)
    assert answered(cloud, deployment)["mark"] == 3


@pytest.mark.shows("docker-live")
def test_members_of_a_group_change_in_the_container_that_runs(
    cloud: DockerEmulator, yard: Yard, marked: Marked
) -> None:
    project = cloud.project()
    models = {mark: cloud.model(project, member(mark)) for mark in (1, 2)}
    group = cloud.group(project, {"keep": models[1], "swap": models[1]})
    answer = cloud.deploy_group(project, group, image=yard.plain.name)
    assert cloud.finished(answer).status == "SUCCEEDED"
    deployment = answer.data.id
    (container,) = yard.containers(deployment, running=True)
    assert b"--model-control-mode=explicit --load-model=*" in yard.engine.api.logs(container)
    assert answered(cloud, deployment, "swap")["mark"] == 1

    changed = cloud.group(project, {"keep": models[1], "swap": models[2], "new": models[2]})
    work = cloud.finished(cloud.update_group(deployment, changed, "LIVE"))
    assert work.status == "SUCCEEDED", cloud.client.list_work_request_errors(work.id).data
    marks = {name: answered(cloud, deployment, name)["mark"] for name in ("keep", "swap", "new")}
    assert marks == {"keep": 1, "swap": 2, "new": 2}
    assert yard.containers(deployment, running=True) == [container]


def member(mark: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("1/mark.txt", str(mark))
    return buffer.getvalue()


def test_answers_are_streamed(cloud: DockerEmulator, yard: Yard, marked: Marked) -> None:
    deployment = deployed(cloud, marked(mark=3), image=yard.plain.name)
    url = f"{cloud.endpoint}/{deployment}/predictWithResponseStream"
    answer = requests.post(url, b"{}", auth=cloud.auth, headers={"model_name": "mark"}, timeout=30)
    assert (answer.status_code, answer.text.count("data:")) == (200, 2)


class SlowRegistries:
    """Answers only when told to."""

    def __init__(self, digest: str) -> None:
        self.asked, self.told, self._digest = threading.Event(), threading.Event(), digest

    async def digest(self, image: Any) -> str:
        self.asked.set()
        await asyncio.to_thread(self.told.wait, 30)
        return self._digest


def test_a_registry_that_takes_its_time_holds_up_no_other_call(
    cloud: DockerEmulator, yard: Yard, marked: Marked
) -> None:
    real, slow = cloud.app.state.cloud, SlowRegistries(yard.plain.digest)
    usual = real.registries
    object.__setattr__(real, "registries", slow)
    project = cloud.project()
    given = (project, cloud.model(project, marked(mark=1)))
    creating = threading.Thread(target=cloud.create, args=given, kwargs={"image": yard.plain.name})
    try:
        creating.start()
        assert slow.asked.wait(30)
        assert cloud.client.get_project(project).data.id == project
    finally:
        slow.told.set()
        creating.join()
        object.__setattr__(real, "registries", usual)
