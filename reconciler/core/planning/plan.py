"""The plan: the ordered steps for every deployment, with reasons. A value that can be saved, shown, refused
and applied.

It must hold all that `apply` needs: nothing is decided after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import Configuration, Pairs, digest_of, named
from reconciler.core.model.live import Marks, Project, State
from reconciler.core.model.probes import Probe
from reconciler.core.model.spec import Revision
from reconciler.core.planning.diff.fields import Change, OptionGroup
from reconciler.core.planning.transition.batches import Temporary


@dataclass(frozen=True, slots=True)
class KeepModel:
    """The catalog model that the deployment runs already."""

    ocid: str


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """The catalog model whose content has this digest; its OCID is looked up when it is needed."""

    digest: str


ModelRef: TypeAlias = KeepModel | PublishedModel


@dataclass(frozen=True, slots=True)
class EnsureProject:
    """Create the project unless one of that name exists by now."""

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class PublishModel:
    """Put a model repository into the catalog. Content that is there already is used as it is, so this may
    run twice.
    """

    artifact: Artifact
    deployment: str
    owner: str
    revision: Revision | None
    token: str


@dataclass(frozen=True, slots=True)
class PublishGroup:
    """Make the model group of this digest out of catalog models, unless it is there already. `members` are
    pairs of key and digest of content.
    """

    digest: str
    members: tuple[tuple[str, str], ...]
    deployment: str
    owner: str
    token: str


@dataclass(frozen=True, slots=True)
class CreateDeployment:
    """Create the deployment; the token makes a second call of the same plan return the first one's
    deployment.
    """

    configuration: Configuration
    model: PublishedModel
    marks: Marks
    token: str


@dataclass(frozen=True, slots=True)
class UpdateDeployment:
    """One legal update: `configuration` is all that stands after it, `groups` what it changes, `temporary`
    the capacity that it needs for a while. `in_place` changes a model group without replacing instances.

    Variables that are None are those that the deployment had when the plan was begun.
    """

    ocid: str
    groups: tuple[OptionGroup, ...]
    configuration: Configuration
    model: ModelRef
    marks: Marks
    temporary: Temporary | None = None
    in_place: bool = False


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
    """Delete a catalog model, or a model group, that no deployment uses any more."""

    ocid: str
    group: bool = False


@dataclass(frozen=True, slots=True)
class RenameModel:
    """Call a catalog model, or a model group, by another name and mark it so; doing it twice is harmless."""

    ocid: str
    name: str
    group: bool = False


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
    | PublishModel
    | PublishGroup
    | CreateDeployment
    | UpdateDeployment
    | ActivateDeployment
    | DeactivateDeployment
    | DeleteDeployment
    | DeleteModel
    | RenameModel
    | ProbeDeployment
    | Settle
    | WaitFor
)


class Action(StrEnum):
    """What a plan does to a deployment, as a whole."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    WAIT = "wait"
    PAUSED = "paused"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not done, and what can be done about it."""

    reason: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the plan relies on: the deployment, and the fingerprint of all that the plan read of it."""

    ocid: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """The rollback of the step of this index (from 0): run, latest first, when that step or a later one
    fails.
    """

    step: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """What happens to one deployment. `manifest` is the path of its manifest, empty when no manifest names
    it. `failed` is the mark that is left on the deployment when a step fails. `unset` names the variables of
    the environment that secrets of this deployment come from and that were not looked at, because they were
    not set: no change of them is planned, and it cannot be applied so.
    """

    name: str
    action: Action
    reason: str
    manifest: str = ""
    seen: Seen | None = None
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    dangers: tuple[str, ...] = ()
    rollbacks: tuple[Rollback, ...] = field(default=(), metadata=named("undo"))
    failed: str = ""
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that `apply` will do, for one owner in one project of one target; deployments sorted by name.

    `refusals` are of the whole plan: with any of them, nothing at all is sent. What concerns one deployment
    alone is in its own plan (`Action.BLOCKED`), and holds back nothing else. `given` are the values of the
    command line, by their place.
    """

    target: str
    owner: str
    project: Project
    revision: Revision | None
    deployments: tuple[DeploymentPlan, ...]
    project_step: EnsureProject | None = None
    refusals: tuple[Refusal, ...] = ()
    given: Pairs = ()

    @property
    def empty(self) -> bool:
        """Nothing to do, and nothing refused."""
        still = all(item.action in (Action.NOTHING, Action.PAUSED) for item in self.deployments)
        return still and not self.refusals

    @property
    def sends(self) -> bool:
        """Whether an apply would send anything."""
        return not self.refusals and any(item.steps for item in self.deployments)

    @property
    def blocked(self) -> tuple[DeploymentPlan, ...]:
        """The deployments that a rule refuses to touch."""
        return tuple(item for item in self.deployments if item.action is Action.BLOCKED)

    @property
    def digest(self) -> str:
        """Stands for the whole plan."""
        return digest_of(self)

    def with_action(self, action: Action) -> Iterator[DeploymentPlan]:
        """The deployments to which this happens."""
        return (item for item in self.deployments if item.action is action)


def token_of(*parts: object) -> str:
    """A retry token that is the same whenever the same thing is asked of the same world.

    The service keeps tokens for 24 hours (docs/service.md §5.5).
    """
    return digest_of(parts)[:TOKEN_LENGTH]


TOKEN_LENGTH = 30
