"""Container images as values: what a manifest says of its image, how one is composed, and what a registry
says of it.

No I/O here: `adapters.registry` looks images up, and `adapters.docker` builds and pushes them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.core.model.configuration import digest_of

RECIPE = 1
"""The way in which images are composed. It is raised only when the same build is to give another image."""

BUILD_TAG = "build-"
"""What the tag begins with that is made from the content of a build."""

LABEL_RELEASE = "reconciler.triton"
LABEL_BACKENDS = "reconciler.backends"
LABEL_AGENTS = "reconciler.repo-agents"
LABEL_BUILD = "reconciler.build"
LABEL_REVISION = "org.opencontainers.image.revision"
"""Labels of the images that we compose. Backends and agents are sorted, with commas between; the last one is
a key of the OCI Image Format Specification (annotations).
"""


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """All that decides what a composed image holds: the release of the Triton server, backends, repository
    agents, packages; each sorted. `base` and `full` are the images to put them into and to take them from;
    None stands for NVIDIA's of that release. `architecture` is that of the compute shape.
    """

    triton: str
    backends: tuple[str, ...]
    repo_agents: tuple[str, ...] = ()
    base: str | None = None
    full: str | None = None
    pip: tuple[str, ...] = ()
    apt: tuple[str, ...] = ()
    architecture: str = "amd64"

    @property
    def platform(self) -> "Platform":
        """What the image is built for."""
        return Platform(self.architecture)

    @property
    def digest(self) -> str:
        """64 hex digits that stand for the inputs: builds with the same ones share one image."""
        return digest_of((RECIPE, self))

    @property
    def tag(self) -> str:
        """The tag of an image whose manifest names none."""
        return f"{BUILD_TAG}{self.digest[:20]}"


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What a manifest says of its image. `digest` is a pin, `sha256:…`."""

    repository: str
    tag: str | None = None
    digest: str | None = None
    build: ImageBuild | None = None

    @property
    def reference(self) -> str:
        """Its name without the digest: repository and tag, which for a build without one is made from it."""
        tag = self.tag or (self.build.tag if self.build and not self.digest else None)
        return f"{self.repository}:{tag}" if tag else self.repository


NO_IMAGE = ImageRequest("")
"""For specs whose image nobody asks about."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What a container runs on, in the words of the OCI Image Index Specification."""

    architecture: str = "amd64"
    os: str = "linux"

    def __str__(self) -> str:
        return f"{self.os}/{self.architecture}"


_ARM = re.compile(r"(VM|BM)\.Standard\.(A[0-9]+|Ampere)\.")
"""Shapes with Ampere processors, such as VM.Standard.A1.Flex; VM.GPU.A10.1 is none of them."""


def platform_of(shape: str) -> Platform:
    """What the containers of a deployment of this compute shape run on."""
    return Platform("arm64") if _ARM.match(shape) else Platform()


@dataclass(frozen=True, slots=True)
class Composition:
    """What an image that we have composed says of itself, in its labels. `build` is the digest of an
    `ImageBuild`; empty where an image does not have it.
    """

    triton: str
    backends: tuple[str, ...]
    repo_agents: tuple[str, ...]
    build: str


def composition_of(labels: Mapping[str, str]) -> Composition | None:
    """What an image with these labels says of itself; None for one that we have not composed."""
    if LABEL_RELEASE not in labels or LABEL_BACKENDS not in labels:
        return None
    backends, agents = (labels.get(label, "") for label in (LABEL_BACKENDS, LABEL_AGENTS))
    return Composition(
        labels[LABEL_RELEASE], _names_in(backends), _names_in(agents), labels.get(LABEL_BUILD, "")
    )


def _names_in(label: str) -> tuple[str, ...]:
    return tuple(sorted({name for part in label.split(",") if (name := part.strip())}))


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a registry says of an image. `digest` is that of its manifest for the platform that was asked for;
    `size` the bytes of its layers as they are sent. `composition` is None without our labels: then nobody
    knows what it holds. `index` is the digest of the index that its tag stands for, when that is one of
    images for several platforms; else it is empty.
    """

    digest: str
    size: int
    platform: Platform
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    composition: Composition | None = None
    index: str = ""

    def pinned_by(self, digest: str | None) -> bool:
        """Whether this digest, as a pin, means this image."""
        return bool(digest) and digest in (self.digest, self.index)


@dataclass(frozen=True, slots=True)
class NoSuchImage:
    """The registry has no such repository, tag or digest, or none for the platform; `why` is a clause. With
    `taken` the name stands for images for other platforms.
    """

    why: str
    taken: bool = False


@dataclass(frozen=True, slots=True)
class NotLookedUp:
    """The registry did not say: it is out of reach, or wants other credentials. `why` is a clause."""

    why: str


ImageSight: TypeAlias = ImageFacts | NoSuchImage | NotLookedUp


# -- what models ask of an image

OLD_NAMES = {"tensorflow1": "tensorflow", "tensorflow2": "tensorflow"}
"""Backends that older images have under another name (NVIDIA server compose.py)."""


@dataclass(frozen=True, slots=True)
class ImageNeeds:
    """What a model asks of the image that serves it.

    `backend` is empty where it needs none of the image's, or nobody can tell. `fields` are those of its
    configuration that not every release of Triton knows, each with the first release that does. `certain`
    is False where the start command may leave the model out.
    """

    model: str
    backend: str = ""
    agents: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    certain: bool = True


def redacted_image(facts: ImageFacts, text: Callable[[str], str]) -> ImageFacts:
    """The same facts, with the words that whoever made the image chose redacted by `text`."""
    composition = facts.composition
    return replace(
        facts,
        entrypoint=tuple(map(text, facts.entrypoint)),
        command=tuple(map(text, facts.command)),
        composition=composition
        and replace(
            composition,
            triton=text(composition.triton),
            backends=tuple(map(text, composition.backends)),
            repo_agents=tuple(map(text, composition.repo_agents)),
            build=text(composition.build),
        ),
    )
