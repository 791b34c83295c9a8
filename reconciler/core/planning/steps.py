"""The steps of a plan, as values: each is one thing that `apply` does, and waiting is a step too.

A step holds all that it needs. It names models by their content, so it needs no OCID from a step before it.
"""

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import Configuration, Instance, named
from reconciler.core.model.images.image import ImageBuild
from reconciler.core.model.live import IN_FLIGHT, Live, Marks, State
from reconciler.core.model.proof.probes import Probe
from reconciler.core.model.served.structure import ModelVersion
from reconciler.core.model.spec import Revision
from reconciler.core.planning.diff.option_groups import OptionGroup


@dataclass(frozen=True, slots=True)
class KeepModel:
    """The catalog model that the deployment runs already."""

    ocid: str


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """The catalog model whose content has this digest; its OCID is looked up when it is needed."""

    digest: str


@dataclass(frozen=True, slots=True)
class NamedModel:
    """The catalog model, or model group, that the manifest names by its OCID."""

    ocid: str


ModelRef: TypeAlias = KeepModel | PublishedModel | NamedModel


@dataclass(frozen=True, slots=True)
class EnsureProject:
    """Create the project unless one of that name exists by now."""

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class BuildImage:
    """Compose an image, which gets this name. An image that is there already is used as it is, so this may
    run twice.
    """

    image: str
    build: ImageBuild
    revision: Revision | None


@dataclass(frozen=True, slots=True)
class PushImage:
    """Send an image to its registry, as far as that does not have it yet; this may run twice."""

    image: str


@dataclass(frozen=True, slots=True)
class PublishModel:
    """Put a model repository into the catalog. Content that is there already is taken up as it is, so this
    may run twice; `in_catalog` says that the plan has seen it there.
    """

    artifact: Artifact
    deployment: str
    owner: str
    revision: Revision | None
    token: str
    in_catalog: bool = False


@dataclass(frozen=True, slots=True)
class PublishGroup:
    """Make the model group of this digest out of catalog models. One that is there already is taken up;
    `in_catalog` says that the plan has seen it. `members` are pairs of key and digest of content.
    """

    digest: str
    members: tuple[tuple[str, str], ...]
    deployment: str
    owner: str
    token: str
    in_catalog: bool = False


@dataclass(frozen=True, slots=True)
class CreateDeployment:
    """Create the deployment; the token makes a second call of the same plan return the first one's
    deployment. The fields at the paths `from_live` are as those of the deployment in whose place it comes.
    """

    configuration: Configuration
    model: ModelRef
    marks: Marks
    token: str
    from_live: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemporaryCapacity:
    """What a rolling update needs for a while, beside what runs: up to so many instances more."""

    instances: int
    instance: Instance


@dataclass(frozen=True, slots=True)
class UpdateDeployment:
    """One legal update: `configuration` is all that stands after it, `option_groups` what it changes,
    `temporary` the capacity that it needs for a while. `in_place` changes a model group without replacing
    instances.

    Variables that are None, and the fields at the paths `from_live`, are those that the deployment had when
    the run began to change it: no plan holds them, because they may be secrets.
    """

    ocid: str
    option_groups: tuple[OptionGroup, ...] = field(metadata=named("groups"))
    configuration: Configuration
    model: ModelRef
    marks: Marks
    temporary: TemporaryCapacity | None = None
    in_place: bool = False
    from_live: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivateDeployment:
    """Start an inactive deployment."""

    ocid: str


@dataclass(frozen=True, slots=True)
class DeactivateDeployment:
    """Stop a deployment: it does not answer until it is activated again."""

    ocid: str


@dataclass(frozen=True, slots=True)
class DeleteDeployment:
    """Delete a deployment for good."""

    ocid: str


@dataclass(frozen=True, slots=True)
class DeleteModel:
    """Delete a catalog model, or a model group, that no deployment uses any more. `used` is what was marked
    on it when the plan was made: somebody who needs it since then changes that, and it stays.
    """

    ocid: str
    is_model_group: bool = field(default=False, metadata=named("group"))
    used: str = ""


@dataclass(frozen=True, slots=True)
class RenameModel:
    """Call a catalog model, or a model group, by another name and mark it so; doing it twice is harmless."""

    ocid: str
    name: str
    is_model_group: bool = field(default=False, metadata=named("group"))


@dataclass(frozen=True, slots=True)
class ReleaseModel:
    """Take our marks off a catalog model, or a model group; doing it twice is harmless."""

    ocid: str
    is_model_group: bool = field(default=False, metadata=named("group"))


@dataclass(frozen=True, slots=True)
class CheckPresence:
    """Ask the live endpoint whether the model server has each of these versions, which are sorted."""

    versions: tuple[ModelVersion, ...]


@dataclass(frozen=True, slots=True)
class ProbeDeployment:
    """Ask the live endpoint, and compare what it answers."""

    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class Settle:
    """Wait until what is going on with the deployment has ended, however it ends."""

    ocid: str


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait until the work request of the step before, if any, has ended and the deployment is in this
    state.
    """

    state: State


Step: TypeAlias = (
    EnsureProject
    | BuildImage
    | PushImage
    | PublishModel
    | PublishGroup
    | CreateDeployment
    | UpdateDeployment
    | ActivateDeployment
    | DeactivateDeployment
    | DeleteDeployment
    | DeleteModel
    | RenameModel
    | ReleaseModel
    | CheckPresence
    | ProbeDeployment
    | Settle
    | WaitFor
)

PREPARING = (BuildImage, PushImage, PublishModel, PublishGroup)
"""Steps that change no deployment: what they make is there for all that need it."""


def settle(live: Live) -> tuple[Step, ...]:
    """Wait for the end of what is going on with a deployment now, if anything is."""
    return (Settle(live.ocid),) if live.state in IN_FLIGHT else ()


def settle_and_mark(live: Live, marks: Marks, *between: Step) -> tuple[Step, ...]:
    """Give a deployment that can be updated other marks, once what is going on with it has ended; `between`
    comes before that. It stops and replaces nothing.
    """
    if live.configuration is None or live.model_id is None:
        return ()
    container = replace(live.configuration.container, environment=None)
    unchanged = replace(live.configuration, container=container)
    model, ends = KeepModel(live.model_id), State.INACTIVE if live.state is State.INACTIVE else State.ACTIVE
    update = UpdateDeployment(live.ocid, (OptionGroup.METADATA,), unchanged, model, marks)
    return (*settle(live), *between, update, WaitFor(ends))
