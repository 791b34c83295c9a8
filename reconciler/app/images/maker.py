"""Makes images: composes them in the container engine, and pushes them to their registries. What is there
already is neither built nor sent again.

`ImageMaker` fits the port of the engine by its shape, and the verbs `image build` and `image push` use it,
too.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, Protocol, TypeAlias

from reconciler.adapters.docker.connection import connect_engine
from reconciler.adapters.docker.engine import ContainerEngine, EngineSaid, engine
from reconciler.adapters.docker.refusals import Obstacle, host_of, obstacle_in, push_error
from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.configuration import Secret
from reconciler.core.model.errors import Failed, quoting
from reconciler.core.model.images.image import (
    LABEL_BUILD,
    ImageBuild,
    ImageFacts,
    ImageRequest,
    ImageSight,
    NoSuchImage,
    NotLookedUp,
    Platform,
)
from reconciler.core.model.images.making import Making, Push
from reconciler.triton.images.dockerfile import build_context
from reconciler.triton.images.releases import base_image, full_image

Progress: TypeAlias = Callable[[str, float | None], None]
"""Gets words, and percent where that is known. What it raises ends the work."""

TRIES = 4
"""How often a push is tried whose failure may pass by itself; engines try parts of it again on their own."""


class Registries(Protocol):
    """The registries of a target."""

    def look(self, image: ImageRequest, platform: Platform) -> ImageSight | None:
        """What there is to say of an image; None when nobody can say."""

    def credentials_for(self, host: str) -> Mapping[str, str] | None:
        """What an engine needs for this registry; None when there is nothing."""


@dataclass(slots=True)
class ImageMaker:
    """Its methods block, may be called again at any time, and raise only errors of `core.model.errors`.
    Several threads may call them. `moves_tags`: a tag that stands for another image may be moved.
    """

    registries: Registries
    redaction: Redaction
    moves_tags: bool = False
    connect: Callable[[], Any] = connect_engine
    sleep: Callable[[float], None] = time.sleep
    _builds: dict[str, ImageBuild] = field(default_factory=dict)
    _locks: defaultdict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def build(self, image: str, build: ImageBuild, revision: str, progress: Progress) -> None:
        """Compose this image (repository and tag), and label it with the commit `revision`."""
        self.make(image, build, revision, progress)

    def push(self, image: str, progress: Progress) -> str:
        """Push an image that was built; the digest that the registry gives it. Raises Failed where the
        registry has another image under the name and no tag may be moved.
        """
        return self.send(image, self._builds.get(image), progress).digest

    def make(self, image: str, build: ImageBuild, revision: str, progress: Progress) -> Making:
        """The same as `build`; says what it took."""
        with self.redaction.redacted_errors():
            self._builds[image] = build
            if _made_from(self._sight(image, build), build):
                return Making.IN_REGISTRY
            with self._locks[build.digest], engine(self.connect) as here:
                if self._has(here, image, build):
                    return Making.IN_ENGINE
                tell = self._redacted(progress)
                context = build_context(build, revision)
                for source in filter(None, (full_image(build), base_image(build))):
                    here.ensure(source, build.platform, partial(self._credentials, source), tell)
                here.build(context, image, build.platform, tell)
                return Making.BUILT

    def send(self, image: str, build: ImageBuild | None, progress: Progress) -> Push:
        """The same as `push`; says what it took. Without `build` it is the image that the engine has."""
        with self.redaction.redacted_errors():
            sight = self._sight(image, build)
            if isinstance(sight, ImageFacts) and build and _made_from(sight, build):
                return Push(sight.digest, sent=False)
            if isinstance(sight, NotLookedUp):
                raise quoting(Failed(f"{image} is not pushed: {sight.why}"), sight.why)
            with engine(self.connect) as here:
                own = self._built(here, image, build)
                if isinstance(sight, ImageFacts):
                    if sight.composition and own and sight.composition.build == own:
                        return Push(sight.digest, sent=False)
                    self._check_movable(image, sight.digest)
                elif isinstance(sight, NoSuchImage) and sight.taken:
                    self._check_movable(image, sight.why)
                told = self._send(here, image, self._redacted(progress))
            return self._read_back(image, build, told, sight)

    def _check_movable(self, image: str, what: str) -> None:
        """Raise Failed where no tag may be moved."""
        if not self.moves_tags:
            raise Failed(
                f"{image} is another image in the registry ({what}), and no tag is moved here: "
                "give it a new tag, or leave the tag out; reconcile image push moves it"
            )

    def _has(self, here: ContainerEngine, image: str, build: ImageBuild) -> bool:
        """Whether the engine has it, perhaps under another name: then it gets this one, too."""
        labels = here.labels(image)
        if labels is not None and labels.get(LABEL_BUILD) == build.digest:
            return True
        if found := here.labelled(LABEL_BUILD, build.digest):
            here.tag(found, image)
        return found is not None

    def _built(self, here: ContainerEngine, image: str, build: ImageBuild | None) -> str:
        """The digest of the build of the image that the engine has under this name. Raises Failed when there
        is none, or one of another build.
        """
        if build is not None and self._has(here, image, build):
            return build.digest
        labels = here.labels(image)
        if labels is None or build is not None:
            which = (
                "not in the container engine" if labels is None else "another image in the container engine"
            )
            raise Failed(f"{image} is {which}: build it first, with reconcile image build")
        return labels.get(LABEL_BUILD, "")

    def _send(self, here: ContainerEngine, image: str, tell: Progress) -> str:
        """Push it; the digest that the engine tells. What was sent already is not sent again by a new try."""
        for attempt in range(1, TRIES + 1):
            credentials = self._credentials(image)
            try:
                tell(f"pushing {image}", None)
                return here.push(image, credentials, tell)
            except EngineSaid as said:
                if attempt == TRIES or obstacle_in(str(said)) is not Obstacle.PASSING:
                    raise push_error(image, str(said)) from said
            pause = float(2**attempt)
            tell(f"pushing {image} again in {pause:.0f} s: the registry did not answer as it should", None)
            self.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _read_back(self, image: str, build: ImageBuild | None, told: str, before: ImageSight | None) -> Push:
        """What the registry has now. Raises Failed when that is not what the engine has sent."""
        after = self._sight(image, build)
        if not isinstance(after, ImageFacts):
            why = after.why if after is not None else "nobody can say"
            raise quoting(Failed(f"{image} was pushed, and the registry does not show it: {why}"), why)
        if told and not after.pinned_by(told):
            raise Failed(
                f"{image} was pushed as {told}, and the registry has {after.digest} under this name: "
                "somebody else pushes to it; push again"
            )
        moved = before.digest if isinstance(before, ImageFacts) and before.digest != after.digest else ""
        return Push(after.digest, sent=True, moved_from=moved)

    def _sight(self, image: str, build: ImageBuild | None) -> ImageSight | None:
        repository, _, tag = image.rpartition(":")
        return self.registries.look(ImageRequest(repository, tag), build.platform if build else Platform())

    def _credentials(self, image: str) -> Mapping[str, str] | None:
        """What the engine needs for the registry of an image. Both may repeat it in their words."""
        credentials = self.registries.credentials_for(host_of(image))
        if credentials:
            self.redaction.learn(Secret(host_of(image), credentials["password"]))
        return credentials

    def _redacted(self, progress: Progress) -> Progress:
        """What an engine prints may hold what a step printed: it is redacted like all words of others."""
        return lambda words, percent: progress(self.redaction.text(words), percent)


def _made_from(sight: ImageSight | None, build: ImageBuild) -> bool:
    composition = sight.composition if isinstance(sight, ImageFacts) else None
    return composition is not None and composition.build == build.digest
