"""The container image of a manifest, and how it is composed: what a user may write, field by field.

Which images there are is looked up later, by `adapters.registry`.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from reconciler.manifests.schema.notes import Count, Doc, OneOf, Text

PackageText = Text(
    r"^[A-Za-z0-9][A-Za-z0-9._+~:=<>!\[\],-]*$",
    "a package: its name, perhaps with a version",
    longest=200,
    why="It is an argument of pip or apt while the image is built.",
)
ImageText = Text(
    r"^[a-z0-9][a-z0-9.:-]*(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$",
    "an image: registry/path/name, with a tag or a digest",
    longest=500,
)
ReleaseText = Text(r"^[0-9]+(\.[0-9]+){1,3}$", "a release of Triton, such as 2.51.0", longest=30)
RepositoryText = Text(
    r"^[a-z0-9][a-z0-9.:-]*(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$",
    "an image repository without tag: registry/path/name",
)
TagText = Text(r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", "an image tag")
ComponentName = Text(r"^[a-z0-9][a-z0-9_]*$", "a name: small letters, digits and '_'", longest=100)


@dataclass(frozen=True, slots=True)
class ManifestPackages:
    """Packages that the image gets beside Triton's own."""

    pip: Annotated[
        tuple[Annotated[str, PackageText], ...],
        Doc("Python packages, as pip takes them.", ("numpy==1.26.4",)),
        Count(most=100),
    ] = ()
    apt: Annotated[
        tuple[Annotated[str, PackageText], ...],
        Doc("Packages of the base image's distribution, as apt-get takes them.", ("libgl1",)),
        Count(most=100),
    ] = ()


@dataclass(frozen=True, slots=True)
class ManifestBuild:
    """How `reconcile image build` composes the image; the models are checked against it."""

    triton: Annotated[
        str,
        Doc("Release of the Triton server.", ("2.30.0",)),
        ReleaseText,
    ]
    backends: Annotated[
        tuple[Annotated[str, ComponentName], ...] | None,
        Doc("All Triton backends in the image; left out, those of its models.", ("onnxruntime",)),
        Count(least=1, most=50),
    ] = None
    repo_agents: Annotated[
        tuple[Annotated[str, ComponentName], ...],
        Doc("All Triton repository agents in the image.", ("checksum",)),
        Count(most=50),
    ] = ()
    base: Annotated[
        str | None,
        Doc("The image to put Triton into; left out, NVIDIA's smallest of the release."),
        ImageText,
    ] = None
    full: Annotated[
        str | None, Doc("The image to take Triton from; left out, NVIDIA's of the release."), ImageText
    ] = None
    packages: Annotated[ManifestPackages, Doc("Packages beside them.")] = ManifestPackages()


@dataclass(frozen=True, slots=True)
class ManifestImage:
    """The container image with Triton, in OCI's registry."""

    repository: Annotated[
        str,
        Doc(
            "Registry and repository, without tag.", ("iad.ocir.io/acme/oci-datascience-triton-server/onnx",)
        ),
        RepositoryText,
    ]
    tag: Annotated[
        str | None,
        Doc(
            "The image's tag, which a plan looks up in the registry; write `digest` to pin it. Left out "
            "beside `build`, it is made from that.",
            ("1.0.0",),
        ),
        TagText,
    ] = None
    digest: Annotated[
        str | None,
        Doc("Pins the image: `reconcile image resolve --write` writes what the tag stands for."),
        Text(r"^sha256:[0-9a-f]{64}$", "a digest: sha256: and 64 hex digits"),
    ] = None
    build: Annotated[
        ManifestBuild | None,
        Doc("What the image is made of, for `reconcile image build`; the models are checked against it."),
    ] = None

    ONE_OF: ClassVar[OneOf] = OneOf(("tag", "digest", "build"), exactly=False)
