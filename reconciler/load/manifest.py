"""`kind: ModelDeployment`: what a user may write, field by field. The one description from which both the
reader and the JSON Schema (`schemas/model-deployment.v1.json`) are made; rules that tie fields together are
in `load.checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from reconciler.core.live import MARKS_ON_A_DEPLOYMENT
from reconciler.core.spec import Downtime
from reconciler.core.values import Secret
from reconciler.load.shapes import Between, Count, Doc, Key, Keys, OneOf, Text

API_VERSION = "reconciler.oci/v1"
KIND = "ModelDeployment"

TAGS_OF_A_RESOURCE = 10
"""Free-form tags that OCI allows on one resource (Oracle: Limits on Tags)."""

MOST = 2**31 - 1
"""Whole numbers of the API have 32 bits."""

FullText = Text(r"^[^\x00]*\S[^\x00]*$", "text that is not empty")
Path = Annotated[str, Text(r"^[^\n]+$", "a path", longest=1024)]
Ocid = Annotated[str, Text(r"^ocid1\.[a-z0-9]+\.[a-zA-Z0-9._-]+$", "an OCID (ocid1.…)", longest=255)]
LogOcid = Annotated[
    str,
    Text(
        r"^ocid1\.log\.[a-z0-9]+\.[a-z0-9-]*\.[A-Za-z0-9_.-]+$",
        "the OCID of a log (ocid1.log.…)",
        longest=255,
    ),
]
LogGroupOcid = Annotated[
    str,
    Text(
        r"^ocid1\.loggroup\.[a-z0-9]+\.[a-z0-9-]*\.[A-Za-z0-9_.-]+$",
        "the OCID of a log group (ocid1.loggroup.…)",
        longest=255,
    ),
]
ModelName = Text(
    r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", "a model name: letters, digits, '.', '_' and '-'", longest=128
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the deployment is called and described as."""

    name: Annotated[
        str,
        Doc("The display name of the deployment; unique among the manifests.", ("vision",)),
        Text(
            r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "a name: letters, digits, '.', '_' and '-'",
            longest=200,
            why="It is the name of a file too: NAME.zip, which holds the artifact.",
        ),
    ]
    description: Annotated[
        str,
        Doc("Shown in the console."),
        # Unverified (docs/service.md §1.6): refusing what might pass is cheaper than a failed create.
        Text(longest=400, why="The service is taken to allow no more (docs/service.md §1.6)."),
    ] = ""
    labels: Annotated[
        Mapping[str, Annotated[str, Text(longest=256)]],
        Doc("Free-form tags of the deployment. Keys that start with reconciler- are taken."),
        Keys(Text(r"^[!-\-/-~]{1,100}$", "1 to 100 printable ASCII characters without '.' and space")),
        Count(most=TAGS_OF_A_RESOURCE - MARKS_ON_A_DEPLOYMENT),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Build:
    """How the Triton image is composed."""

    triton: Annotated[str, Doc("Release of the Triton server.", ("2.30.0",)), FullText]
    backends: Annotated[tuple[str, ...], Doc("Triton backends in the image."), Count(least=1)]
    repo_agents: Annotated[tuple[str, ...], Doc("Triton repository agents in the image.")] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """The container image with Triton, in OCI's registry."""

    repository: Annotated[
        str,
        Doc(
            "Registry and repository, without tag.", ("iad.ocir.io/acme/oci-datascience-triton-server/onnx",)
        ),
        Text(
            r"^[a-z0-9][a-z0-9.:-]*(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$",
            "an image repository without tag: registry/path/name",
        ),
    ]
    tag: Annotated[
        str | None,
        Doc("Resolved to a digest when planning.", ("1.0.0",)),
        Text(r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", "an image tag"),
    ] = None
    digest: Annotated[
        str | None,
        Doc("Pins the image."),
        Text(r"^sha256:[0-9a-f]{64}$", "a digest: sha256: and 64 hex digits"),
    ] = None
    build: Annotated[Build | None, Doc("How the image is composed.")] = None

    ONE_OF: ClassVar[OneOf] = OneOf(("tag", "digest"), exactly=False)


@dataclass(frozen=True, slots=True)
class RemoteVersion:
    """A model file that is downloaded when it is needed."""

    url: Annotated[
        str,
        Doc("Where it is."),
        Text(
            r"^(https://[^\s]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?(/[^\s]*)?)$",
            "an https:// URL",
            why="Without TLS anybody on the way can see the file; http:// is for this machine (127.0.0.1).",
        ),
    ]
    sha256: Annotated[str, Doc("Digest of the file."), Text(r"^[0-9a-f]{64}$", "64 hex digits")]


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the server."""

    name: Annotated[str, Doc("The name by which clients call it.", ("resnet",)), ModelName]
    versions: Annotated[
        Mapping[str, Path | RemoteVersion],
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
        Path | Mapping[str, object] | None,
        Doc("A config.pbtxt (a path relative to this manifest), or its fields; left out, it is made."),
    ] = None


@dataclass(frozen=True, slots=True)
class Server:
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
class Instance:
    """What one instance runs on."""

    shape: Annotated[
        str,
        Doc("Compute shape.", ("VM.Standard.E4.Flex", "VM.GPU.A10.1")),
        Text(r"^[A-Za-z0-9._-]+$", "a compute shape"),
    ]
    ocpus: Annotated[float | None, Doc("For flexible shapes."), Between(1, 1024)] = None
    memory_gbs: Annotated[
        float | None, Key("memoryGBs"), Doc("For flexible shapes: 6 to 64 per OCPU."), Between(1, 4096)
    ] = None


@dataclass(frozen=True, slots=True)
class FixedScaling:
    """Always the same number of instances."""

    instances: Annotated[int, Doc("Number of instances."), Between(1, MOST)]


@dataclass(frozen=True, slots=True)
class CpuThresholds:
    """CPU utilisation in percent."""

    out: Annotated[int, Doc("Above this an instance is added."), Between(1, 100)]
    in_: Annotated[int, Doc("Below this an instance is removed."), Between(1, 100)]


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """Between two numbers of instances, by CPU utilisation."""

    min: Annotated[int, Doc("Fewest instances."), Between(1, MOST)]
    max: Annotated[int, Doc("Most instances."), Between(1, MOST)]
    cpu: Annotated[CpuThresholds, Doc("Thresholds in percent.")]
    cool_down: Annotated[
        str, Doc("Least time between two changes, 5m or more.", ("10m",)),
        Text(r"^[1-9][0-9]{0,5}[smh]$", "a duration such as 90s, 10m or 1h"),
    ] = "5m"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """Load balancer bandwidth in Mbps."""

    min: Annotated[int, Doc("Always there."), Between(1, MOST)]
    max: Annotated[int | None, Doc("At most twice the minimum."), Between(1, MOST)] = None


@dataclass(frozen=True, slots=True)
class LogRef:
    """A custom log of OCI Logging."""

    group: Annotated[LogGroupOcid, Doc("OCID of the log group.")]
    log: Annotated[LogOcid, Doc("OCID of the log.")]


@dataclass(frozen=True, slots=True)
class Logs:
    """Where logs go."""

    access: Annotated[LogRef | None, Doc("HTTP access log.")] = None
    predict: Annotated[LogRef | None, Doc("What the container prints.")] = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """How updates are done."""

    downtime: Annotated[
        Downtime, Doc("May an update make a serving deployment stop serving for a while?")
    ] = Downtime.NEVER


@dataclass(frozen=True, slots=True)
class DeploymentSpec:
    """What is deployed, and on what."""

    image: Annotated[Image, Doc("The container image with Triton.")]
    instance: Annotated[Instance, Doc("What one instance runs on.")]
    models: Annotated[tuple[Model, ...] | None, Doc("The models of the server."), Count(least=1)] = None
    model_repository: Annotated[
        Path | None,
        Doc("A folder that is laid out as a Triton model repository (a path relative to this manifest)."),
    ] = None
    server: Annotated[Server, Doc("How Triton is started.")] = Server()
    scaling: Annotated[FixedScaling | Autoscaling, Doc("How many instances.")] = FixedScaling(1)
    bandwidth_mbps: Annotated[Bandwidth | None, Doc("Load balancer bandwidth in Mbps.")] = None
    logs: Annotated[Logs, Doc("Where logs go.")] = Logs()
    rollout: Annotated[Rollout, Doc("How updates are done.")] = Rollout()

    ONE_OF: ClassVar[OneOf] = OneOf(("models", "modelRepository"), exactly=True)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A Triton model deployment on OCI Data Science."""

    api_version: Annotated[Literal["reconciler.oci/v1"], Doc("Version of this format.")]
    kind: Annotated[Literal["ModelDeployment"], Doc("What this document is.")]
    metadata: Annotated[Metadata, Doc("What the deployment is called.")]
    spec: Annotated[DeploymentSpec, Doc("What is deployed, and on what.")]
