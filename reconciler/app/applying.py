"""apply: carry out a plan, telling what happens."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.adapters.clock import RealClock
from reconciler.adapters.connect import Connection
from reconciler.app.moving import absolute
from reconciler.app.planning import Tell
from reconciler.core.errors import Exit, Refused
from reconciler.core.events import DeploymentFailed, Event
from reconciler.core.plan import Plan
from reconciler.engine.run import DEFAULT_PARALLEL, Run


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, and what the process should end with."""

    events: tuple[Event, ...]

    @property
    def failures(self) -> tuple[DeploymentFailed, ...]:
        """The deployments that were not brought to their end."""
        return tuple(event for event in self.events if isinstance(event, DeploymentFailed))

    @property
    def exit(self) -> Exit:
        """A failure outweighs a stale plan, which can simply be made again."""
        codes = {failure.error.exit_code for failure in self.failures}
        if not codes:
            return Exit.DONE
        return codes.pop() if len(codes) == 1 else Exit.FAILED


def refuse_blocked(plan: Plan) -> None:
    """Raise Refused when a rule blocks any part: then nothing at all is sent."""
    if plan.blocked:
        names = ", ".join(item.name for item in plan.blocked)
        raise Refused(f"blocked: {names}. Nothing was sent; the plan says why, and what the choices are")


def apply(
    plan: Plan, root: Path, connection: Connection, tell: Tell, parallel: int = DEFAULT_PARALLEL
) -> Outcome:
    """Do what the plan says and nothing else; its local files are found below `root`."""
    refuse_blocked(plan)
    run = Run(connection.cloud, RealClock(), random.random, connection.prober, parallel)
    return Outcome(tuple(asyncio.run(_collect(run, absolute(plan, root), tell))))


async def _collect(run: Run, plan: Plan, tell: Tell) -> Sequence[Event]:
    events = []
    async for event in run.events(plan):
        tell(event)
        events.append(event)
    return events
