"""What a manifest desires, with every default filled in and every reference resolved.

A spec knows nothing of what is live, nor of how to get there.
"""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.artifact import Artifact, ModelGroupMember
from reconciler.core.model.configuration import Configuration, digest_of
from reconciler.core.model.findings import Location
from reconciler.core.model.images import NO_IMAGE, ImageRequest
from reconciler.core.model.proof.probes import Probe
from reconciler.core.model.served.structure import NOTHING, Structure


class Downtime(StrEnum):
    """May an update make a serving deployment stop serving for a while?"""

    NEVER = "never"
    ALLOW = "allow"


class VersionChange(StrEnum):
    """May an update add versions beside those that are served?"""

    KEEP = "keep"
    ADDITIVE = "additive"


class OnFailure(StrEnum):
    """What happens after an update that failed, or whose probes did."""

    ROLLBACK = "rollback"
    STOP = "stop"


class ModelGroupUpdate(StrEnum):
    """How a deployment of a model group gets another group (docs/service.md §3.3: updateType)."""

    ZDT = "zdt"
    LIVE = "live"


class Prune(StrEnum):
    """Whether a deployment that no manifest names any more goes by itself."""

    AUTO = "auto"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Rollout:
    """How updates are done. `tensor_changes` names the models whose tensors may change under a version
    number that is in use.
    """

    downtime: Downtime = Downtime.NEVER
    versions: VersionChange = VersionChange.KEEP
    tensor_changes: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()
    on_failure: OnFailure = OnFailure.ROLLBACK
    model_group_update: ModelGroupUpdate = ModelGroupUpdate.ZDT


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done to the deployment. `protect` and `prune` are None where the manifest is silent: what
    is marked on the deployment then stays. `ignore` has JSON pointers into the manifest.
    """

    paused: bool = False
    protect: bool | None = None
    prune: Prune | None = None
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """Which deployment a manifest is about: its name, and what it was called before, or empty."""

    name: str
    renamed_from: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """One deployment as a manifest desires it; `where` is the manifest's place, for messages.

    `members` are the models of a model group, whose whole is `artifact`; empty for a single model.
    `renamed_from` is what the deployment was called before, or empty. `dangers` say what the manifest asks
    for that might hide what goes wrong later. `served` is what the server will serve, `image` what the
    manifest says of its image.
    """

    name: str
    where: Location
    configuration: Configuration
    artifact: Artifact
    rollout: Rollout = Rollout()
    policy: Policy = Policy()
    active: bool = True
    members: tuple[ModelGroupMember, ...] = ()
    renamed_from: str = ""
    dangers: tuple[str, ...] = ()
    served: Structure = NOTHING
    image: ImageRequest = NO_IMAGE

    @property
    def claim(self) -> Claim:
        """Which deployment it is about."""
        return Claim(self.name, self.renamed_from)

    @property
    def applied_mark(self) -> str:
        """The digest of what is desired; kept on the deployment as the mark *last applied*."""
        return digest_of(self.configuration)

    @property
    def failed_mark(self) -> str:
        """The digest of what was tried, and of how it was judged; kept on the deployment when it failed."""
        return digest_of((self.configuration, self.rollout.probes))


@dataclass(frozen=True, slots=True)
class Revision:
    """Which state of the git repository is applied; the URL never carries credentials."""

    commit: str
    branch: str = ""
    repository: str = ""
