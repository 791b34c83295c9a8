"""What the tests of registries share: targets, and a real registry whose credentials Docker keeps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.registry.of_target import TargetRegistries
from reconciler.adapters.registry.transport import RegistryPatience
from reconciler.core.model.target import EmulatorTarget, OciTarget
from tests.support.containers.registry import Registry

OCI = OciTarget("prod", "us-ashburn-1", "ocid1.compartment.oc1..c", "tests")
LOCAL = EmulatorTarget("local", "/nowhere", "tests")
PATIENCE = RegistryPatience(sleep=lambda seconds: None)
Registries = Callable[..., TargetRegistries]


def not_signed_in() -> NoReturn:
    raise AssertionError("nothing here is to sign in to the target")


@pytest.fixture
def registries() -> TargetRegistries:
    """Those of a tenancy, which is not signed in to."""
    return TargetRegistries(OCI, not_signed_in, PATIENCE)


@pytest.fixture
def signed_in(access: ServiceAccess) -> TargetRegistries:
    """Those of a tenancy that is signed in to with a key."""
    return TargetRegistries(OCI, lambda: access, PATIENCE)


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of Docker's settings, without any."""
    folder = tmp_path / "docker"
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@pytest.fixture
def known(image_registry: Registry, nothing_kept: Path) -> Iterator[Registry]:
    """A real registry that is trusted, and to which Docker is signed in."""
    image_registry.docker_config(nothing_kept)
    with image_registry.trusted():
        yield image_registry
        image_registry.allow_only()
