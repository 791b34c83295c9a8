"""The plan: the ordered steps for every deployment, with reasons. A value that can be saved, shown, refused
and applied.

It holds all that `apply` needs: nothing is decided after it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reconciler.core.model.configuration import Json, Pairs, digest_of, named
from reconciler.core.model.live import Live, Project, Snapshot
from reconciler.core.model.machines import Machines, machines_now
from reconciler.core.model.spec import Revision
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.steps import DeleteModel, EnsureProject, Step

AS_IT_SHOULD_BE = "as it should be"
"""The reason, or its beginning, of a deployment with nothing to do that is as its manifest says."""


class Action(StrEnum):
    """What a plan does to a deployment, as a whole."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    RELEASE = "release"
    CLEAN_UP = "clean-up"
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
    """What the plan relies on: the deployment, and the fingerprint of all that the plan read of it, save the
    fields that are `withheld`, because what is live there may be a secret: of each its path, and what may be
    shown of it (`withheld.seen`).
    """

    ocid: str
    fingerprint: str
    withheld: tuple[tuple[str, Json], ...] = ()


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
    not set: no change of them is planned, and it cannot be applied so. `unseen` says why the registry could
    not be asked for the image, which then stays the live one; empty where it could, or need not.
    `machines` is what a deployment that changes runs on now, `machines_unknown` what is not known of that.
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
    unseen: str = field(default="", metadata=named("image_unseen"))
    machines: Machines | None = None
    machines_unknown: str = ""

    @property
    def ocid(self) -> str:
        """The deployment that the plan saw; empty when there was none."""
        return self.seen.ocid if self.seen else ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that `apply` will do, for one owner in one project of one target; deployments sorted by name.

    `refusals` are of the whole plan: with any of them, nothing at all is sent. What concerns one deployment
    alone is in its own plan (`Action.BLOCKED`), and holds back nothing else. `given` are the values of the
    command line, by their place. `kept` says how many catalog entries a clean-up leaves, by reason.
    """

    target: str
    owner: str
    project: Project
    revision: Revision | None
    deployments: tuple[DeploymentPlan, ...]
    project_step: EnsureProject | None = None
    refusals: tuple[Refusal, ...] = ()
    given: Pairs = ()
    kept: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(
        cls,
        target: str,
        owner: str,
        snapshot: Snapshot,
        items: Iterable[DeploymentPlan],
        revision: Revision | None = None,
        refusals: tuple[Refusal, ...] = (),
        kept: tuple[tuple[str, int], ...] = (),
    ) -> "Plan":
        """The plan of these deployments, which were seen in this snapshot, with what they run on now."""
        ordered = tuple(sorted(items, key=lambda item: item.name))
        plan = cls(target, owner, snapshot.project, revision, ordered, refusals=refusals, kept=kept)
        return plan.with_machines({live.ocid: live for live in snapshot.deployments})

    def with_machines(self, deployments: Mapping[str, Live]) -> "Plan":
        """The same, with what the deployments that change run on now; `deployments` by OCID."""
        return replace(self, deployments=tuple(_with_machines(self.deployments, deployments)))

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
    def deletes_entries(self) -> bool:
        """Whether anything is to be deleted from the catalog."""
        return any(isinstance(step, DeleteModel) for item in self.deployments for step in item.steps)

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


def _with_machines(
    items: Iterable[DeploymentPlan], deployments: Mapping[str, Live]
) -> Iterator[DeploymentPlan]:
    for item in items:
        live = deployments.get(item.ocid) if item.steps else None
        now = machines_now(live) if live else (None, "")
        changed = now != (item.machines, item.machines_unknown)
        yield replace(item, machines=now[0], machines_unknown=now[1]) if changed else item


def token_of(*parts: object) -> str:
    """A retry token that is the same whenever the same thing is to be done in the same world.

    The service keeps tokens for 24 hours (docs/service.md §5.5).
    """
    return digest_of(parts)[:TOKEN_LENGTH]


TOKEN_LENGTH = 30
