"""Tells a story: a cloud, its weather, processes at the same time, and somebody else; the laws judge."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.app.privacy.redacted_ports import redacted
from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.configuration import Secret
from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import ReconcilerError, Transient
from reconciler.core.model.live import IN_FLIGHT, Snapshot
from reconciler.core.planning.clean_up import DAY_SECONDS, plan_clean_up
from reconciler.core.planning.events import DeploymentFailed
from reconciler.core.planning.plan import Action as Does
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.planner import make_plan
from reconciler.engine.run import Run
from reconciler.engine.settling import OTHERS_WORK_SECONDS, wait_until_settled
from reconciler.engine.utc import timestamp
from tests.chaos.cloud import ChaosCloud
from tests.chaos.laws import Broken, Laws
from tests.chaos.loop import LoopClock, VirtualLoop, WaitsForEver
from tests.chaos.manifests import SECRET, Wishes, desired, gone_back
from tests.chaos.port import OUTAGE_SECONDS, Endpoints, Port
from tests.chaos.somebody import Somebody
from tests.chaos.story import Action, CleanUp, Foreign, Interrupt, Process, Round, Story
from tests.chaos.trail import EVERYBODY, Trail
from tests.support.drive import OWNER, FakeProber
from tests.support.served import servings

LONGEST_SECONDS = 10 * 24 * 3600.0
PATIENCE = 40
"""How often somebody comes back to what is busy."""


@dataclass
class World:
    """All that there is, over a whole story; `actions` and `began` are those of the round."""

    random: Random = field(default_factory=lambda: Random(0))
    wishes: Wishes = ()
    actions: tuple[Action, ...] = ()
    began: float = 0.0
    same_commits: bool = True
    trails: list[Trail] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = VirtualLoop(lambda: 0.01 + 0.2 * self.random.random() ** 2)
        self.clock = LoopClock(self.loop)
        self.cloud = ChaosCloud(now=self.loop.time, span=lambda: self.random.choice([0.3, 1.0, 4.0, 15.0]))
        self.cloud.utc = self.clock.utc
        self.somebody = Somebody(self)
        self.laws = Laws(self)

    def note(self, text: str) -> None:
        self.notes.append(f"{self.loop.time():9.2f} {text}")

    # -- a round

    def tell(self, one: Round) -> None:
        """Everything of one round, to its end."""
        self.random, self.actions = Random(one.seed), one.actions
        if any(isinstance(action, CleanUp) for action in one.actions):
            self.loop.leap(3 * DAY_SECONDS)
        self.began, self.trails = self.loop.time(), []
        before = self.wishes
        for edit in one.edits:
            self.wishes = edit.apply(self.wishes)
        trails = [self._trail("AB"[number], process, before) for number, process in enumerate(one.processes)]
        self.same_commits = all(trail.wishes == self.wishes for trail in trails)
        starts = zip(trails, one.processes, strict=True)
        self._play(
            *(self._process(trail, number, process.delay) for number, (trail, process) in enumerate(starts))
        )
        self.wishes = self.wishes if one.processes[-1].back else trails[-1].wishes
        for trail in trails:
            self.laws.ended(trail)

    def be_quiet(self) -> None:
        """Apply once more in fine weather, and plan again."""
        self.random, self.actions, self.began, self.same_commits = Random(1), (), self.loop.time(), True
        self.trails = []
        trail = self._trail("the quiet one", Process(0.0))
        trail.quiet = True
        self._play(self._process(trail, 0, 0.0))
        self.laws.ended(trail)
        if trail.plan is not None:
            self.laws.quiet(trail, self._plan(trail.desired, self.cloud.snapshot()))

    def _trail(self, name: str, process: Process, before: Wishes = ()) -> Trail:
        wishes = self.wishes
        for edit in process.edits:
            wishes = edit.apply(wishes)
        trail = Trail(name, wishes, desired(wishes, process.again))
        if process.back and (back := gone_back(self.wishes, before)):
            trail = Trail(name, before, back)
        self.trails.append(trail)
        return trail

    def _play(self, *processes: Any) -> None:
        for trail in self.trails:
            trail.alone = len(self.trails) == 1
        everybody = [self.loop.create_task(one) for one in (*processes, *self._others())]
        limit = self.loop.call_later(LONGEST_SECONDS, self._never_ends, everybody)
        try:
            self.loop.run_until_complete(asyncio.wait(everybody))
        except WaitsForEver:
            self.laws.broken("it never ends", "everybody waits for ever")
        limit.cancel()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.wait(left, timeout=1000.0))

    def _never_ends(self, tasks: list[Any]) -> None:
        self.laws.broken("it never ends", f"not within {LONGEST_SECONDS:.0f} seconds")
        for task in tasks:
            task.cancel()

    # -- one process

    async def _process(self, trail: Trail, number: int, delay: float) -> None:
        await asyncio.sleep(delay)
        port = Port(self, trail, number)
        me = asyncio.current_task(self.loop)
        assert me is not None
        port.on_death = lambda: self.loop.call_soon(me.cancel) and None
        try:
            await self._apply(trail, port, number)
        except asyncio.CancelledError:
            if not trail.dead:
                raise
        except BaseException as error:
            if not trail.dead and not self._before_the_plan(trail, error):
                trail.error = error
        trail.ended_at = self.loop.time()
        state = "died" if trail.dead else "ended"
        self.note(f"{trail.name} {state}")

    def _before_the_plan(self, trail: Trail, error: BaseException) -> bool:
        """It could not even plan: the weather explains it."""
        return trail.plan is None and isinstance(error, ReconcilerError) and EVERYBODY in trail.troubles

    async def _apply(self, trail: Trail, port: Port, number: int) -> None:
        """As the verb does it: look, wait for what is under way, look again, plan, carry out; what others say
        comes through the one door that takes secrets out.
        """
        redaction = Redaction({})
        redaction.learn(Secret("env.TOKEN", SECRET))
        cloud, prober = redacted(port, redaction), redacted(Endpoints(port), redaction)
        snapshot = await self._look(trail, cloud)
        deadline = self.clock.now() + OTHERS_WORK_SECONDS
        for _ in range(WAITS):
            left, busy = deadline - self.clock.now(), in_flight(trail.desired, snapshot)
            if left <= 0 or not busy:
                break
            await wait_until_settled(cloud, self.clock, self.random.random, busy, lambda event: None, left)
            snapshot = await self._look(trail, cloud)
        trail.before = {live.ocid: live for live in snapshot.deployments}
        plan = trail.plan = self._plan(trail.desired, snapshot)
        self.note(
            f"{trail.name} planned " + ", ".join(f"{item.name}: {item.action}" for item in plan.deployments)
        )
        run = Run(cloud, self.clock, self.random.random, prober)
        for one in port.weather:
            if isinstance(one, Interrupt):
                self.loop.call_later(one.at, self._interrupt, trail, run)
        async for event in run.events(plan):
            trail.events.append(event)
            if type(event).__name__ in ("DeploymentFailed", "DeploymentFinished", "RollbackStarted"):
                said = getattr(event, "error", None) or getattr(event, "reason", "")
                kind = type(getattr(event, "error", None)).__name__
                self.note(f"{trail.name} {type(event).__name__} {event.deployment} {kind} {said}")

    def _interrupt(self, trail: Trail, run: Run) -> None:
        if trail.ended_at is None:
            trail.interrupted = True
            self.note(f"{trail.name} is asked to stop")
            run.stop.request()

    async def _look(self, trail: Trail, cloud: Port) -> Snapshot:
        began = self.loop.time()
        while True:
            try:
                snapshot: Snapshot = await self.loop.run_in_executor(None, cloud.snapshot)
                return snapshot
            except Transient:
                if self.loop.time() - began > OUTAGE_SECONDS:
                    raise
                await asyncio.sleep(5.0)

    def _plan(self, wanted: Desired, snapshot: Snapshot) -> Plan:
        return make_plan(wanted, snapshot, servings(wanted, snapshot, self.cloud.served))

    # -- the others

    def _others(self) -> list[Any]:
        cleaning = [self._cleans_up(one) for one in self.actions if isinstance(one, CleanUp)]
        return [*cleaning, *(self._somebody(one) for one in self.actions if isinstance(one, Foreign))]

    async def _cleans_up(self, one: CleanUp) -> None:
        """In fine weather: it has nothing to fear but those whom it may not harm."""
        await asyncio.sleep(one.at)
        snapshot = await self.loop.run_in_executor(None, self.cloud.snapshot)
        plan = plan_clean_up("test", OWNER, snapshot, KEPT, timestamp(self.clock, DAY_SECONDS))
        ways = " ".join(step.ocid for item in plan.deployments for step in item.steps)
        self.note(f"gc begins: {ways}")
        run = Run(self.cloud, self.clock, self.random.random, FakeProber())
        async for event in run.events(plan):
            if isinstance(event, DeploymentFailed):
                self.laws.broken("a clean-up ends well", f"{event.deployment}: {event.error}")
        self.note("gc ends")

    async def _somebody(self, one: Foreign) -> None:
        await asyncio.sleep(one.at)
        for _ in range(PATIENCE):
            if self.somebody.acts(one.what, one.which):
                return
            await asyncio.sleep(0.5)


KEPT = 1
"""What a clean-up keeps of each name to go back to."""

WAITS = 10
"""As app.planning has it."""


def in_flight(wanted: Desired, snapshot: Snapshot) -> dict[str, str]:
    """What a plan would be about and somebody is changing now, as the application finds it."""
    busy = {live.ocid for live in snapshot.alive() if live.state in IN_FLIGHT}
    about = make_plan(wanted, snapshot, {}).deployments if busy else ()
    return {
        item.seen.ocid: item.name
        for item in about
        if item.seen and item.seen.ocid in busy and item.action is not Does.PAUSED
    }


def play(story: Story) -> tuple[list[Broken], list[str]]:
    """Tell the story until a law is broken, or to its quiet end; what was broken, and what happened."""
    world = World()
    try:
        for one in story:
            world.note("---- " + str(one.actions))
            world.tell(one)
            if world.laws.found:
                break
        else:
            world.be_quiet()
    finally:
        world.loop.close()
    return world.laws.found, world.notes
