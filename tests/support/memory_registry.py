"""A registry in memory, and an engine that makes images for it: for properties and laws. The registry and the
engine that tests of the adapters talk to are real ones.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import Failed
from reconciler.core.model.images.image import (
    Composition,
    ImageBuild,
    ImageFacts,
    ImageNeeds,
    ImageRequest,
    ImageSight,
    NoSuchImage,
    NotLookedUp,
    Platform,
)
from reconciler.core.model.spec import Spec
from reconciler.core.planning.images.resolving import wanted_images, with_sights

REPOSITORY = "iad.ocir.io/acme/triton"
MB = 1_000_000
BUILD = ImageBuild("2.51.0", ("onnxruntime",))
COMPOSED = Composition("2.51.0", ("onnxruntime",), (), BUILD.digest)


def digest(text: str) -> str:
    """The digest of an image of this content."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def facts(
    content: str = "image", composition: Composition | None = COMPOSED, **changes: object
) -> ImageFacts:
    """What a registry says of an image of this content."""
    plain = ImageFacts(digest(content), 900 * MB, Platform(), (), ("tritonserver",), composition)
    return replace(plain, **changes)


@dataclass
class MemoryRegistry:
    """The images by their names; while it is `out`, nobody is answered."""

    images: dict[str, ImageFacts] = field(default_factory=dict)
    out: bool = False

    def look(self, image: ImageRequest, platform: Platform) -> ImageSight:
        if self.out:
            return NotLookedUp("the registry did not answer")
        found = self.images.get(image.reference)
        if image.digest:
            found = next((one for one in self.images.values() if one.digest == image.digest), None)
        return found or NoSuchImage("there is no such tag")

    def seen(self, wanted: Desired) -> Desired:
        """What is desired, with what the registry says now."""
        return with_sights(wanted, {one: self.look(*one) for one in wanted_images(wanted)})

    def resolve(self, image: str) -> str:
        """The digest that the service finds behind a name by itself, even while we are not answered."""
        return self.images[image].digest if image in self.images else digest(f"unknown {image}")


@dataclass
class MemoryMaker:
    """Builds what the registry does not have. `fails` is raised instead."""

    registry: MemoryRegistry
    fails: Exception | None = None
    built: dict[str, ImageBuild] = field(default_factory=dict)
    pushed: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def build(
        self, image: str, build: ImageBuild, revision: str, progress: Callable[[str, float | None], None]
    ) -> None:
        progress("step 1 of 1", 100.0)
        if self.fails:
            raise self.fails
        with self.lock:
            assert image not in self.built, "built twice"
            self.built[image] = build

    def push(self, image: str, progress: Callable[[str, float | None], None]) -> str:
        if image not in self.built:
            raise Failed(f"{image} was not built")
        build = self.built[image]
        composition = Composition(build.triton, build.backends, build.repo_agents, build.digest)
        with self.lock:
            self.pushed.append(image)
            self.registry.images[image] = facts(f"built {image}", composition)
        return self.registry.images[image].digest


def imaged(
    spec: Spec, tag: str | None = "1.0.0", pin: str | None = None, build: ImageBuild | None = None
) -> Spec:
    """The spec of a manifest that names its image so, and has a model of onnxruntime."""
    image = ImageRequest(REPOSITORY, tag, pin, build)
    container = replace(spec.configuration.container, image=image.reference, digest=pin)
    configuration = replace(spec.configuration, container=container)
    needs = (ImageNeeds("m", "onnxruntime"),)
    return replace(spec, image=image, configuration=configuration, needs=needs)
