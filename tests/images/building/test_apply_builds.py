"""An apply that builds and pushes: with a real engine, a real registry and the local cloud."""

from collections.abc import Iterator
from typing import Any

import onnx
import pytest

from reconciler.adapters.emulator.running import status
from tests.support.containers.image_workspaces import Images
from tests.support.here import start_here
from tests.support.onnx_models import identity
from tests.support.workspace import SETTINGS, Done, stop, wait_until

pytestmark = pytest.mark.usefixtures("emulator_installed")


@pytest.fixture
def builds(images: Images) -> Iterator[Images]:
    images.workspace.write("reconciler.yaml", f"{SETTINGS}images: {{build: onApply}}\n")
    onnx.save(identity(("n", 3)), images.workspace.root / "model.onnx")
    start_here(images.workspace.home)
    wait_until(lambda: status(images.workspace.home) is not None, "the local cloud answers")
    yield images
    stop(images.workspace)


def run(images: Images, *words: str, code: int = 0) -> Done:
    return images.workspace.run(*words, code=code, env=images.environment)


def live_container(images: Images) -> tuple[str, str]:
    """Name and digest of the image that the one deployment runs."""
    client = images.workspace.sdk()
    (one,) = client.list_model_deployments(images.workspace.note["compartment"]).data
    details: Any = client.get_model_deployment(one.id).data.model_deployment_configuration_details
    environment = details.environment_configuration_details
    return environment.image, environment.image_digest


def test_apply_builds_pushes_and_deploys_by_the_digest_and_then_nothing_is_left(builds: Images) -> None:
    builds.manifest("vision")
    run(builds, "apply", "--yes")
    image, digest = live_container(builds)
    assert digest == builds.behind(image.rpartition(":")[2]) != ""
    run(builds, "plan", "--detailed-exitcode")

    builds.manifest("vision", tag="1.0")
    (item,) = run(builds, "plan", "--format", "json").json["deployments"]
    assert [step["step"] for step in item["steps"][:2]] == ["buildImage", "pushImage"]
    run(builds, "apply", "--yes")
    assert live_container(builds) == (f"{builds.repository}:1.0", builds.behind("1.0"))
    run(builds, "plan", "--detailed-exitcode")

    builds.manifest("vision", tag="1.0", build=", packages: {pip: [pillow]}")
    before = builds.behind("1.0")
    run(builds, "apply", "--yes")
    assert builds.behind("1.0") == before, "apply moves no tag"
