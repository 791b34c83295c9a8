"""What a manifest desires, with every default filled in and every reference resolved.

A spec knows nothing of what is live, nor of how to get there.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.core.model.artifact import Artifact, ModelGroupMember
from reconciler.core.model.configuration import Configuration, digest_of
from reconciler.core.model.findings import Location
from reconciler.core.model.images.image import NO_IMAGE, ImageFacts, ImageNeeds, ImageRequest, ImageSight
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
    """What happens to a deployment that no manifest names any more: it is deleted, or only when that is
    confirmed, or our marks come off it and it runs on.
    """

    AUTO = "auto"
    CONFIRM = "confirm"
    RELEASE = "release"


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
class Hold:
    """Keeps a deployment at an earlier `revision`, although its manifest asks for something else: `refused`
    stands for what that is (`Spec.refused_mark`), and the hold lasts while it is the same.
    """

    refused: str
    revision: str

    @property
    def words(self) -> str:
        """What it does, as a plan shows it."""
        return f"kept at {self.revision}, without {self.refused}"

    @property
    def standing(self) -> str:
        """That something is held, in words for people."""
        return f"{HELD_AT} {self.revision[:SHORT]} by a rollback"


HELD_AT = "held at revision"
"""What the words for everything that is held begin with."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Which deployment a manifest is about: its name, what it was called before, and the OCID of the one that
    it takes over; each of the last two may be empty.
    """

    name: str
    renamed_from: str = ""
    adopt: str = ""


@dataclass(frozen=True, slots=True)
class GivenModel:
    """A catalog model, or a model group, that exists already, by its OCID; `content` is what it holds: the
    digest of a model repository, or the OCID itself where the manifest says no more of it.
    """

    ocid: str
    content: str

    @property
    def alone(self) -> bool:
        """Whether the manifest has no models but this one."""
        return self.content == self.ocid


@dataclass(frozen=True, slots=True)
class Spec:
    """One deployment as a manifest desires it; `where` is the manifest's place, for messages.

    `members` are the models of a model group, whose whole is `artifact`; empty for a single model.
    `renamed_from` is what the deployment was called before, and `adopt` the OCID of the one that is taken
    over; both may be empty. `given` is a catalog model that the manifest names by its OCID. `dangers` say
    what the manifest asks for that might hide what goes wrong later. `served` is what the server will serve,
    `image` what the manifest says of its image, `needs` what the models ask of it, and `sight` what its
    registry says; None where nobody has looked, or can tell.

    A digest that the manifest leaves out is looked up: it is in `configuration`, and not in `written`.
    `hold` is set on a spec of an earlier revision that is applied in place of what the manifest says now.
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
    needs: tuple[ImageNeeds, ...] = ()
    sight: ImageSight | None = None
    hold: Hold | None = None
    adopt: str = ""
    given: GivenModel | None = None

    @property
    def claim(self) -> Claim:
        """Which deployment it is about."""
        return Claim(self.name, self.renamed_from, self.adopt)

    @property
    def by_ocid(self) -> str:
        """The OCID of the catalog model, where the manifest names it and has no models of its own; or
        empty.
        """
        return self.given.ocid if self.given and self.given.alone else ""

    @property
    def looked_up(self) -> str | None:
        """The digest that the tag stands for, where it was looked up and the manifest pins none."""
        return self.sight.digest if isinstance(self.sight, ImageFacts) and not self.image.digest else None

    @property
    def written(self) -> Configuration:
        """The configuration as the manifest has it: what a registry says is no part of it."""
        if self.looked_up is None:
            return self.configuration
        return replace(self.configuration, container=replace(self.configuration.container, digest=None))

    @property
    def applied_mark(self) -> str:
        """The digest of what is desired; kept on the deployment as the mark *last applied*. It is the same
        whether or not a registry could be asked.
        """
        return digest_of(self.written)

    @property
    def failed_mark(self) -> str:
        """The digest of what was tried, and of how it was judged; kept on the deployment when it failed. A
        digest that was looked up is a word of its own in it.
        """
        tried = digest_of((self.written, self._judged_by))
        return f"{tried}{IMAGE_TRIED}{digest_of(self.looked_up)[:SHORT]}" if self.looked_up else tried

    @property
    def refused_mark(self) -> str:
        """Stands for what the manifest asks for, its files and its probes, in a hold: when this is another
        one, the manifest has changed. An image that was looked up is no part of it.
        """
        return digest_of((self.written, self._judged_by, self.active))[: 2 * SHORT]

    @property
    def _judged_by(self) -> tuple[Probe, ...]:
        """The probes, without the place of their files on this machine."""
        return tuple(
            replace(
                probe,
                input=replace(probe.input, path=""),
                expect=probe.expect and replace(probe.expect, path=""),
            )
            for probe in self.rollout.probes
        )

    def failed_as(self, mark: str | None) -> bool:
        """Whether this spec is the one that failed and left this mark. An image that could not be looked up,
        then or now, counts as the same one.
        """
        tried, _, image = (mark or "").partition(IMAGE_TRIED)
        desired, _, desired_image = self.failed_mark.partition(IMAGE_TRIED)
        return tried == desired and (not image or not desired_image or image == desired_image)


IMAGE_TRIED = "-"
"""Stands in the mark of what failed before the image that was tried."""

SHORT = 16
"""Hex digits that stand for that image: the memory of a failure shares one tag with other words."""


@dataclass(frozen=True, slots=True)
class Revision:
    """Which state of the git repository is applied; the URL never carries credentials."""

    commit: str
    branch: str = ""
    repository: str = ""
