"""What happens after a step has failed: the inverse updates that the plan holds, latest first; and the mark
that keeps the same spec from being tried again.

It must not decide what the way back is: that is the plan's.
"""

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.errors import (
    Failed,
    ProbesFailed,
    ReconcilerError,
    RolledBack,
    StalePlan,
    StepFailed,
)
from reconciler.core.events import RollbackStarted
from reconciler.core.fields import Group
from reconciler.core.live import Live, State
from reconciler.core.plan import DeactivateDeployment, DeploymentPlan, Step, UpdateDeployment
from reconciler.engine.ports import Accepted

if TYPE_CHECKING:
    from reconciler.engine.chain import Chain

RESTING = frozenset({State.ACTIVE, State.NEEDS_ATTENTION, State.INACTIVE})
"""States in which a deployment can be changed (docs/service.md §2.1)."""


class WayBack:
    """From the failure of one chain to its end."""

    def __init__(self, chain: "Chain", plan: DeploymentPlan) -> None:
        self._chain, self._plan = chain, plan

    async def go(self, error: Failed) -> ReconcilerError:
        """What to raise in place of `error`: it tells what was done about it."""
        chain = self._chain
        backs = [undo.steps for undo in reversed(self._plan.undo) if undo.step in chain.sent]
        try:
            if not backs:
                return await self._remember(error)
            await self._not_somebody_elses(error)
            chain.tell(RollbackStarted(self._plan.name, str(error)))
            for steps in backs:
                await self._back(steps)
            return RolledBack(f"{error}\n    {await self._proof()}")
        except StalePlan as stale:
            return StalePlan(f"{error}\n    not undone: {stale}")
        except ReconcilerError as second:
            with suppress(ReconcilerError):
                await self._mark()
            return StepFailed(f"{error}\n    the way back failed too: {second}{self._where()}")

    def _where(self) -> str:
        stopped = self._chain.state in (State.INACTIVE, State.FAILED)
        return f"\n    it is {self._chain.state} now: nobody is served" if stopped else ""

    async def _not_somebody_elses(self, error: Failed) -> None:
        """What was read back and then answered wrongly must still be what was read back."""
        chain = self._chain
        if not isinstance(error, ProbesFailed):
            return
        _, etag = await chain.call(chain.cloud.get_deployment, chain.ocid)
        if etag != chain.etag:
            raise StalePlan("somebody has changed it since. Plan again")

    async def _back(self, steps: tuple[Step, ...]) -> None:
        state = (await self._look()).state
        if state not in RESTING:
            raise Failed(f"it is {state}, and only a deployment at rest can be changed")
        for number, step in enumerate(steps, start=1):
            if isinstance(step, DeactivateDeployment) and state is State.INACTIVE:
                continue
            if isinstance(step, UpdateDeployment):
                step = await self._fitting(step)
            await self._chain.step(step, number, len(steps))

    async def _look(self) -> Live:
        """Where it is now; what it should have become is not asked for any more."""
        chain = self._chain
        chain.pending = chain.asked = None
        await chain.watch.until(self._plan.name, chain.ocid, "", None, chain.report)
        live, chain.etag = await chain.call(chain.cloud.get_deployment, chain.ocid)
        chain.state = live.state
        return live

    async def _fitting(self, step: UpdateDeployment) -> UpdateDeployment:
        """What is not undone stays as it is; and a group that is there already is not asked for in place."""
        live, _ = await self._chain.call(self._chain.cloud.get_deployment, self._chain.ocid)
        if live.configuration is None:
            return step
        kept = replace(step.configuration, logs=live.configuration.logs, network=live.configuration.network)
        if step.in_place and live.model_id == await self._chain.model(step.model):
            return replace(step, configuration=kept, groups=(Group.METADATA,), in_place=False)
        return replace(step, configuration=kept)

    async def _proof(self) -> str:
        chain = self._chain
        other = await chain.probing.compare(chain.url, chain.answers) if chain.answers else ()
        if other:
            return "rolled back, but it does not answer as before: " + "; ".join(other)
        proof = "read back" + (", and the probes answer as before" if chain.answers else "")
        return f"rolled back to what was there when this run began ({proof})"

    async def _remember(self, error: Failed) -> ReconcilerError:
        """Mark the deployment, if it can be marked. One that FAILED when it was created needs no mark: it
        is as the spec asks, and FAILED.
        """
        chain = self._chain
        if not chain.ocid or not self._plan.failed:
            return error
        if not chain.sent and not isinstance(error, ProbesFailed):
            return error
        if not await self._mark():
            return error
        return StepFailed(f"{error}\n    left as it is; `apply --retry-failed` tries this spec again")

    async def _mark(self) -> bool:
        """Leave the memory of the failure on the deployment, if it can be left."""
        chain, live = self._chain, await self._look()
        if live.state not in RESTING or live.configuration is None or live.model_id is None:
            return False
        marks = replace(live.marks, failed=self._plan.failed)
        accepted: Accepted = await chain.call(
            chain.cloud.update_deployment,
            chain.ocid,
            (Group.METADATA,),
            live.configuration,
            live.model_id,
            marks,
            chain.etag,
        )
        await chain.watch.until(self._plan.name, chain.ocid, accepted.work_request, None, chain.report)
        return True
