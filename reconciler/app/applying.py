"""apply: carries out a plan, tells what happens, and ends early when the user asks for that."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.adapters.clock import RealClock
from reconciler.app.connecting import ReachedTarget
from reconciler.app.images.maker import ImageMaker
from reconciler.app.interrupting import Interruption, run_woken
from reconciler.app.live.reading_live import Tell
from reconciler.app.redaction import Redaction
from reconciler.app.saved_plans.file_paths import absolute
from reconciler.core.model.errors import Exit, Refused, heaviest
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.events import DeploymentFailed, Event, RollbackStarted
from reconciler.core.planning.plan import DeploymentPlan, Plan
from reconciler.engine.run import DEFAULT_PARALLEL, Run


@dataclass(frozen=True, slots=True)
class ReadyPlan:
    """A plan and all that it takes to carry it out: the folder of its local files, and its target.
    `prices` are for whoever shows it.
    """

    plan: Plan
    root: Path
    reached: ReachedTarget
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an apply ended: everything that happened, and the deployments that were blocked."""

    events: tuple[Event, ...]
    blocked: tuple[DeploymentPlan, ...] = ()

    @property
    def failures(self) -> tuple[DeploymentFailed, ...]:
        """The deployments that failed."""
        return tuple(event for event in self.events if isinstance(event, DeploymentFailed))

    @property
    def exit(self) -> Exit:
        """The most serious exit code of all failures; a blocked deployment counts as refused."""
        codes = [failure.error.exit_code for failure in self.failures]
        return heaviest([*codes, Exit.REFUSED] if self.blocked else codes)


def refuse(plan: Plan) -> None:
    """Raise Refused when a safety rule refuses the whole plan: then nothing at all is sent."""
    if plan.refusals:
        reasons = "; ".join(refusal.reason for refusal in plan.refusals)
        raise Refused(f"{reasons}. Nothing was sent; the plan says what the choices are")


def apply(
    ready: ReadyPlan, tell: Tell, interruption: Interruption, parallel: int = DEFAULT_PARALLEL
) -> Outcome:
    """Do what the plan says and nothing else. A deployment that is blocked holds back no other."""
    refuse(ready.plan)
    reached = ready.reached
    redaction = reached.redaction
    redaction.learn(ready.plan)

    def hear(event: Event) -> Event:
        redacted_event = _redacted(event, redaction)
        tell(redacted_event)
        return redacted_event

    run = Run(
        cloud=reached.cloud,
        clock=RealClock(),
        jitter=random.random,
        prober=reached.prober,
        parallel=parallel,
        shown=reached.shown,
        maker=ImageMaker(reached.registries, redaction),
    )
    events = run_woken(_collect(run, absolute(ready.plan, ready.root), hear, interruption))
    return Outcome(tuple(events), ready.plan.blocked)


def _redacted(event: Event, redaction: Redaction) -> Event:
    """The event. What others have said in its error is redacted: of an unexpected one it may be anything."""
    if isinstance(event, DeploymentFailed | RollbackStarted):
        return replace(event, error=redaction.error(event.error))
    return event


async def _collect(
    run: Run, plan: Plan, hear: Callable[[Event], Event], interruption: Interruption
) -> Sequence[Event]:
    with interruption.passed_on(asyncio.get_running_loop(), run.stop.request):
        return [hear(event) async for event in run.events(plan)]
