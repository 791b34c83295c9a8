"""What takes longer of containers as model servers: large images, what is asked again, another reading."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import oci
import pytest

from datascience_emulator.readings import Readings
from tests.support.containers.docker_cloud import (
    LEFT_SOCKETS,
    DockerEmulator,
    Yard,
    answered,
    deployed,
    failed,
)
from tests.support.containers.tiny_image import Pushed
from tests.support.waiting import wait_for

pytestmark = LEFT_SOCKETS
Marked = Callable[..., bytes]
NOWHERE = f"sha256:{0:064}"


@pytest.fixture
def model(cloud: DockerEmulator, marked: Marked) -> tuple[str, str]:
    """A project and a model in it."""
    project = cloud.project()
    return project, cloud.model(project, marked(mark=1))


def test_an_image_that_is_too_large(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    large = yard.push("large", 'RUN ["/bin/dd", "if=/dev/zero", "of=/zeros", "bs=1M", "count=120"]')
    reason, _ = failed(cloud, model, large)
    assert "no space left on device (the image has 0.1 GB, the instance takes 0.1 GB" in reason
    answer = cloud.create(*model, image=large.name, variables={"STORAGE_SIZE_IN_GB": "1"})
    assert cloud.finished(answer).status == "SUCCEEDED"


def test_an_update_and_an_activation_ask_again(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    image = yard.push("short-lived")
    answer = cloud.create(*model, image=image.name)
    assert cloud.finished(answer).status == "SUCCEEDED"
    deployment = answer.data.id
    with pytest.raises(oci.exceptions.ServiceError, match="has no ocean/tiny with none"):
        cloud.update(deployment, model[1], image=f"{image.repository}:none")
    cloud.finished(cloud.client.deactivate_model_deployment(deployment))
    yard.registry.allow_only("ocean/other")
    try:
        with pytest.raises(oci.exceptions.ServiceError, match="does not give ocean/tiny"):
            cloud.client.activate_model_deployment(deployment)
    finally:
        yard.registry.allow_only()
    assert cloud.finished(cloud.client.activate_model_deployment(deployment)).status == "SUCCEEDED"


def test_by_another_reading_the_work_fails(yard: Yard, marked: Marked, tmp_path: Path) -> None:
    with yard.around():
        cloud = DockerEmulator(tmp_path / "home", readings=Readings(missing_image="work"))
        try:
            project = cloud.project()
            model = project, cloud.model(project, marked(mark=1))
            reason, _ = failed(cloud, model, Pushed(yard.plain.repository, "none", NOWHERE))
            assert reason == f"The container image was not found: no registry has {yard.plain.repository}"
            reason, _ = failed(cloud, model, yard.plain, image_digest=NOWHERE)
        finally:
            cloud.close()


def test_deactivated_and_activated_it_is_a_new_container(
    cloud: DockerEmulator, yard: Yard, marked: Marked
) -> None:
    deployment = deployed(cloud, marked(mark=3), image=yard.plain.name)
    cloud.finished(cloud.client.deactivate_model_deployment(deployment))
    assert yard.containers(deployment) == []
    assert cloud.finished(cloud.client.activate_model_deployment(deployment)).status == "SUCCEEDED"
    assert answered(cloud, deployment)["mark"] == 3


def test_an_index_is_the_image_for_the_processors_of_the_shape(
    cloud: DockerEmulator, yard: Yard, model: Any
) -> None:
    index = yard.push_index("both", amd64=yard.plain, arm64=yard.push("for-arm", platform="linux/arm64"))
    assert cloud.finished(cloud.create(*model, image=index.name)).status == "SUCCEEDED"
    arm = {"shape": "VM.Standard.A1.Flex"}
    assert cloud.finished(cloud.create(*model, image=index.name, **arm)).status == "SUCCEEDED"
    assert yard.engine.images.get(f"{index.repository}@{index.digest}").attrs["Architecture"] == "arm64"
    assert cloud.finished(cloud.create(*model, image=index.name)).status == "SUCCEEDED"


def test_neither_a_registry_that_is_away_nor_a_removed_image_keeps_a_container_from_being_replaced(
    cloud: DockerEmulator, yard: Yard, marked: Marked
) -> None:
    image = yard.push("replaced")
    deployment = deployed(cloud, marked(mark=3), image=image.name)
    yard.registry.allow_only("ocean/none")
    try:
        replaced(cloud, yard, deployment, lambda container: yard.engine.api.kill(container))
    finally:
        yard.registry.allow_only()
    reference = f"{image.repository}@{image.digest}"
    replaced(cloud, yard, deployment, lambda _: yard.engine.images.remove(reference, force=True))


def replaced(cloud: DockerEmulator, yard: Yard, deployment: str, end: Callable[[str], object]) -> None:
    before = yard.containers(deployment, running=True)
    end(before[0])
    wait_for(lambda: yard.containers(deployment, running=True) not in ([], before))
    wait_for(lambda: cloud.predict(deployment, model_name="mark").status_code == 200)


def test_an_image_for_arm_on_another_shape(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    arm = yard.push("arm", platform="linux/arm64")
    reason, _ = failed(cloud, model, arm)
    assert "exec format error (the image is for arm64, VM.Standard.E4.Flex is amd64)" in reason
    # What is in it is for this machine all the same, as if that could run both.
    answer = cloud.create(*model, image=arm.name, shape="VM.Standard.A1.Flex")
    assert cloud.finished(answer).status == "SUCCEEDED"
    reason, _ = failed(
        cloud, model, arm, shape="VM.Standard.A1.Flex", variables={"FAIL": "exec format error"}
    )
    assert "exec format error (VM.Standard.A1.Flex is arm64 and this machine amd64" in reason
