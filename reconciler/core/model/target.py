"""Where deployments live, and the repository's own settings, as values.

How a target is reached and signed in to is the adapters' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Location
from reconciler.core.model.spec import Prune

LOCAL = "local"
"""The target that is meant when none is named: the emulator."""

ALL = "all"
"""In place of the name of a target: every target of reconciler.yaml."""


class Auth(StrEnum):
    """Ways to sign requests to OCI (docs/service.md §6)."""

    API_KEY = "api-key"
    SESSION = "session"
    INSTANCE_PRINCIPAL = "instance-principal"
    RESOURCE_PRINCIPAL = "resource-principal"
    WORKLOAD_IDENTITY = "workload-identity"
    GITHUB_OIDC = "github-oidc"


@dataclass(frozen=True, slots=True)
class ArtifactBucket:
    """The bucket through which content goes that is too large for one upload. An empty `namespace` is the
    tenancy's own; `prefix` comes before the names of objects.
    """

    name: str
    namespace: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class OciTarget:
    """A real tenancy. `project` is a name or an OCID; `profile` a profile of the OCI config file, for the
    auths that read it.
    """

    name: str
    region: str
    compartment: str
    project: str
    auth: Auth = Auth.API_KEY
    profile: str = "DEFAULT"
    create_project: bool = False
    values: Mapping[str, Json] = field(default_factory=dict)
    artifacts: ArtifactBucket | None = None


@dataclass(frozen=True, slots=True)
class EmulatorTarget:
    """The local cloud; `home` is where it keeps its state (an absolute path)."""

    name: str
    home: str
    project: str
    values: Mapping[str, Json] = field(default_factory=dict)
    artifacts: ArtifactBucket | None = None


Target: TypeAlias = OciTarget | EmulatorTarget


class OptionGroupsReading(StrEnum):
    """How the documents on what may change together are read: their narrowest sense, or all that some
    official source shows to work (docs/service.md §3.2).
    """

    STRICT = "strict"
    DOCUMENTED = "documented"


class Ownership(StrEnum):
    """Which deployments may be changed: those with our owner's mark, those without any mark too, or all."""

    MATCH = "match"
    ADOPT_UNOWNED = "adopt-unowned"
    ADOPT_ALL = "adopt-all"

    def allows(self, theirs: str | None, ours: str) -> bool:
        """Whether a deployment with this owner's mark may be changed."""
        match self:
            case Ownership.MATCH:
                return theirs == ours
            case Ownership.ADOPT_UNOWNED:
                return theirs in (ours, None)
            case Ownership.ADOPT_ALL:
                return True


class ImagePins(StrEnum):
    """Whether images may be named by a tag alone, or manifests have to pin them by their digest."""

    ANY = "any"
    PINNED = "pinned"


class ImageBuilds(StrEnum):
    """When images are built and pushed that the registry does not have: in an apply, or in a step apart."""

    ON_APPLY = "onApply"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Safety:
    """Limits that a plan must not pass unless it is told to.

    `max_changed_percent` is the share of the deployments of this owner that one plan may change or delete.
    `prune` is for deployments that carry no wish of their own. `images` says whether they have to be pinned.
    """

    max_deletes: int = 1
    max_changed_percent: int = 100
    option_groups: OptionGroupsReading = OptionGroupsReading.STRICT
    prune: Prune = Prune.AUTO
    update_ownership: Ownership = Ownership.MATCH
    prune_ownership: Ownership = Ownership.MATCH
    images: ImagePins = ImagePins.ANY


@dataclass(frozen=True, slots=True)
class CatalogLimits:
    """What `gc` leaves in the catalog beside what is used: `keep` entries of each name."""

    keep: int = 3


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the settings name, by its path from the root of the repository, and where they do so."""

    path: str
    where: Location


@dataclass(frozen=True, slots=True)
class Settings:
    """What reconciler.yaml says: the owner's mark, where deployments may live, the limits, the names of all
    secrets that manifests may take from the environment (None: any but the runner's own), when images are
    built, what stays in the catalog, and where prices are. `target_names` are all
    targets of the file, in its order, also those that were not read; the local one, if it has none.
    """

    owner: str
    targets: Mapping[str, Target]
    safety: Safety = field(default_factory=Safety)
    secrets: frozenset[str] | None = None
    image_builds: ImageBuilds = ImageBuilds.NEVER
    gc: CatalogLimits = CatalogLimits()
    prices: NamedFile | None = None
    target_names: tuple[str, ...] = (LOCAL,)

    @property
    def known_targets(self) -> frozenset[str]:
        """The names that manifests may have patches for: the local one is always there."""
        return frozenset((*self.target_names, LOCAL))
