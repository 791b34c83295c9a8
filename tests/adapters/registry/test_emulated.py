"""The local cloud's own registry: it has the digests of images it was told of, and nobody knows of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from reconciler.adapters.connect import connect, registries_of
from reconciler.adapters.emulator import process
from reconciler.adapters.emulator.options import Options
from reconciler.core.model.images.image import ImageFacts, ImageRequest, NotLookedUp, Platform
from reconciler.core.model.target import EmulatorTarget

REPOSITORY, DIGEST = "iad.ocir.io/acme/triton", f"sha256:{'7' * 64}"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> EmulatorTarget:
    return EmulatorTarget("local", str(tmp_path_factory.mktemp("emulator") / "home"), "tests")


@pytest.fixture(scope="module", autouse=True)
def told(target: EmulatorTarget) -> None:
    """The local cloud, which was told of one image."""
    running = process.start(Path(target.home), lambda _: None, Options(control=True))
    image = {"uri": f"{REPOSITORY}:1.0", "digest": DIGEST}
    assert requests.post(f"{running.endpoint}/emulator/images", json=image, timeout=10).ok


@pytest.fixture(scope="module", autouse=True)
def stopped(target: EmulatorTarget) -> Iterator[None]:
    yield
    process.stop(Path(target.home))


def test_what_it_was_told_of(target: EmulatorTarget) -> None:
    found = ImageFacts(DIGEST, 0, Platform("arm64"))
    registries = connect(target, lambda _: None).registries
    assert registries.look(ImageRequest(REPOSITORY, "1.0"), Platform("arm64")) == found
    assert registries.look(ImageRequest(REPOSITORY, None, DIGEST), Platform("arm64")) == found


def test_of_others_nobody_can_say_anything(target: EmulatorTarget) -> None:
    registries = connect(target, lambda _: None).registries
    for image in (
        ImageRequest(REPOSITORY, "2.0"),
        ImageRequest("iad.ocir.io/other/triton", "1.0"),
        ImageRequest(REPOSITORY, "1.0", f"sha256:{'8' * 64}"),
    ):
        assert registries.look(image, Platform()) is None


def test_it_is_started_when_it_is_asked_first(target: EmulatorTarget) -> None:
    process.stop(Path(target.home))
    registries = registries_of(target, lambda _: None)
    assert isinstance(registries.look(ImageRequest("127.0.0.1:1/a/b", "1"), Platform()), NotLookedUp)
    assert process.status(Path(target.home)) is None, "another registry is no reason to start it"
    found = ImageFacts(DIGEST, 0, Platform())
    assert registries.look(ImageRequest(REPOSITORY, "1.0"), Platform()) == found
