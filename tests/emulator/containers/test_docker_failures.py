"""What becomes of a deployment whose image cannot be run: the service's failures, with the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import oci
import pytest

from tests.support.containers.docker_cloud import LEFT_SOCKETS, DockerEmulator, Yard, failed

pytestmark = LEFT_SOCKETS
Marked = Callable[..., bytes]
NOWHERE = f"sha256:{0:064}"


@pytest.fixture
def model(cloud: DockerEmulator, marked: Marked) -> tuple[str, str]:
    """A project and a model in it."""
    project = cloud.project()
    return project, cloud.model(project, marked(mark=1))


@pytest.mark.shows("docker-failures")
def test_one_that_exits_at_the_start(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    before = yard.containers()
    reason, told = failed(cloud, model, yard.plain, variables={"FAIL": "no licence found"})
    assert reason == "the container exited with status 3: no licence found"
    assert "serve: as built\nno licence found" in told, "the end of its log"
    assert yard.containers() == before


@pytest.mark.shows("docker-failures")
def test_a_command_that_the_image_lacks(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    reason, _ = failed(cloud, model, yard.plain, entrypoint=["/opt/nvidia/nvidia_entrypoint.sh"])
    assert reason.startswith("Start Container Error: unable to start container: ")
    assert "no such file or directory" in reason


@pytest.mark.shows("docker-failures")
def test_an_image_for_other_processors_than_the_shape(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    reason, _ = failed(cloud, model, yard.plain, shape="VM.Standard.A1.Flex")
    assert reason == (
        "Start Container Error: unable to start container: exec format error (the image is for amd64, "
        "VM.Standard.A1.Flex is arm64)"
    )


def test_a_shape_with_gpus_where_the_engine_has_none(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    reason, _ = failed(cloud, model, yard.plain, shape="VM.GPU.A10.1", ocpus=15, memory=240)
    assert reason.startswith("VM.GPU.A10.1 has GPUs, and the container engine here has none")


def test_not_ready_in_time(cloud: DockerEmulator, yard: Yard, model: Any) -> None:
    variables = {"DEPLOYMENT_TIMEOUT_IN_MINUTES": "0.04", "MODEL_DEPLOY_HEALTH_ENDPOINT": "/nowhere"}
    reason, _ = failed(cloud, model, yard.plain, variables=variables)
    assert reason.startswith("Workflow timed out. Maximum runtime was: 0.04 minutes. GET /nowhere")


# -- images that are not there


@pytest.mark.shows("docker-missing")
def test_the_call_is_refused_for_an_image_that_its_registry_lacks(
    cloud: DockerEmulator, yard: Yard, model: Any
) -> None:
    missing = {
        "no tag": ({"image": f"{yard.plain.repository}:none"}, "has no ocean/tiny with none"),
        "no repository": ({"image": f"{yard.registry.host}/ocean/none:1"}, "has no ocean/none with 1"),
        "digest": ({"image": yard.plain.name, "image_digest": NOWHERE}, f"has no ocean/tiny with {NOWHERE}"),
        "nobody": ({"image": "127.0.0.1:1/ocean/tiny:1"}, "the registry 127.0.0.1:1 cannot be asked: "),
    }
    for what, (image, why) in missing.items():
        with pytest.raises(oci.exceptions.ServiceError) as refused:
            cloud.create(*model, **image)
        assert refused.value.code == "RelatedResourceNotAuthorizedOrNotFound", what
        assert why in refused.value.message, what


@pytest.mark.shows("docker-failures")
def test_without_an_engine_a_deployment_fails_and_says_what_to_do(
    yard: Yard, marked: Marked, tmp_path: Path
) -> None:
    with yard.around(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
        cloud = DockerEmulator(tmp_path / "home")
        try:
            project = cloud.project()
            model = project, cloud.model(project, marked(mark=1))
            reason, _ = failed(cloud, model, yard.plain)
            assert reason.startswith(f"no container engine answers at unix://{tmp_path}/nobody.sock")
            assert "start Docker or podman" in reason
            patch.setenv("DOCKER_HOST", "tcp://engine.example.com:2375")
            reason, _ = failed(cloud, model, yard.plain)
            assert "is on another machine" in reason
        finally:
            cloud.close()
