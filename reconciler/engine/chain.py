"""The steps of one deployment, one after another.

It does what the plan says and nothing else: before the first write it checks that the deployment is what the
plan saw, and after every change that what is served is what was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from reconciler.core.errors import (
    EtagMismatch,
    IncorrectState,
    NotFound,
    StalePlan,
    StepFailed,
    Transient,
)
from reconciler.core.events import Event, StepFinished, StepProgress, StepStarted
from reconciler.core.fields import diff
from reconciler.core.live import Live, State
from reconciler.core.plan import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    DeleteDeployment,
    DeleteModel,
    DeploymentPlan,
    EnsureProject,
    KeepModel,
    ModelRef,
    PublishModel,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.values import Configuration
from reconciler.engine.ports import Accepted, Cloud
from reconciler.engine.publish import Catalog
from reconciler.engine.removals import Removals
from reconciler.engine.retry import ATTEMPTS, Caller
from reconciler.engine.watch import Watch


@dataclass(slots=True)
class Chain:
    """One deployment's way through its steps; `etag` is that of the last state that was read and found
    right.
    """

    plan: DeploymentPlan
    cloud: Cloud
    call: Caller
    catalog: Catalog
    watch: Watch
    removals: Removals
    tell: Callable[[Event], None]
    etag: str = ""
    pending: Accepted | None = None
    asked: tuple[Configuration, str] | None = None

    async def run(self) -> None:
        """All steps; the first error ends it."""
        total = len(self.plan.steps)
        for index, step in enumerate(self.plan.steps, start=1):
            self.tell(StepStarted(self.plan.name, step, index, total))
            note = await self._do(step)
            self.tell(StepFinished(self.plan.name, step, note))

    def _report(self, message: str, percent: float | None) -> None:
        self.tell(StepProgress(self.plan.name, message, percent))

    async def _do(self, step: Step) -> str:
        match step:
            case PublishModel():
                return await self.catalog.publish(step, self._report)
            case CreateDeployment():
                return await self._create(step)
            case UpdateDeployment():
                return await self._update(step)
            case ActivateDeployment(ocid):
                return await self._write(ocid, State.ACTIVE, self.cloud.activate_deployment)
            case DeactivateDeployment(ocid):
                return await self._write(ocid, State.INACTIVE, self.cloud.deactivate_deployment)
            case DeleteDeployment(ocid):
                return await self._write(ocid, State.DELETED, self.cloud.delete_deployment)
            case DeleteModel(ocid):
                await self.removals.none_left.wait()
                await self.call(self.cloud.delete_model, ocid)
                return ocid
            case Settle(ocid):
                await self.watch.until(self.plan.name, ocid, "", None, self._report)
                return "settled"
            case WaitFor(state):
                return await self._wait(state)
            case EnsureProject():
                raise AssertionError("a project belongs to the whole plan, never to a chain")
            case _:
                assert_never(step)

    async def _create(self, step: CreateDeployment) -> str:
        model = await self.catalog.find(step.model.digest)
        self.asked = (step.configuration, model)
        there = await self._there_already(step)
        if there is not None:
            self.pending = Accepted(there.ocid, "")
            return f"{there.ocid}, created by a run before this one"
        self.pending = await self.call(
            self.cloud.create_deployment, step.configuration, model, step.marks, step.token
        )
        return self.pending.ocid

    async def _there_already(self, step: CreateDeployment) -> Live | None:
        """What the plan did not see: nothing, the very deployment that it creates, or one that makes it
        stale.

        A saved plan may be older than the service's memory of retry tokens, so names are looked at too.
        """
        name = step.configuration.name
        mine = self.plan.seen.ocid if self.plan.seen else ""
        for live in (await self.catalog.snapshot()).alive():
            ours = (live.marks.owner, live.marks.name) == (step.marks.owner, step.marks.name)
            if live.ocid == mine or not (ours or live.display_name == name):
                continue
            if live.marks == step.marks and not self._unlike(live):
                return live
            raise self._stale(f"a deployment of this name exists by now ({live.ocid})")
        return None

    async def _model(self, reference: ModelRef) -> str:
        return (
            reference.ocid if isinstance(reference, KeepModel) else await self.catalog.find(reference.digest)
        )

    async def _update(self, step: UpdateDeployment) -> str:
        model = await self._model(step.model)
        configuration = step.configuration

        def send(ocid: str, etag: str) -> Accepted:
            return self.cloud.update_deployment(ocid, step.groups, configuration, model, step.marks, etag)

        self.asked = (configuration, model)
        return await self._write(step.ocid, State.UPDATING, send)

    async def _write(self, ocid: str, becomes: State, send: Callable[[str, str], Accepted]) -> str:
        """A write guarded by the etag. After a lost answer, look first: it may have been heard."""
        await self._check(ocid)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.pending = await self.call.once(send, ocid, self.etag)
                return self.pending.work_request
            except Transient:
                if await self._was_heard(ocid, becomes):
                    self.pending = Accepted(ocid, "")
                    return "its answer was lost, but it was heard"
                if attempt == ATTEMPTS:
                    raise
                await self.call.clock.sleep(self.call.pause(attempt))
            except NotFound:
                if becomes is not State.DELETED:
                    raise
                self.pending = Accepted(ocid, "")
                return "it is gone already"
            except (EtagMismatch, IncorrectState) as error:
                raise self._stale(f"it was changed in between ({error})") from error
        raise AssertionError("the last attempt returns or raises")

    async def _was_heard(self, ocid: str, becomes: State) -> bool:
        try:
            live, etag = await self.call(self.cloud.get_deployment, ocid)
        except NotFound:
            return becomes is State.DELETED
        if etag == self.etag:
            return False
        if self.asked and live.state is State.ACTIVE and self._unlike(live):
            raise self._stale("it was changed in between")
        return True

    async def _check(self, ocid: str) -> None:
        """Before the first write: is the deployment what the plan saw? Its etag guards the write."""
        if self.etag or self.plan.seen is None:
            return
        try:
            live, etag = await self.call(self.cloud.get_deployment, ocid)
        except NotFound as error:
            raise self._stale("it is gone") from error
        if live.fingerprint != self.plan.seen.fingerprint:
            raise self._stale("it is not what the plan saw any more")
        self.etag = etag

    async def _wait(self, state: State) -> str:
        work = self.pending or Accepted(self.plan.seen.ocid if self.plan.seen else "", "")
        await self.watch.until(self.plan.name, work.ocid, work.work_request, state, self._report)
        if state is State.DELETED:
            self.removals.gone(self.plan.name)
            self.etag = ""
        elif self.pending is not None:
            await self._read_back(work.ocid, state)
        self.pending = None
        return state.value

    async def _read_back(self, ocid: str, state: State) -> None:
        """What is served must equal what was asked before the step counts as done; its etag guards the
        next write.
        """
        live, etag = await self.call(self.cloud.get_deployment, ocid)
        unlike = self._unlike(live)
        if live.state is not state:
            raise self._stale(f"it came to {state} and is {live.state} now")
        if unlike:
            raise StepFailed(f"{self.plan.name}: read back, but not as asked: {'; '.join(unlike)}")
        self.etag, self.asked = etag, None

    def _unlike(self, live: Live) -> list[str]:
        if self.asked is None:
            return []
        if live.configuration is None:
            return [f"it is a {live.deployment_type} deployment"]
        asked, model = self.asked
        changes = diff(replace(asked, artifact=None), replace(live.configuration, artifact=None))
        wrong = [f"{change.field} is {change.old!r}, not {change.new!r}" for change in changes]
        return wrong + ([] if live.model_id == model else [f"its model is {live.model_id}, not {model}"])

    def _stale(self, why: str) -> StalePlan:
        return StalePlan(f"{self.plan.name}: {why}; nothing more was sent. Plan again")
