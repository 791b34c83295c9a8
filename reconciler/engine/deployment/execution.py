"""What the modules of this folder share while they carry out the steps of one deployment.

`Execution` holds what stays the same: the plan, and what it is carried out with. `Progress` holds what
changes: how far the steps are, and what is known of the deployment.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import Interrupted, NotFound, StalePlan
from reconciler.core.model.live import GONE, CatalogModel, Live, Marks
from reconciler.core.planning.events import Event, StepProgress
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    WaitFor,
)
from reconciler.core.planning.transition.milestones import WRITES
from reconciler.engine.catalog import RunCatalog
from reconciler.engine.deletions import PendingDeletions
from reconciler.engine.images import RunImages
from reconciler.engine.ports import Accepted, Cloud
from reconciler.engine.probe_attempts import Answered, Probing
from reconciler.engine.retry import Caller
from reconciler.engine.stop_request import StopRequest
from reconciler.engine.watch import Watch

STARTS_SERVING = (ActivateDeployment, CreateDeployment)
ENDS_SERVING = (DeactivateDeployment, DeleteDeployment)


class Moved(Exception):
    """The deployment is not where this run left it. Who has changed it has to be found out: another run of
    the same plan, or somebody else.
    """


class ContentGone(Exception):
    """The catalog `entry` of a step was deleted after it was taken up, so the service refused the step."""

    def __init__(self, entry: str) -> None:
        super().__init__(f"{entry} is gone")
        self.entry = entry


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to be read back after a write: the configuration, the OCID of the model, and the marks; None
    where the write says nothing of them. The fields at the paths `from_live` are as they were before.
    """

    configuration: Configuration
    model: str | None
    marks: Marks | None
    from_live: tuple[str, ...] = ()


@dataclass(slots=True)
class Progress:
    """How far the steps are, and what is known of the deployment."""

    ocid: str
    """The deployment's; empty while it does not exist."""
    etag: str = ""
    """Guards the next write: the etag of the deployment when it was last read and found right."""
    live: Live | None = None
    """The deployment as it was then."""
    before: Live | None = None
    """The deployment as it was when this run began to change it."""
    adopted: Live | None = None
    """The deployment as it was found when another run had created it."""
    done: int = -1
    """The index of the write that led to `live`; -1 for the start."""

    index: int = 0
    """The step that is next, or at hand."""
    sent: set[int] = field(default_factory=set)
    """The indexes of the writes that were sent."""
    left_out: int = 0
    """How many steps were left out because the run is to stop."""
    rolling_back: bool = False
    rollback_failed: bool = False
    answers: tuple[Answered, ...] = ()
    """What the probes were answered before the first write."""
    entries: dict[str, tuple[CatalogModel, str] | None] = field(default_factory=dict)
    """The catalog entries that are to be deleted, and their etags, as they were read; None for those gone."""
    entries_read: int = 0
    """What uses them has to be in a snapshot that was begun after the one of this number."""
    deleting: "dict[str, asyncio.Task[str]]" = field(default_factory=dict)
    """The deletions of catalog entries that have begun, and the notes of what came of them."""
    refused_deletions: list[str] = field(default_factory=list)
    """Why the service refused to delete some of them."""
    notes: list[str] = field(default_factory=list)
    """What has to be told at the end of a run that went well."""

    pending: Accepted | None = None
    """The write that was accepted and is not waited for yet."""
    expected: Expected | None = None
    """What has to be read back after `pending`."""
    doubtful: bool = False
    """Whether it is unknown if the last write was heard: its answer was lost."""
    own_work: str = ""
    """The last work request that is known to be ours."""

    def record(self, live: Live, etag: str, done: int = -1) -> None:
        """The deployment was read, and is as the write at index `done` should have left it."""
        self.live, self.etag, self.done = live, etag, done
        self.before = self.before or live

    def forget_pending(self) -> None:
        """Nothing is waited for any more."""
        self.pending = self.expected = None


@dataclass(frozen=True, slots=True)
class Execution:
    """The plan of one deployment, what it is carried out with, and how far it is."""

    plan: DeploymentPlan
    cloud: Cloud
    call: Caller
    catalog: RunCatalog
    images: RunImages
    watch: Watch
    deletions: PendingDeletions
    probing: Probing
    stop: StopRequest
    tell: Callable[[Event], None]
    progress: Progress

    async def read(self) -> tuple[Live, str] | None:
        """The deployment and its etag now; None when it is gone."""
        try:
            live, etag = await self.call(self.cloud.get_deployment, self.progress.ocid)
        except NotFound:
            return None
        return None if live.state in GONE else (live, etag)

    async def newest_work(self) -> str:
        """The OCID of the deployment's newest work request, whoever began it; empty when there is none."""
        return await self.call(self.cloud.newest_work, self.progress.ocid)

    def report(self, message: str, percent: float | None = None) -> None:
        """Tell how far the step at hand is."""
        self.tell(StepProgress(self.plan.name, message, percent))

    @property
    def current_write(self) -> int:
        """The index of the write that is waited for, or of the step that is to be done."""
        index, steps = self.progress.index, self.plan.steps
        waits = index > 0 and isinstance(steps[index], WaitFor) and isinstance(steps[index - 1], WRITES)
        return index - 1 if waits else index

    @property
    def restart(self) -> int | None:
        """The index of the step that starts what this run has stopped, or creates anew what it deleted; None
        when there is nothing of that.
        """
        steps = self.plan.steps
        turning = STARTS_SERVING + ENDS_SERVING
        last = max((at for at in self.progress.sent if isinstance(steps[at], turning)), default=None)
        if last is None or not isinstance(steps[last], ENDS_SERVING):
            return None
        ahead = range(last + 1, len(steps))
        return next((at for at in ahead if isinstance(steps[at], STARTS_SERVING)), None)

    def deleted(self) -> None:
        """The deployment is gone."""
        self.deletions.gone(self.plan.seen.ocid if self.plan.seen else "")
        self.progress.ocid, self.progress.etag, self.progress.live = "", "", None

    def stale(self, why: str) -> StalePlan:
        """The error that ends an execution when somebody else has changed the deployment."""
        return StalePlan(
            f"{self.plan.name}: changed meanwhile: {why}; nothing more was sent or rolled back. Plan again"
        )

    def interrupted(self) -> Interrupted:
        """The error that ends an execution before its last step because the run is to stop."""
        total = len(self.plan.steps)
        left = total - self.progress.index + self.progress.left_out
        return Interrupted(f"{self.plan.name}: interrupted; {left} of {total} steps are left")
