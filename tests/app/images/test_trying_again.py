"""A push whose failure may pass by itself is tried again, with new credentials; any other ends at once."""

from typing import Any

import pytest

from reconciler.app.images.maker import TRIES, ImageMaker
from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.errors import Failed
from reconciler.core.model.images.image import (
    LABEL_BUILD,
    Composition,
    ImageBuild,
    ImageFacts,
    ImageSight,
    NoSuchImage,
    Platform,
)

BUILD = ImageBuild("2.51.0", ("onnxruntime",))
IMAGE = "a.example/triton:1.0"
DIGEST, OTHER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
NOTHING = NoSuchImage("nothing is there")
LATER, NEVER = "503 Service Unavailable", "denied: no"


class World:
    """An engine whose pushes fail with these words before one works, and a registry."""

    def __init__(self, *failures: str, has: ImageSight = NOTHING, gets: str = DIGEST):
        self.failures, self.sight, self.gets = list(failures), has, gets
        self.tokens, self.pauses = 0, list[float]()
        self.password = ""

    @property
    def maker(self) -> ImageMaker:
        return ImageMaker(self, Redaction({}), connect=lambda: self, sleep=self.pauses.append)

    def look(self, image: object, platform: object) -> ImageSight:
        return self.sight

    def credentials_for(self, host: str) -> dict[str, str]:
        self.tokens += 1
        return {"username": "BEARER_TOKEN", "password": self.password or str(self.tokens)}

    def inspect_image(self, image: str) -> dict[str, Any]:
        return {"Config": {"Labels": {LABEL_BUILD: BUILD.digest}}}

    def push(self, repository: str, auth_config: dict[str, str], **more: object) -> list[dict[str, Any]]:
        assert auth_config["password"] == (self.password or str(self.tokens))
        if self.failures:
            return [{"error": self.failures.pop(0)}]
        self.sight = facts(self.gets)
        return [{"status": f"1.0: digest: {DIGEST} size: 7"}]

    def close(self) -> None:
        pass


def facts(digest: str, build: str = BUILD.digest) -> ImageFacts:
    return ImageFacts(digest, 1, Platform(), composition=Composition("2.51.0", ("onnxruntime",), (), build))


def quiet(message: str, percent: float | None) -> None:
    pass


def test_what_passes_is_tried_again_with_a_new_token() -> None:
    world = World(LATER, LATER)
    assert world.maker.push(IMAGE, quiet) == DIGEST
    assert world.tokens == 3
    assert world.pauses == [2.0, 4.0]


def test_not_for_ever() -> None:
    world = World(*[LATER] * TRIES)
    with pytest.raises(Failed, match="try again"):
        world.maker.push(IMAGE, quiet)
    assert (world.failures, world.tokens) == ([], TRIES)


def test_what_does_not_pass_ends_at_once() -> None:
    world = World(NEVER, LATER)
    with pytest.raises(Failed, match=r"Either there is no repository triton in a\.example"):
        world.maker.push(IMAGE, quiet)
    assert world.pauses == []


@pytest.mark.parametrize("said", ["denied: PASSWORD is no token", "503 after PASSWORD"])
def test_a_password_that_a_registry_repeats_is_never_shown(said: str) -> None:
    told = list[str]()
    world = World(*[said.replace("PASSWORD", "hunter2-hunter2")] * TRIES)
    world.password = "hunter2-hunter2"
    with pytest.raises(Failed) as failed:
        world.maker.push(IMAGE, lambda message, percent: told.append(message))
    assert "(not shown)" in str(failed.value)
    assert "hunter2" not in f"{failed.value}{told}"


def test_a_registry_that_has_something_else_afterwards() -> None:
    with pytest.raises(Failed, match="somebody else pushes to it"):
        World(gets=OTHER).maker.push(IMAGE, quiet)


def test_a_tag_is_moved_only_where_that_is_allowed() -> None:
    world = World(has=facts(OTHER, "another build"))
    with pytest.raises(Failed, match="no tag is moved"):
        world.maker.push(IMAGE, quiet)
    assert world.tokens == 0
    maker = world.maker
    maker.moves_tags = True
    assert maker.send(IMAGE, BUILD, quiet).moved_from == OTHER


def test_images_for_other_platforms_are_another_image() -> None:
    world = World(has=NoSuchImage("it is an image for linux/arm64", taken=True))
    with pytest.raises(Failed, match="no tag is moved"):
        world.maker.push(IMAGE, quiet)
    assert world.tokens == 0
