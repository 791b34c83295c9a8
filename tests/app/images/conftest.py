"""One container engine for the tests of images, with a tiny base and a tiny full image in it, and workspaces
whose manifests ask for images in a real registry.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.support.containers.engine import running_engine, why_no_engine
from tests.support.containers.image_workspaces import ARM, BASE, FULL, OLD_BASE, Engine, Images
from tests.support.containers.registry import Registry
from tests.support.containers.tiny_images import import_base, import_full, make_arm
from tests.support.model_contents import ONNX
from tests.support.workspace import SETTINGS, Workspace


@pytest.fixture(scope="session")
def engine(image_registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if why := why_no_engine():
        pytest.skip(why)
    with running_engine(tmp_path_factory.mktemp("engine"), trusted=image_registry.authority) as address:
        client = docker.APIClient(base_url=address, version="auto", timeout=300)
        import_base(client, BASE)
        import_base(client, OLD_BASE, old=True)
        import_full(client, FULL)
        make_arm(client, ARM)
        yield Engine(address, client)
        client.close()


@pytest.fixture
def images(tmp_path: Path, engine: Engine, image_registry: Registry) -> Images:
    workspace = Workspace(tmp_path)
    workspace.write("reconciler.yaml", SETTINGS)
    workspace.write("model.onnx", ONNX)
    repository = f"{image_registry.host}/{tmp_path.name.replace('_', '-')}/triton"
    environment = {
        "DOCKER_HOST": engine.address,
        "DOCKER_CONFIG": str(image_registry.docker_config(tmp_path / "docker")),
        "REQUESTS_CA_BUNDLE": str(image_registry.authority),
        **{name: "" for name in os.environ if name.lower().endswith("_proxy")},
    }
    return Images(workspace, engine, image_registry, repository, environment)
