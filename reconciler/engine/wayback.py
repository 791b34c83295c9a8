"""What happens after a step has failed: the inverse updates that the plan holds, latest first; and the mark
that keeps the same spec from being tried again.

It must not decide what the way back is: that is the plan's.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.errors import Failed, ReconcilerError, RolledBack, StepFailed
from reconciler.core.events import RollbackStarted
from reconciler.core.fields import Group
from reconciler.core.live import State
from reconciler.core.plan import DeactivateDeployment, DeploymentPlan, Step
from reconciler.engine.ports import Accepted

if TYPE_CHECKING:
    from reconciler.engine.chain import Chain

RESTING = frozenset({State.ACTIVE, State.NEEDS_ATTENTION, State.INACTIVE})
"""States in which a deployment can be changed (docs/service.md §2.1)."""


class WayBack:
    """From the failure of one chain to its end."""

    def __init__(self, chain: "Chain", plan: DeploymentPlan) -> None:
        self._chain, self._plan = chain, plan

    async def go(self, failed_at: int, error: StepFailed) -> ReconcilerError:
        """What to raise in place of `error`, which came at the step of this index: it tells what was done
        about it.
        """
        backs = [undo.steps for undo in reversed(self._plan.undo) if undo.step <= failed_at]
        try:
            if not backs:
                return await self._remember(error)
            self._chain.tell(RollbackStarted(self._plan.name, str(error)))
            for steps in backs:
                await self._back(steps)
            return RolledBack(f"{error}\n    {await self._proof()}")
        except ReconcilerError as second:
            return StepFailed(f"{error}\n    the way back failed too: {second}")

    async def _back(self, steps: tuple[Step, ...]) -> None:
        live = await self._look()
        if live not in RESTING:
            raise Failed(f"it is {live}, and only a deployment at rest can be changed")
        for number, step in enumerate(steps, start=1):
            if isinstance(step, DeactivateDeployment) and live is State.INACTIVE:
                continue
            await self._chain._step(step, number, len(steps))

    async def _look(self) -> State:
        """Where it is now; what it should have become is not asked for any more."""
        chain = self._chain
        chain.pending = chain.asked = None
        await chain.watch.until(self._plan.name, chain.ocid, "", None, chain._report)
        live, chain.etag = await chain.call(chain.cloud.get_deployment, chain.ocid)
        return live.state

    async def _proof(self) -> str:
        chain = self._chain
        other = await chain.probing.compare(chain.url, chain.answers) if chain.answers else ()
        if other:
            return "rolled back, but it does not answer as before: " + "; ".join(other)
        proof = "read back" + (", and the probes answer as before" if chain.answers else "")
        return f"rolled back: what was there before is there again ({proof})"

    async def _remember(self, error: StepFailed) -> ReconcilerError:
        """Mark the deployment, if it was changed and can be marked. One that FAILED when it was created needs
        no mark: what was applied last is on it.
        """
        chain = self._chain
        if not chain.ocid or not self._plan.failed or not chain.changed:
            return error
        state = await self._look()
        live, etag = await chain.call(chain.cloud.get_deployment, chain.ocid)
        if state not in RESTING or live.configuration is None or live.model_id is None:
            return error
        marks = replace(live.marks, failed=self._plan.failed)
        accepted: Accepted = await chain.call(
            chain.cloud.update_deployment,
            chain.ocid,
            (Group.METADATA,),
            live.configuration,
            live.model_id,
            marks,
            etag,
        )
        await chain.watch.until(self._plan.name, chain.ocid, accepted.work_request, None, chain._report)
        return StepFailed(f"{error}\n    left as it is; `apply --retry-failed` tries this spec again")
