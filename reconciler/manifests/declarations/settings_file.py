"""`reconciler.yaml`, field by field. Its reader and its JSON Schema (`schemas/repository.v1.json`) are both
made from this.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal

from reconciler.core.model.target import Auth, ImageBuilds, ImagePins, OptionGroupsReading, Ownership
from reconciler.manifests.schema.formats import Ocid, PathText
from reconciler.manifests.schema.notes import Between, Doc, Keys, Text

SETTINGS_FILE = "reconciler.yaml"
SETTINGS_KIND = "Repository"

ShortName = Text(r"^[a-z0-9][a-z0-9-]{0,62}$", "a short name: small letters, digits and '-', at most 63")
Project = Annotated[
    str,
    Doc("Name or OCID of the Data Science project."),
    Text(r"^\S(.*\S)?$", "a name or an OCID", longest=255),
]
SecretName = Annotated[
    str,
    Doc("A variable of the environment."),
    Text(r"^[A-Za-z_][A-Za-z0-9_]{0,127}$", "the name of a variable: letters, digits and '_'"),
]
BucketName = Annotated[
    str,
    Doc("Name of the bucket; it has to exist, in the target's region."),
    Text(r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$", "a bucket: letters, digits, '-', '_' and '.'", longest=256),
]
Values = Annotated[Mapping[str, object], Doc("For {{ values.NAME }} in manifests.")]


@dataclass(frozen=True, slots=True)
class SettingsArtifacts:
    """The bucket through which content goes that is too large for one upload to the catalog."""

    bucket: BucketName
    namespace: Annotated[
        str | None,
        Doc("Object Storage namespace of the bucket; left out, the tenancy's own."),
        Text(r"^[A-Za-z0-9_-]+$", "a namespace: letters, digits, '-' and '_'", longest=255),
    ] = None
    prefix: Annotated[
        str | None,
        Doc("Comes before the names of objects, with a '/' between.", ("triton/artifacts",)),
        Text(
            r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$",
            "a path: letters, digits, '-', '_' and '.', with '/' between",
            longest=512,
        ),
    ] = None


Artifacts = Annotated[
    SettingsArtifacts | None,
    Doc("Where content goes first that is too large for one upload to the catalog."),
]


@dataclass(frozen=True, slots=True)
class SettingsEmulator:
    """Settings of the local cloud."""

    home: Annotated[
        str | None,
        Doc("Folder of its state, relative to this file; left out, .reconciler/emulator."),
        Text(r"^[^\n]+$", "a path", longest=1024),
    ] = None


@dataclass(frozen=True, slots=True)
class SettingsEmulatorTarget:
    """The local cloud."""

    emulator: Annotated[SettingsEmulator, Doc("The target is the local cloud; {} takes every default.")]
    project: Project | None = None
    values: Values = field(default_factory=dict)
    artifacts: Artifacts = None


@dataclass(frozen=True, slots=True)
class SettingsOciTarget:
    """A real tenancy."""

    region: Annotated[
        str,
        Doc("Region identifier.", ("us-ashburn-1",)),
        Text(r"^[a-z]+(-[a-z]+)+-[0-9]+$", "a region such as us-ashburn-1"),
    ]
    compartment: Annotated[Ocid, Doc("OCID of the compartment.")]
    project: Project
    auth: Annotated[Auth, Doc("How requests are signed.")] = Auth.API_KEY
    profile: Annotated[str, Doc("Profile of the OCI config file, for api-key and session.")] = "DEFAULT"
    create_project: Annotated[bool, Doc("Create the project when it does not exist.")] = False
    values: Values = field(default_factory=dict)
    artifacts: Artifacts = None


@dataclass(frozen=True, slots=True)
class SettingsOwnership:
    """Which deployments may be changed, by their owner's mark."""

    update: Annotated[
        Ownership, Doc("Deployments with a manifest: only ours, also those without an owner, or all.")
    ] = Ownership.MATCH
    prune: Annotated[
        Ownership, Doc("Deployments without a manifest: only ours, also those without an owner, or all.")
    ] = Ownership.MATCH


class SettingsPrune(StrEnum):
    """Whether deployments that no manifest names any more are deleted by themselves."""

    AUTO = "auto"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class SettingsSafety:
    """Limits that a plan must not pass unless it is told to."""

    max_deletes: Annotated[int, Doc("Most deployments that one plan may delete."), Between(low=0)] = 1
    max_changed_percent: Annotated[
        int,
        Doc("Share of this repository's deployments that one plan may change or delete."),
        Between(1, 100),
    ] = 100
    update_groups: Annotated[
        OptionGroupsReading,
        Doc("What may change in one update: what every source allows, or all that an official one shows."),
    ] = OptionGroupsReading.STRICT
    prune: Annotated[
        SettingsPrune,
        Doc("A deployment that no manifest names any more is deleted (auto), or only when told to."),
    ] = SettingsPrune.AUTO
    ownership: Annotated[SettingsOwnership, Doc("Which deployments may be changed.")] = SettingsOwnership()
    images: Annotated[
        ImagePins,
        Doc("Images by tag or by digest (any), or only those that manifests pin by their digest (pinned)."),
    ] = ImagePins.ANY


@dataclass(frozen=True, slots=True)
class SettingsImages:
    """How images come about."""

    build: Annotated[
        ImageBuilds,
        Doc("Whether apply builds and pushes images with a `build` that the registry does not have."),
    ] = ImageBuilds.NEVER


@dataclass(frozen=True, slots=True)
class SettingsGc:
    """What `reconcile gc` leaves in the catalog, beside what is used and what was needed within a day."""

    keep: Annotated[
        int,
        Doc("Catalog models, or model groups, of each deployment that stay to go back to: those used last."),
        Between(low=1),
    ] = 3


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """Settings of a repository of manifests."""

    api_version: Annotated[Literal["reconciler.oci/v1"], Doc("Version of this format.")]
    kind: Annotated[Literal["Repository"], Doc("What this document is.")]
    owner: Annotated[
        str,
        Doc("Marks everything that this repository manages; unique in the tenancy.", ("acme-vision",)),
        ShortName,
    ]
    targets: Annotated[
        Mapping[str, SettingsEmulatorTarget | SettingsOciTarget],
        Doc("Where deployments live. `local` is the local cloud, also when it is not named here."),
        Keys(ShortName),
    ] = field(default_factory=dict)
    safety: Annotated[SettingsSafety, Doc("Limits that a plan must not pass.")] = SettingsSafety()
    images: Annotated[SettingsImages, Doc("How images come about.")] = SettingsImages()
    secrets: Annotated[
        tuple[SecretName, ...] | None,
        Doc("All names that {{ env.NAME }} in manifests may have; left out, any but the runner's own."),
    ] = None
    prices: Annotated[
        PathText | None,
        Doc("A file of prices (kind: Prices), relative to this one; plans then tell the cost."),
    ] = None
    gc: Annotated[SettingsGc, Doc("What `reconcile gc` leaves in the catalog.")] = SettingsGc()
