"""What happens after a step has failed: the inverse updates that the plan holds, latest first; and the mark
that keeps the same spec from being tried again.

It must not decide what the rollback is: that is the plan's.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.core.model.errors import (
    CloudError,
    Failed,
    NotAllowed,
    NotSeen,
    ProbesFailed,
    ReconcilerError,
    RolledBack,
    StalePlan,
    StepFailed,
    StepRefused,
    Transient,
    Unexpected,
    also,
)
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.temporary_causes import passes_by_itself
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.events import RollbackStarted
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import ActivateDeployment, DeactivateDeployment, Step, UpdateDeployment
from reconciler.engine.ports import Accepted
from reconciler.engine.standing import Moved

if TYPE_CHECKING:
    from reconciler.engine.chain import Chain

RESTING = frozenset({State.ACTIVE, State.NEEDS_ATTENTION, State.INACTIVE})
"""States in which a deployment can be changed (docs/service.md §2.1)."""

STOP_AND_WAIT = 2
"""The first steps of a rollback that begins with a stop: not needed where it has stopped already."""

LONGEST_WHY = 100
"""Characters of the reason that is remembered: a tag has 256, and the rest of the memory needs its room."""


class WayBack:
    """From the failure of one chain to its end."""

    def __init__(self, chain: "Chain", plan: DeploymentPlan) -> None:
        self._chain, self._plan = chain, plan
        self._why = ""

    async def go(self, error: ReconcilerError) -> ReconcilerError:
        """What to raise in place of `error`: it tells what was done about it."""
        chain = self._chain
        backs = [rollback.steps for rollback in reversed(self._plan.rollbacks) if rollback.step in chain.sent]
        self._why = self._reason(error)
        begun = False
        try:
            if not backs:
                return await self._remember(error)
            await self._begin()
            chain.tell(RollbackStarted(self._plan.name, str(error)))
            begun = True
            for steps in backs:
                await self._back(steps)
        except (StalePlan, Moved) as stale:
            how = "the rollback was not completed" if begun else "not undone"
            return StalePlan(f"{error}\n    {how}: {stale}")
        except (NotSeen, NotAllowed, Transient) as unseen:
            return NotSeen(f"{error}\n    what came of the rollback could not be seen: {unseen}")
        except Exception as second:
            with suppress(Exception):
                await self._mark()
            return StepFailed(f"{error}\n    the rollback failed too: {second}{self._where()}")
        return RolledBack(f"{error}\n    {await self._proof()}{self._passing(error)}")

    def _where(self) -> str:
        last = self._chain.standing.last
        stopped = last is not None and last.state in (State.INACTIVE, State.FAILED)
        return f"\n    it is {last.state} now: nobody is served" if last and stopped else ""

    def _passing(self, error: ReconcilerError) -> str:
        again = "\n    not held against the spec: the next apply tries it again"
        return again if self._plan.failed and not self._why and not isinstance(error, Unexpected) else ""

    def _reason(self, error: ReconcilerError) -> str:
        """What is remembered of the failure, in words of ours: a server's may hold secrets. Nothing, where
        the spec is not to blame.
        """
        step = self._plan.steps[min(self._chain.at, len(self._plan.steps) - 1)]
        if self._chain.left_out:
            return ""  # what was started was not the spec
        match error:
            case StepFailed() if passes_by_itself(error):
                return ""
            case StepRefused(answer=answer):
                return f"refused: {answer.status} {answer.code}, {_step_words(step)}"[:LONGEST_WHY].strip()
            case ProbesFailed():
                return "the probes failed"
            case StepFailed():
                before = self._plan.steps[max(self._chain.at - 1, 0)]
                return f"the work request failed, {_step_words(before)}"[:LONGEST_WHY].strip()
            case _:
                return ""

    async def _begin(self) -> Live:
        """Where it is now, which must be our doing. Raises StalePlan when somebody else has changed it."""
        chain, standing = self._chain, self._chain.standing
        request = chain.hand.pending.work_request if chain.hand.pending else ""
        chain.hand.drop()
        chain.rolling_back = True
        found = await chain.hand.at_rest()
        if found is None:
            raise StalePlan("it is gone")
        live, etag = found
        if etag != standing.etag:
            newest = await chain.hand.newest_work()
            ours = bool(request) and newest in ("", request)
            if not ours and await standing.place(live) != standing.done:
                raise StalePlan("somebody has changed it since. Plan again")
        standing.take(live, etag, standing.done)
        return live

    async def _back(self, steps: tuple[Step, ...]) -> None:
        last = self._chain.standing.last
        state = last.state if last else State.UNKNOWN
        if state not in RESTING:
            raise Failed(f"it is {state}, and only a deployment at rest can be changed")
        stopped = isinstance(steps[0], DeactivateDeployment) and state is State.INACTIVE
        for number, step in enumerate(steps, start=1):
            if stopped and number <= STOP_AND_WAIT:
                continue
            if isinstance(step, UpdateDeployment):
                step = await self._fitting(step)
            await self._chain.step(step, number, len(steps))

    async def _fitting(self, step: UpdateDeployment) -> UpdateDeployment:
        """What is not undone stays as it is; and a group that is there already is not asked for in place."""
        step = replace(step, marks=self._marked(step.marks) if step.marks.failed else step.marks)
        last = self._chain.standing.last
        if last is None or last.configuration is None:
            return step
        kept = replace(step.configuration, logs=last.configuration.logs, network=last.configuration.network)
        if step.in_place and last.model_id == await self._chain.model(step.model):
            return replace(step, configuration=kept, groups=(OptionGroup.METADATA,), in_place=False)
        return replace(step, configuration=kept)

    def _marked(self, marks: Marks) -> Marks:
        """Marks with the memory of this failure; with that of before, where it is not the spec's fault."""
        if not self._why:
            before = self._chain.standing.before
            was = before.marks if before else Marks()
            return replace(marks, failed=was.failed, failed_at=was.failed_at, failed_why=was.failed_why)
        now = datetime.fromtimestamp(self._chain.call.clock.utc(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return replace(marks, failed=self._plan.failed, failed_at=now, failed_why=self._why)

    async def _proof(self) -> str:
        chain = self._chain
        try:
            other = await chain.probing.compare(await chain.url(), chain.answers) if chain.answers else ()
        except (NotSeen, CloudError) as unseen:
            return (
                f"rolled back to what was there when this run began; its probes could not be asked: {unseen}"
            )
        if other:
            return "rolled back, but it does not answer as before: " + "; ".join(other)
        proof = "read back" + (", and the probes answer as before" if chain.answers else "")
        return f"rolled back to what was there when this run began ({proof})"

    async def _remember(self, error: ReconcilerError) -> ReconcilerError:
        """Mark the deployment, if it can be marked. One that FAILED when it was created needs no mark: it
        is as the spec asks, and FAILED.
        """
        chain = self._chain
        if self._plan.failed and passes_by_itself(error):
            return also(error, "not held against the spec: the next apply tries it again")
        if not chain.ocid or not self._plan.failed or not self._why:
            return error
        if not chain.sent and not isinstance(error, ProbesFailed):
            return error
        if not await self._mark():
            return error
        return StepFailed(f"{error}\n    left as it is; `apply --retry-failed` tries this spec again")

    async def _mark(self) -> bool:
        """Leave the memory of the failure on the deployment, if it can be left."""
        chain, live = self._chain, await self._begin()
        if not self._why or live.state not in RESTING or live.configuration is None or live.model_id is None:
            return False
        configuration, model, marks = live.configuration, live.model_id, self._marked(live.marks)

        def send(ocid: str, etag: str) -> Accepted:
            return chain.cloud.update_deployment(
                ocid, (OptionGroup.METADATA,), configuration, model, marks, etag
            )

        await chain.write(send)
        await chain.hand.settled()
        return True


def _step_words(step: Step) -> str:
    match step:
        case UpdateDeployment(groups=groups):
            told = [group.name.lower() for group in groups if group is not OptionGroup.METADATA]
            return f"updating {', '.join(told) or 'metadata'}"
        case ActivateDeployment():
            return "starting it"
        case DeactivateDeployment():
            return "stopping it"
        case _:
            return "creating it"
