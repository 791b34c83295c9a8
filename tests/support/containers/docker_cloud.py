"""A local cloud whose model servers are containers of a real engine, with images of a real registry."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from datascience_emulator.app.settings import Settings
from datascience_emulator.containers.serving import DEPLOYMENT
from datascience_emulator.embedded import Embedded, ReusedKeys
from datascience_emulator.wire.predicting import ServersAs
from tests.support.containers import pushing
from tests.support.containers.engine import running_engine, why_no_engine
from tests.support.containers.registry import Registry, running_registry, why_no_registry
from tests.support.containers.tiny_image import Pushed, push, why_no_tiny_image
from tests.support.emulator import Emulator, sdk, signer

LEFT_SOCKETS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""For tests of containers: `collect_sockets` says why."""

BEGINNING = "Errors occurred while bootstrapping the Model Deployment. "


@dataclass
class Yard:
    """An engine, a registry that it trusts, and images in that registry. `plain` is the usual image, `other`
    one with the same server that tells another name.
    """

    address: str
    engine: Any
    registry: Registry
    folder: Path
    plain: Pushed
    other: Pushed

    def push(self, version: str, more: str = "", platform: str | None = None) -> Pushed:
        return push(self.engine, self.registry, self.folder / version, version, more, platform)

    def push_index(self, tag: str, **images: Pushed) -> Pushed:
        """One tag for images of several architectures, which are the names."""
        parts = [
            pushing.Pushed(
                one.digest,
                pushing.size_of(self.registry, "ocean/tiny", one.digest),
                {"architecture": architecture, "os": "linux"},
            )
            for architecture, one in images.items()
        ]
        index = pushing.push_index(self.registry, f"ocean/tiny:{tag}", *parts)
        return Pushed(self.plain.repository, tag, index.digest)

    def containers(self, deployment: str = "", *, running: bool = False) -> list[str]:
        """Those that emulators run for this deployment, or for any, and what they have left of them."""
        label = f"{DEPLOYMENT}={deployment}" if deployment else DEPLOYMENT
        found = self.engine.api.containers(all=not running, filters={"label": label})
        return [container["Id"] for container in found]

    def inspected(self, deployment: str) -> list[Any]:
        """What the engine knows of the containers that run for this deployment."""
        return [self.engine.api.inspect_container(one) for one in self.containers(deployment, running=True)]

    @contextmanager
    def around(self) -> Iterator[None]:
        """Meanwhile, this process and those that it starts find the engine and sign in to the registry. What
        a test changes of that has to be taken back before: by a context of its own inside this one.
        """
        with self.registry.trusted(), pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", self.address)
            patch.setenv("DOCKER_CONFIG", str(self.registry.docker_config(self.folder / "docker")))
            yield


def why_no_yard() -> str:
    return why_no_engine() or why_no_registry() or why_no_tiny_image()


@contextmanager
def running_yard(folder: Path) -> Iterator[Yard]:
    with (
        running_registry(folder / "registry") as registry,
        running_engine(folder / "engine", trusted=registry.authority) as address,
    ):
        engine = docker.DockerClient(base_url=address)
        images = [push(engine, registry, folder / name, name) for name in ("plain", "other")]
        yield Yard(address, engine, registry, folder, *images)
        engine.close()
        collect_sockets()


def collect_sockets() -> None:
    """Sockets that the package `docker` has left to the garbage collector, before a test hears of them: one
    when a container goes while its log is opened, one when no engine answers.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class DockerEmulator(Emulator):
    """One whose servers are containers."""

    def __init__(self, home: Path, **settings: Any) -> None:
        given = {"new_key": ReusedKeys(), "servers": ServersAs.DOCKER, **settings}
        Embedded.__init__(self, Settings(home, **given))
        self.client = sdk(self.config, self.endpoint)
        self.auth = signer(self.config)


def failed(cloud: DockerEmulator, model: tuple[str, str], image: Pushed, **changes: Any) -> tuple[str, str]:
    """Why the deployment FAILED, and the rest that its work request tells."""
    answer = cloud.create(*model, image=image.name, **changes)
    work = cloud.finished(answer)
    assert work.status == "FAILED"
    found = cloud.client.get_model_deployment(answer.data.id).data
    assert found.lifecycle_state == "FAILED"
    assert found.lifecycle_details.startswith(BEGINNING)
    errors = [error.message for error in cloud.client.list_work_request_errors(work.id).data]
    return found.lifecycle_details.removeprefix(BEGINNING), "\n".join(errors)


def deployed(cloud: DockerEmulator, content: bytes, **changes: Any) -> str:
    """A deployment that is ACTIVE."""
    project = cloud.project()
    answer = cloud.create(project, cloud.model(project, content), **changes)
    work = cloud.finished(answer)
    errors = cloud.client.list_work_request_errors(work.id).data
    assert work.status == "SUCCEEDED", errors
    return str(answer.data.id)


def answered(cloud: DockerEmulator, deployment: str, model: str = "mark") -> dict[str, Any]:
    answer = cloud.predict(deployment, model_name=model, model_version="1")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
