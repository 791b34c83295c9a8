"""The steps of one deployment, one after another.

It does what the plan says and nothing else: before the first write it checks that the deployment is what the
plan saw, and after every change that what is served is what was asked. Where somebody else has been at work
meanwhile, it goes on only from a place of its own plan that another run has reached.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

from reconciler.core.model.errors import (
    CloudError,
    Failed,
    Interrupted,
    NotAllowed,
    NotSeen,
    ReconcilerError,
    RolledBack,
    SetupError,
    StalePlan,
    StepFailed,
    Transient,
    Unexpected,
    also,
    quoting,
)
from reconciler.core.model.live import SERVING, State
from reconciler.core.model.probes import Probe
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.events import Event, StepFinished, StepProgress, StepStarted
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    EnsureProject,
    KeepModel,
    ModelRef,
    ProbeDeployment,
    PublishGroup,
    PublishModel,
    RenameModel,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.planning.transition.milestones import WRITES
from reconciler.engine.catalog import RunCatalog
from reconciler.engine.creation import Creation
from reconciler.engine.deletions import PendingDeletions
from reconciler.engine.hand import Hand, ReadBack, Send
from reconciler.engine.ports import Accepted, Cloud
from reconciler.engine.probing import Answered, Probing
from reconciler.engine.retry import Caller
from reconciler.engine.rollback import WayBack
from reconciler.engine.standing import Moved, Standing
from reconciler.engine.stop_request import StopRequest
from reconciler.engine.watch import Watch

SERVES_AGAIN = (ActivateDeployment, CreateDeployment)
ENDS_SERVING = (DeactivateDeployment, DeleteDeployment)
NOBODY = "nobody is served"

SURPRISES = 10
"""Times that one chain may find its deployment moved without getting on by it."""


@dataclass(slots=True)
class Chain:
    """One deployment's way through its steps. `at` is the index of the step that is next, `sent` has those of
    the writes; `left_out` is how many steps a signal has left out.
    """

    plan: DeploymentPlan
    cloud: Cloud
    call: Caller
    catalog: RunCatalog
    watch: Watch
    deletions: PendingDeletions
    probing: Probing
    stop: StopRequest
    tell: Callable[[Event], None]
    standing: Standing = field(init=False)
    hand: Hand = field(init=False)
    answers: tuple[Answered, ...] = ()
    at: int = 0
    rolling_back: bool = False
    left_out: int = 0
    sent: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        seen = self.plan.seen.ocid if self.plan.seen else ""
        self.standing = Standing(self.plan, self.cloud, self.call, self.catalog, seen)
        self.hand = Hand(self.plan.name, self.cloud, self.call, self.watch, self.standing, self.report)

    @property
    def ocid(self) -> str:
        """The deployment's OCID; empty while it does not exist."""
        return self.standing.ocid

    async def run(self) -> None:
        """All steps. Raises what ended it, when all that can be done about it has been."""
        try:
            await self.probing.load(self._probes())
            await self._steps()
        except Exception as error:
            raise self._with_whereabouts(await self._ended(error)) from error

    async def _ended(self, error: Exception) -> ReconcilerError:
        """What to tell of an error. Only a failed work request, a write that was refused for good and a
        failed probe start a rollback, and what nobody foresees: a bug, or a full disk.
        """
        match error:
            case StalePlan() | NotSeen() | Interrupted():
                return error
            case StepFailed():
                return await WayBack(self, self.plan).go(error)
            case CloudError() | SetupError() if self.sent:
                return NotSeen(
                    f"{self.plan.name}: what came of it could not be looked at; nothing is undone for that, "
                    f"and the next apply goes on from there\n    {error}"
                )
            case ReconcilerError():
                return await self._serving_again(error)
            case _:
                told = _unexpected(self.plan.name, error)
                undone = await WayBack(self, self.plan).go(told) if self.sent else told
                return await self._serving_again(undone)

    async def _serving_again(self, error: ReconcilerError) -> ReconcilerError:
        """Whatever went wrong, what this chain has stopped is started again, if that was its plan."""
        start = self._start_again()
        if start is None or isinstance(error, RolledBack | StalePlan | NotSeen):
            return error
        try:
            self.hand.drop()
            if self.ocid:
                found = await self.hand.at_rest()
                if found is None or found[0].state is not State.INACTIVE:
                    return error
                self.standing.take(*found, self.standing.done)
            for self.at in (start, start + 1):
                await self.step(self.plan.steps[self.at], self.at + 1, len(self.plan.steps))
        except Exception as second:
            return Failed(f"{error}\n    it could not be started again: {second}")
        return also(error, "it has been started again")

    def _start_again(self) -> int | None:
        """The index of the step that starts what this chain has stopped, or makes anew what it deleted."""
        steps = self.plan.steps
        moves = [at for at in sorted(self.sent) if isinstance(steps[at], (*ENDS_SERVING, *SERVES_AGAIN))]
        if not moves or not isinstance(steps[moves[-1]], ENDS_SERVING):
            return None
        ahead = range(moves[-1] + 1, len(steps))
        return next((at for at in ahead if isinstance(steps[at], SERVES_AGAIN)), None)

    def _with_whereabouts(self, error: ReconcilerError) -> ReconcilerError:
        """Who is told that something went wrong has to know if nobody is served meanwhile."""
        last = self.standing.last
        if isinstance(error, RolledBack) or self._start_again() is None or NOBODY in str(error):
            return error
        if last is not None and last.state is not State.INACTIVE and not self.hand.pending:
            return error
        how = f"it is {last.state} now" if last else "the old one is deleted, and the new one is not there"
        return also(error, f"{how}: {NOBODY} until the next apply has been through")

    async def _steps(self) -> None:
        surprises, total = 0, len(self.plan.steps)
        if self._publishes_first() and not await self._guarded(self.standing.begin):
            await self._publish_skipped()
        while self.at < total:
            if self.stop.requested and self.hand.pending is None:
                self._cut_short()
            number, step = self.at, self.plan.steps[self.at]
            if await self._guarded(partial(self.step, step, number + 1, total)):
                self.at += 1
            surprises = surprises + 1 if self.at <= number else 0
            if surprises > SURPRISES:
                raise self.stale("it is changed again and again")
            if surprises:
                await self.call.clock.sleep(self.call.pause(surprises))
        if self.left_out:
            raise self._interrupted()

    def _publishes_first(self) -> bool:
        """A plan that is stale is refused before anything is published for it. What is in flight has to
        settle before it can be compared.
        """
        return bool(self.plan.steps) and isinstance(self.plan.steps[0], PublishModel | PublishGroup)

    async def _publish_skipped(self) -> None:
        """What comes after a change that is there already needs its content all the same: it may not have
        been a run of this plan that has made the change.
        """
        for number, step in enumerate(self.plan.steps[: self.at], start=1):
            if isinstance(step, PublishModel | PublishGroup):
                await self.step(step, number, len(self.plan.steps))

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> bool:
        """Do it, and say that it is done. Where the deployment has moved meanwhile it is not, and `at` is the
        index of the step to go on with.
        """
        try:
            await act()
        except Moved as moved:
            self.at = await self._catch_up(str(moved))
            return False
        return True

    async def _catch_up(self, why: str) -> int:
        """The index of the step that follows what another run of this plan has done already; the same again
        where nothing that counts has changed. Raises StalePlan when it was somebody else.
        """
        self.hand.drop()
        if not self.ocid:
            raise self.stale(why)
        found = await self.hand.at_rest()
        if found is None:
            return self._after_delete(why)
        live, etag = found
        place = await self.standing.place(live)
        if place is None:
            raise self.stale(why)
        further, again = place > self.standing.done, self._write_in_hand()
        if not further and not self.hand.doubtful and (again < self.at or await self._somebodys_work(etag)):
            raise self.stale(why)
        if further:
            self.hand.last = await self.hand.newest_work()
        self.sent.update(
            rollback.step for rollback in self.plan.rollbacks if further and rollback.step <= place
        )
        self.standing.take(live, etag, place)
        return place + 2 if further else again

    async def _somebodys_work(self, etag: str) -> bool:
        """Whether something was done since we last looked, although nothing that we compare shows it."""
        if etag == self.standing.etag:
            return False
        last = self.hand.last
        return not last or await self.hand.newest_work() not in ("", last)

    def _write_in_hand(self) -> int:
        """The index of the write that is waited for, or of the step that is to be done."""
        waits = self.at > 0 and isinstance(self.plan.steps[self.at], WaitFor)
        return self.at - 1 if waits and isinstance(self.plan.steps[self.at - 1], WRITES) else self.at

    def _outcome_of(self) -> int:
        """The index of the write that is read back; a rollback leads to none of the plan's."""
        return self.standing.done if self.rolling_back else self._write_in_hand()

    def _after_delete(self, why: str) -> int:
        """It is gone: as it should be, if that was the next thing to do."""
        ahead = range(self._write_in_hand(), len(self.plan.steps))
        write = next((at for at in ahead if isinstance(self.plan.steps[at], WRITES)), None)
        if write is None or not isinstance(self.plan.steps[write], DeleteDeployment):
            raise self.stale(why)
        self._gone()
        return write + 2

    def _gone(self) -> None:
        self.deletions.gone(self.plan.seen.ocid if self.plan.seen else "")
        self.standing.ocid, self.standing.etag, self.standing.last = "", "", None

    # -- one step

    async def step(self, step: Step, number: int, total: int) -> None:
        """Do one step, and tell of it."""
        self.tell(StepStarted(self.plan.name, step, number, total))
        note = await self._do(step) if isinstance(step, WaitFor) else await self._unless_stopped(step)
        self.tell(StepFinished(self.plan.name, step, note))

    def report(self, message: str, percent: float | None = None) -> None:
        """Tell how far the step is that is being done."""
        self.tell(StepProgress(self.plan.name, message, percent))

    async def _unless_stopped(self, step: Step) -> str:
        """A step that leaves nothing half done when it is dropped ends with the run."""
        if isinstance(step, WRITES) or self.stop.requested:
            return await self._do(step)
        return await self.stop.unless_requested(self._do(step), self._interrupted)

    async def _do(self, step: Step) -> str:
        match step:
            case PublishModel():
                return await self.catalog.publish(step, self.report)
            case PublishGroup():
                return await self.catalog.publish_group(step, self.report)
            case CreateDeployment():
                return await Creation(self, step).create()
            case UpdateDeployment():
                return await self._update(step)
            case ActivateDeployment():
                return await self.write(self.cloud.activate_deployment)
            case DeactivateDeployment():
                return await self.write(self.cloud.deactivate_deployment)
            case DeleteDeployment():
                return await self.write(self.cloud.delete_deployment)
            case DeleteModel(ocid, group):
                await self.deletions.none_left.wait()
                gone = self.catalog.delete_group(ocid) if group else self.call(self.cloud.delete_model, ocid)
                return await self._of_the_catalog(gone, ocid)
            case RenameModel(ocid, name, group):
                await self.standing.begin()
                return await self._of_the_catalog(self.call(self.cloud.rename_model, ocid, name, group), ocid)
            case ProbeDeployment(probes):
                return await self._prove(probes)
            case Settle():
                await self.hand.settled()
                return "settled"
            case WaitFor(state):
                await self.hand.arrive(state, self._outcome_of(), self.rolling_back)
                if state is State.DELETED:
                    self._gone()
                return state.value
            case EnsureProject():
                raise AssertionError("a project belongs to the whole plan, never to a chain")
            case _:
                assert_never(step)

    async def _of_the_catalog(self, change: Awaitable[None], ocid: str) -> str:
        """A change of a catalog entry. What the service refuses of that concerns no deployment."""
        try:
            await change
        except CloudError as error:
            if isinstance(error, NotAllowed | Transient):
                raise
            raise Failed(f"{self.plan.name}: {error}; the next apply tries it again") from error
        return ocid

    # -- probes

    async def _prove(self, probes: tuple[Probe, ...]) -> str:
        answered = [probe for probe, _ in self.answers]
        try:
            await self.probing.prove(self.plan.name, await self.url(), probes, answered)
        except NotSeen:
            found = await self.standing.look()
            if found is None or found[0].state not in SERVING:
                raise Moved(f"it is {found[0].state if found else 'gone'} now, and cannot be asked") from None
            raise
        return "as expected"

    async def url(self) -> str:
        """Where its endpoint is."""
        if self.standing.last is None or not self.standing.last.url:
            return (await self.call(self.cloud.get_deployment, self.ocid))[0].url
        return self.standing.last.url

    def _probes(self) -> tuple[Probe, ...]:
        return next((step.probes for step in self.plan.steps if isinstance(step, ProbeDeployment)), ())

    async def _remember_answers(self) -> None:
        """What the endpoint answers right before anything is changed: what a rollback must lead to, and
        whether no answer afterwards means anything.
        """
        last = self.standing.last
        if self._probes() and last is not None and last.state in SERVING and last.url and not self.answers:
            asking = self.probing.remember(last.url, self._probes())
            self.answers = await self.stop.unless_requested(asking, self._interrupted)

    # -- writes

    async def model(self, reference: ModelRef) -> str:
        """The OCID of what a step refers to by content."""
        return (
            reference.ocid if isinstance(reference, KeepModel) else await self.catalog.find(reference.digest)
        )

    async def _update(self, step: UpdateDeployment) -> str:
        model = await self.model(step.model)
        await self.standing.begin()
        configuration = self.standing.to_send(step)

        def send(ocid: str, etag: str) -> Accepted:
            return self.cloud.update_deployment(
                ocid, step.groups, configuration, model, step.marks, etag, step.in_place
            )

        marks = step.marks if OptionGroup.METADATA in step.groups else None
        return await self.write(send, ReadBack(self.standing.as_asked(step.configuration), model, marks))

    async def write(self, send: Send, asked: ReadBack | None = None) -> str:
        """Send a change; a note. Without `asked` only the state is to change."""
        if not self.sent:
            await self.standing.begin()
            await self._remember_answers()
        note = await self.hand.write(send, asked, self._given_up)
        self.sent.add(self.at)
        return note

    def _given_up(self) -> None:
        """What the service has not heard is not begun any more after a signal; unless it is what starts again
        what was stopped, or belongs to a rollback.
        """
        if self.stop.requested and not self.rolling_back and self._start_again() is None:
            raise self._interrupted()

    # -- a signal

    def _cut_short(self) -> None:
        """Between two steps: go on with what starts again what this run has stopped; raises Interrupted when
        there is nothing of that.
        """
        start = self._start_again()
        if start is None or start < self.at:
            raise self._interrupted()
        self.left_out += start - self.at
        self.at = start

    def _interrupted(self) -> Interrupted:
        left = len(self.plan.steps) - self.at + self.left_out
        return Interrupted(f"{self.plan.name}: interrupted; {left} of {len(self.plan.steps)} steps are left")

    def stale(self, why: str) -> StalePlan:
        return StalePlan(
            f"{self.plan.name}: changed meanwhile: {why}; nothing more was sent or undone. Plan again"
        )


def _unexpected(name: str, error: Exception) -> Unexpected:
    told = (
        f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    )
    return quoting(Unexpected(f"{name}: unexpected {type(error).__name__}: {told}"), told)
