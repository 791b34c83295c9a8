"""What a deployment runs on, as a manifest declares it: `spec.instance`, `spec.scaling`, `spec.bandwidthMbps`
and `spec.network`. It is a part of `declarations.model_deployment`. What the service says is in
docs/service.md §1.6.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from reconciler.manifests.schema.formats import (
    LARGEST_INTEGER,
    Duration,
    FullText,
    Ocid,
    ReservationOcid,
    SubnetOcid,
)
from reconciler.manifests.schema.notes import Between, Doc, Key, OneOf, Text


class ManifestCpuBaseline(StrEnum):
    """The share of its OCPUs that an instance always has."""

    EIGHTH = "BASELINE_1_8"
    HALF = "BASELINE_1_2"
    WHOLE = "BASELINE_1_1"


class ManifestNetworkAccess(StrEnum):
    """What the containers can reach."""

    NO_INTERNET = "no-internet"
    INTERNET = "internet"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class ManifestInstance:
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
    cpu_baseline: Annotated[
        ManifestCpuBaseline | None,
        Doc("For flexible shapes: the share of the OCPUs that is always there. BASELINE_1_1: all of it."),
    ] = None
    capacity_reservations: Annotated[
        tuple[ReservationOcid, ...] | None,
        Doc("OCIDs of capacity reservations. [] takes none; left out, those that are there stay."),
    ] = None


@dataclass(frozen=True, slots=True)
class ManifestFixedScaling:
    """Always the same number of instances."""

    instances: Annotated[int, Doc("Number of instances."), Between(1, LARGEST_INTEGER)]


@dataclass(frozen=True, slots=True)
class ManifestThresholds:
    """Utilisation in percent."""

    out: Annotated[int, Doc("Above this an instance is added."), Between(1, 100)]
    in_: Annotated[int, Doc("Below this an instance is removed."), Between(1, 100)]


@dataclass(frozen=True, slots=True)
class ManifestQueries:
    """Queries in OCI's Monitoring Query Language."""

    out: Annotated[
        str,
        Doc("While this holds, instances are added.", ("PredictLatency[1m].percentile(0.9) > 2000",)),
        FullText,
    ]
    in_: Annotated[str, Doc("While this holds, instances are removed."), FullText]


@dataclass(frozen=True, slots=True)
class ManifestAutoscaling:
    """Between two numbers of instances, by what is measured."""

    min: Annotated[int, Doc("Fewest instances."), Between(1, LARGEST_INTEGER)]
    max: Annotated[int, Doc("Most instances."), Between(1, LARGEST_INTEGER)]
    cpu: Annotated[ManifestThresholds | None, Doc("By CPU utilisation in percent.")] = None
    memory: Annotated[ManifestThresholds | None, Doc("By memory utilisation in percent.")] = None
    query: Annotated[ManifestQueries | None, Doc("By your own queries.")] = None
    initial: Annotated[
        int | None,
        Doc("Instances to begin with. Each time this changes, the service goes back to it."),
        Between(1, LARGEST_INTEGER),
    ] = None
    cool_down: Annotated[str, Doc("Least time between two changes, 5m or more.", ("10m",)), Duration] = "5m"
    pending_duration: Annotated[str, Doc("How long it must have lasted, 3m to 1h.", ("5m",)), Duration] = "3m"

    ONE_OF: ClassVar[OneOf] = OneOf(("cpu", "memory", "query"), exactly=True)


@dataclass(frozen=True, slots=True)
class ManifestBandwidth:
    """Load balancer bandwidth in Mbps."""

    min: Annotated[int, Doc("Bandwidth that is always there."), Between(1, LARGEST_INTEGER)]
    max: Annotated[int | None, Doc("At most twice the minimum."), Between(1, LARGEST_INTEGER)] = None


@dataclass(frozen=True, slots=True)
class ManifestNetwork:
    """What the containers can reach, and from where they can be called."""

    access: Annotated[
        ManifestNetworkAccess, Doc("What the containers can reach; no update leads away from custom.")
    ]
    subnet: Annotated[SubnetOcid | None, Doc("For custom: OCID of a subnet with 127 free addresses.")] = None
    private_endpoint: Annotated[
        Ocid | None,
        Doc("OCID of a Data Science private endpoint: models can then be called from its network alone."),
    ] = None
