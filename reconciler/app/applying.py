"""apply: carry out a plan, telling what happens, and ending early when that is asked for."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.adapters.clock import RealClock
from reconciler.app.interrupting import Interruption
from reconciler.app.planning import Tell
from reconciler.app.reaching import ReachedTarget
from reconciler.app.redaction import Redaction
from reconciler.app.saved_plans.moving import absolute
from reconciler.core.model.errors import Exit, Refused, Unexpected, heaviest
from reconciler.core.planning.events import DeploymentFailed, Event
from reconciler.core.planning.plan import DeploymentPlan, Plan
from reconciler.engine.run import DEFAULT_PARALLEL, Run


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, what was held back, and what the process should end with."""

    events: tuple[Event, ...]
    blocked: tuple[DeploymentPlan, ...] = ()

    @property
    def failures(self) -> tuple[DeploymentFailed, ...]:
        """The deployments that were not brought to their end."""
        return tuple(event for event in self.events if isinstance(event, DeploymentFailed))

    @property
    def exit(self) -> Exit:
        """The heaviest of all that there is to say; that some are blocked counts as refused."""
        failed = [failure.error.exit_code for failure in self.failures]
        return heaviest([*failed, Exit.REFUSED] if self.blocked else failed)


def refuse(plan: Plan) -> None:
    """Raise Refused when a rule refuses the plan as a whole: then nothing at all is sent."""
    if plan.refusals:
        reasons = "; ".join(refusal.reason for refusal in plan.refusals)
        raise Refused(f"{reasons}. Nothing was sent; the plan says what the choices are")


def apply(
    plan: Plan,
    root: Path,
    reached: ReachedTarget,
    tell: Tell,
    interruption: Interruption,
    parallel: int = DEFAULT_PARALLEL,
) -> Outcome:
    """Do what the plan says and nothing else; its local files are found below `root`. A deployment that is
    blocked holds back itself alone.
    """
    refuse(plan)
    redaction = reached.redaction
    redaction.learn(plan)

    def shown(body: bytes) -> bytes:
        return redaction.body(body).encode()

    def hear(event: Event) -> Event:
        told = _fit_to_be_shown(event, redaction)
        tell(told)
        return told

    run = Run(reached.cloud, RealClock(), random.random, reached.prober, parallel, shown=shown)
    events = asyncio.run(_collect(run, absolute(plan, root), hear, interruption))
    return Outcome(tuple(events), plan.blocked)


def _fit_to_be_shown(event: Event, redaction: Redaction) -> Event:
    """What nobody foresees may say anything."""
    if isinstance(event, DeploymentFailed) and isinstance(event.error, Unexpected):
        return replace(event, error=redaction.error(event.error))
    return event


async def _collect(
    run: Run, plan: Plan, hear: Callable[[Event], Event], interruption: Interruption
) -> Sequence[Event]:
    with interruption.asks(asyncio.get_running_loop(), run.stop.request):
        return [hear(event) async for event in run.events(plan)]
