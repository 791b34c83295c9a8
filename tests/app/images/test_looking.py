"""Many images are looked at at once, each once; what registries say is redacted."""

from pathlib import Path
from threading import Lock

import pytest

from reconciler.app.images import looking
from reconciler.app.images.looking import look_at_images
from reconciler.core.model.images.image import ImageBuild, ImageFacts, ImageRequest, NotLookedUp, Platform
from reconciler.core.model.target import OciTarget, Settings
from tests.support.containers.pushing import config, push_image
from tests.support.containers.registry import Registry
from tests.support.http_service import serve
from tests.support.reaching import workspace_of

TARGET = OciTarget("prod", "us-ashburn-1", "ocid1.compartment.oc1..c", "tests")
SECRET = "correct-horse-battery"


def test_each_is_asked_for_once(
    image_registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(image_registry.docker_config(tmp_path)))
    repository = f"{image_registry.host}/many/x"
    digests = {
        f"{n}": push_image(image_registry, f"many/x:{n}", config(Labels={"n": f"{n}"})) for n in range(8)
    }
    build = ImageBuild("2.51.0", ("python",))
    wanted = [
        (ImageRequest(repository, tag, None, made), Platform()) for tag in digests for made in (None, build)
    ]
    asked, told = len(image_registry.asked), list[str]()
    workspace = workspace_of(tmp_path, Settings("tests", {}))
    with image_registry.trusted():
        sights = look_at_images(workspace, TARGET, None, wanted, told.append)
    assert [sights[one].digest for one in wanted if isinstance(sights[one], ImageFacts)] == [
        digests[str(image.tag)].digest for image, _ in wanted
    ]
    manifests = {line for line in image_registry.asked[asked:] if "/manifests/" in line}
    assert len(manifests) == 8
    assert told == ["asking registries about 8 images"]


def test_nothing_wanted_asks_nobody(tmp_path: Path) -> None:
    told = list[str]()
    assert look_at_images(workspace_of(tmp_path, Settings("tests", {})), TARGET, None, (), told.append) == {}
    assert told == []


def test_a_slow_registry_does_not_hold_a_plan_up_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every look takes a minute of this clock."""
    now, asked = [0.0], list[str]()

    class Slow:
        def look(self, image: ImageRequest, platform: Platform) -> ImageFacts:
            with lock:
                now[0] += 60
                asked.append(image.reference)
            return ImageFacts("sha256:x", 1, platform)

    lock = Lock()
    monkeypatch.setattr(looking, "registries_for", lambda *_: Slow())
    workspace = workspace_of(tmp_path, Settings("tests", {}))
    wanted = [(ImageRequest("a.example/x", f"{n}"), Platform()) for n in range(500)]
    sights = look_at_images(workspace, TARGET, None, wanted, lambda _: None, lambda: now[0])
    assert len(asked) <= looking.THREADS + 2
    left = [sight for sight in sights.values() if isinstance(sight, NotLookedUp)]
    assert len(left) == 500 - len(asked)
    assert "took too long" in left[0].why


def test_what_a_registry_says_is_redacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    workspace = workspace_of(tmp_path, Settings("tests", {}), OCI_CLIENT_SECRET=SECRET)
    with serve() as service:
        service.say(403, {"errors": [{"code": "DENIED", "message": f"I know {SECRET}"}]})
        image = ImageRequest(f"{service.url.partition('://')[2]}/acme/x", "1"), Platform()
        sight = look_at_images(workspace, TARGET, None, [image], lambda _: None)[image]
    assert isinstance(sight, NotLookedUp)
    assert "I know (not shown)" in sight.why
