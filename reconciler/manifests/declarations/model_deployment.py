"""`kind: ModelDeployment`: what a user may write, field by field. The reader and the JSON Schema
(`schemas/model-deployment.v1.json`) are both made from this.

Image, capacity and rollout are declared in modules of their own. Rules about several fields are in `rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from reconciler.core.model.configuration import DeploymentType, Secret
from reconciler.core.model.live import MARKS_ON_A_DEPLOYMENT, TAGS_OF_A_RESOURCE
from reconciler.manifests.declarations.image import ManifestImage
from reconciler.manifests.declarations.instance_and_scaling import (
    ManifestAutoscaling,
    ManifestBandwidth,
    ManifestFixedScaling,
    ManifestInstance,
    ManifestNetwork,
)
from reconciler.manifests.declarations.rollout import ManifestPolicy, ManifestRollout
from reconciler.manifests.schema.formats import (
    DeploymentOcid,
    LogGroupOcid,
    LogOcid,
    ModelName,
    Ocid,
    PathText,
    TagKey,
    TagValue,
)
from reconciler.manifests.schema.notes import Between, Count, Doc, Keys, OneOf, Text

API_VERSION = "reconciler.oci/v1"
MANIFEST_KIND = "ModelDeployment"


DeploymentName = Text(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    "a name: letters, digits, '.', '_' and '-'",
    longest=200,
    why="It is the name of a file too: NAME.zip, which holds the artifact.",
)


@dataclass(frozen=True, slots=True)
class ManifestMetadata:
    """What the deployment is called and described as."""

    name: Annotated[
        str,
        Doc("The display name of the deployment; unique among the manifests.", ("vision",)),
        DeploymentName,
    ]
    renamed_from: Annotated[
        str | None,
        Doc("What the deployment was called before: it gets its new name, and keeps its OCID and endpoint."),
        DeploymentName,
    ] = None
    adopt: Annotated[
        DeploymentOcid | None,
        Doc(
            "OCID of a deployment that nobody owns: the next apply takes that one over, and no other. After "
            "that the line does nothing, and can go."
        ),
    ] = None
    description: Annotated[
        str,
        Doc("Shown in the console."),
        # Unverified (docs/service.md §1.6): refusing what might pass is cheaper than a failed create.
        Text(longest=400, why="The service is taken to allow no more (docs/service.md §1.6)."),
    ] = ""
    labels: Annotated[
        Mapping[str, TagValue],
        Doc("Free-form tags of the deployment. Keys that start with reconciler- are taken."),
        Keys(TagKey),
        Count(
            most=TAGS_OF_A_RESOURCE - MARKS_ON_A_DEPLOYMENT,
            why=f"A resource has {TAGS_OF_A_RESOURCE} free-form tags (OCI documentation: Limits on Tags); "
            f"{MARKS_ON_A_DEPLOYMENT} are the reconciler's own.",
        ),
    ] = field(default_factory=dict)
    defined_tags: Annotated[
        Mapping[str, Annotated[Mapping[str, TagValue], Keys(TagKey), Count(least=1)]],
        Doc("Namespace → key → value. Other defined tags of the deployment are left alone."),
        Keys(TagKey),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManifestRemoteFile:
    """A file of a model that is downloaded when it is needed."""

    url: Annotated[
        str,
        Doc("Where it is."),
        Text(
            r"^https://[^\s]+$",
            "an https:// URL",
            why="Without TLS anybody on the way can see the file, and change it.",
        ),
    ]
    sha256: Annotated[str, Doc("Digest of the file."), Text(r"^[0-9a-f]{64}$", "64 hex digits")]


@dataclass(frozen=True, slots=True)
class ManifestModel:
    """One model of the server."""

    name: Annotated[str, Doc("The name by which clients call it.", ("resnet",)), ModelName]
    versions: Annotated[
        Mapping[str, PathText | ManifestRemoteFile],
        Doc("Version number → file or folder (a path relative to this manifest), or a file at a URL."),
        Keys(Text(r"^[1-9][0-9]{0,17}$", "a version number (1, 2, …)")),
        Count(least=1),
    ]
    backend: Annotated[
        str | None,
        Doc("Triton's backend; left out, Triton finds it.", ("onnxruntime", "pytorch")),
        Text(r"^[a-z0-9_]+$", "a backend's name: small letters, digits and '_'"),
    ] = None
    config: Annotated[
        PathText | Mapping[str, object] | None,
        Doc("A config.pbtxt (a path relative to this manifest), or its fields; left out, it is generated."),
    ] = None
    files: Annotated[
        Mapping[str, PathText | ManifestRemoteFile],
        Doc(
            "What else lies in the model's folder, such as label files: path in it → file or folder (a path "
            "relative to this manifest), or a file at a URL."
        ),
        Keys(
            Text(
                r"^[^/\\\n]+(/[^/\\\n]+)*$",
                "a path in the model's folder: names with / between them",
                longest=1024,
            )
        ),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManifestCatalogModel:
    """A model of the catalog that exists already."""

    ocid: Annotated[
        Ocid,
        Doc("OCID of the catalog model, or of the model group. It is used as it is, and never uploaded."),
    ]


@dataclass(frozen=True, slots=True)
class ManifestPublished:
    """A catalog model that holds the models of this manifest already. While the deployment runs it, and their
    content is the same, nothing is uploaded.
    """

    ocid: Annotated[Ocid, Doc("OCID of the catalog model.")]
    content: Annotated[
        str,
        Doc("Digest of the models, as `reconcile build` prints it."),
        Text(r"^sha256:[0-9a-f]{64}$", "a digest: sha256: and 64 hex digits"),
    ]


@dataclass(frozen=True, slots=True)
class ManifestServer:
    """How Triton is started in the container."""

    command: Annotated[
        tuple[str, ...], Doc("Command of the container; left out, the image's own."), Count(most=100)
    ] = ()
    entrypoint: Annotated[
        tuple[str, ...], Doc("Entry point of the container; left out, the image's own."), Count(most=100)
    ] = ()
    port: Annotated[int, Doc("Where Triton's HTTP endpoint listens."), Between(1024, 65535)] = 8000
    health_port: Annotated[
        int | None, Doc("Where the health endpoint listens; left out, the same port."), Between(1024, 65535)
    ] = None
    env: Annotated[
        Mapping[str, str | Secret],
        Doc("Environment variables. Secrets as {{ env.NAME }}; CONTAINER_TYPE=TRITON is added."),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManifestLogRef:
    """A custom log of OCI Logging."""

    group: Annotated[LogGroupOcid, Doc("OCID of the log group.")]
    log: Annotated[LogOcid, Doc("OCID of the log.")]


@dataclass(frozen=True, slots=True)
class ManifestLogs:
    """Where logs go."""

    access: Annotated[ManifestLogRef | None, Doc("HTTP access log.")] = None
    predict: Annotated[ManifestLogRef | None, Doc("What the container prints.")] = None


class ManifestState(StrEnum):
    """Whether it should serve."""

    ACTIVE = "active"
    INACTIVE = "inactive"


ONE_INSTANCE = ManifestFixedScaling(1)


@dataclass(frozen=True, slots=True)
class ManifestSpec:
    """What is deployed, and on what."""

    image: Annotated[ManifestImage, Doc("The container image with Triton.")]
    instance: Annotated[ManifestInstance, Doc("What one instance runs on.")]
    deployment_type: Annotated[
        DeploymentType,
        Doc("One catalog model holds all models, or a group has one for each. It never changes."),
    ] = DeploymentType.SINGLE_MODEL
    state: Annotated[ManifestState, Doc("Whether it serves; while inactive, it costs nothing.")] = (
        ManifestState.ACTIVE
    )
    models: Annotated[tuple[ManifestModel, ...] | None, Doc("The models of the server."), Count(least=1)] = (
        None
    )
    model_repository: Annotated[
        PathText | None,
        Doc("A folder that is laid out as a Triton model repository (a path relative to this manifest)."),
    ] = None
    model: Annotated[
        ManifestCatalogModel | None,
        Doc("A catalog model that exists already, in place of models of one's own."),
    ] = None
    published: Annotated[
        ManifestPublished | None,
        Doc("A catalog model that holds these models already, as `reconcile adopt --download` found it."),
    ] = None
    server: Annotated[ManifestServer, Doc("How Triton is started.")] = ManifestServer()
    scaling: Annotated[ManifestFixedScaling | ManifestAutoscaling, Doc("How many instances.")] = ONE_INSTANCE
    bandwidth_mbps: Annotated[ManifestBandwidth | None, Doc("Load balancer bandwidth in Mbps.")] = None
    network: Annotated[
        ManifestNetwork | None, Doc("What the containers reach; left out, it stays as it is.")
    ] = None
    logs: Annotated[ManifestLogs, Doc("Where logs go.")] = ManifestLogs()
    rollout: Annotated[ManifestRollout, Doc("How updates are done.")] = field(default_factory=ManifestRollout)
    policy: Annotated[ManifestPolicy, Doc("What may be done to it.")] = field(default_factory=ManifestPolicy)

    ONE_OF: ClassVar[OneOf] = OneOf(("models", "modelRepository", "model"), exactly=True)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A Triton model deployment on OCI Data Science."""

    api_version: Annotated[Literal["reconciler.oci/v1"], Doc("Version of this format.")]
    kind: Annotated[Literal["ModelDeployment"], Doc("What this document is.")]
    metadata: Annotated[ManifestMetadata, Doc("What the deployment is called.")]
    spec: Annotated[ManifestSpec, Doc("What is deployed, and on what.")]
