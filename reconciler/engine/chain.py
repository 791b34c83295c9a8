"""The steps of one deployment, one after another.

It does what the plan says and nothing else: before the first write it checks that the deployment is what the
plan saw, and after every change that what is served is what was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from reconciler.core.errors import (
    EtagMismatch,
    Failed,
    IncorrectState,
    NotFound,
    StalePlan,
    StepFailed,
    Transient,
)
from reconciler.core.events import Event, StepFinished, StepProgress, StepStarted
from reconciler.core.fields import LIVE, Group, diff
from reconciler.core.live import SERVING, Live, State
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
    ProbeDeployment,
    PublishGroup,
    PublishModel,
    Seen,
    Settle,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.probes import Probe
from reconciler.core.values import Configuration, FixedScaling, Secret
from reconciler.engine.ports import Accepted, Cloud
from reconciler.engine.probing import Asked, Probing
from reconciler.engine.publish import Catalog
from reconciler.engine.removals import Removals
from reconciler.engine.retry import ATTEMPTS, Caller
from reconciler.engine.watch import Watch
from reconciler.engine.wayback import WayBack


@dataclass(slots=True)
class Chain:
    """One deployment's way through its steps. `etag` and `live` are those of the last state that was read and
    found right, `before` what there was when the chain began to change it.
    """

    plan: DeploymentPlan
    cloud: Cloud
    call: Caller
    catalog: Catalog
    watch: Watch
    removals: Removals
    probing: Probing
    tell: Callable[[Event], None]
    etag: str = ""
    ocid: str = ""
    url: str = ""
    pending: Accepted | None = None
    asked: tuple[Configuration, str] | None = None
    before: Live | None = None
    answers: tuple[Asked, ...] = ()
    state: State = State.UNKNOWN
    at: int = 0
    sent: set[int] = field(default_factory=set)

    @property
    def changed(self) -> bool:
        """Whether anything was sent that changes the deployment."""
        return bool(self.sent)

    async def run(self) -> None:
        """All steps; the first error ends it, after the way back if there is one."""
        self.ocid = self.plan.seen.ocid if self.plan.seen else ""
        await self._look_first()
        await self._look_at_probes()
        try:
            for index, step in enumerate(self.plan.steps):
                self.at = index
                await self.step(step, index + 1, len(self.plan.steps))
        except StepFailed as error:
            raise await WayBack(self, self.plan).go(error) from error
        except Failed as error:
            if not self.changed:
                raise
            raise await WayBack(self, self.plan).go(error) from error

    async def step(self, step: Step, number: int, total: int) -> None:
        """Do one step, and tell of it."""
        self.tell(StepStarted(self.plan.name, step, number, total))
        note = await self._do(step)
        self.tell(StepFinished(self.plan.name, step, note))

    def report(self, message: str, percent: float | None) -> None:
        """Tell how far the step is that is being done."""
        self.tell(StepProgress(self.plan.name, message, percent))

    async def _do(self, step: Step) -> str:
        match step:
            case PublishModel():
                return await self.catalog.publish(step, self.report)
            case PublishGroup():
                return await self.catalog.publish_group(step, self.report)
            case CreateDeployment():
                return await self._create(step)
            case UpdateDeployment():
                return await self._update(step)
            case ActivateDeployment(ocid):
                return await self._write(ocid, State.ACTIVE, self.cloud.activate_deployment)
            case DeactivateDeployment(ocid):
                return await self._write(ocid or self.ocid, State.INACTIVE, self.cloud.deactivate_deployment)
            case DeleteDeployment(ocid):
                return await self._write(ocid, State.DELETED, self.cloud.delete_deployment)
            case DeleteModel(ocid, group):
                await self.removals.none_left.wait()
                await (self.catalog.delete_group(ocid) if group else self.call(self.cloud.delete_model, ocid))
                return ocid
            case ProbeDeployment(probes):
                return await self._prove(probes)
            case Settle(ocid):
                await self.watch.until(self.plan.name, ocid, "", None, self.report)
                return "settled"
            case WaitFor(state):
                return await self._wait(state)
            case EnsureProject():
                raise AssertionError("a project belongs to the whole plan, never to a chain")
            case _:
                assert_never(step)

    async def _look_first(self) -> None:
        """A plan that is stale is refused before anything is published for it. What is in flight has to
        settle before it can be compared.
        """
        publishes = self.plan.steps and isinstance(self.plan.steps[0], PublishModel | PublishGroup)
        if self.plan.seen is not None and publishes:
            await self._compare(self.plan.seen)

    async def _compare(self, seen: Seen) -> tuple[Live, str]:
        try:
            live, etag = await self.call(self.cloud.get_deployment, seen.ocid)
        except NotFound as error:
            raise self._stale("it is gone") from error
        if live.fingerprint != seen.fingerprint:
            raise self._stale("it is not what the plan saw any more")
        return live, etag

    async def _prove(self, probes: tuple[Probe, ...]) -> str:
        if not self.url:
            self.url = (await self.call(self.cloud.get_deployment, self.ocid))[0].url
        await self.probing.prove(self.plan.name, self.url, probes)
        return "as expected"

    async def _look_at_probes(self) -> None:
        """What the endpoint answers before anything is changed: what the way back must lead to."""
        probes = next((step.probes for step in self.plan.steps if isinstance(step, ProbeDeployment)), ())
        await self.probing.load(probes)
        if probes and self.plan.undo and self.ocid:
            live, _ = await self.call(self.cloud.get_deployment, self.ocid)
            if live.state in SERVING and live.url:
                self.answers = await self.probing.remember(live.url, probes)

    async def _create(self, step: CreateDeployment) -> str:
        model = await self.catalog.find(step.model.digest)
        configuration = self._as_live(step.configuration)
        self.asked = (configuration, model)
        there = await self._there_already(step)
        if there is not None:
            self.pending, self.ocid = Accepted(there.ocid, ""), there.ocid
            return f"{there.ocid}, created by a run before this one"
        self.pending = await self.call(
            self.cloud.create_deployment, configuration, model, step.marks, step.token
        )
        self.ocid = self.pending.ocid
        self.sent.add(self.at)
        return self.pending.ocid

    async def _there_already(self, step: CreateDeployment) -> Live | None:
        """What the plan did not see: nothing, the very deployment that it creates, or one that makes it
        stale.

        A saved plan may be older than the service's memory of retry tokens, so names are looked at too. A
        replacement does not mind others of its name: they were there before.
        """
        name = step.configuration.name if self.plan.seen is None else None
        mine = self.plan.seen.ocid if self.plan.seen else ""
        for live in (await self.catalog.snapshot()).alive():
            ours = (live.marks.owner, live.marks.name) == (step.marks.owner, step.marks.name)
            if live.ocid == mine or not (ours or live.display_name == name):
                continue
            if live.marks == step.marks and not self._unlike(live):
                return live
            raise self._stale(f"a deployment of this name exists by now ({live.ocid})")
        return None

    async def model(self, reference: ModelRef) -> str:
        """The OCID of what a step refers to by content."""
        return (
            reference.ocid if isinstance(reference, KeepModel) else await self.catalog.find(reference.digest)
        )

    async def _update(self, step: UpdateDeployment) -> str:
        model = await self.model(step.model)
        ocid = step.ocid or self.ocid
        await self._check()
        configuration = self._with_variables(step)

        def send(ocid: str, etag: str) -> Accepted:
            return self.cloud.update_deployment(
                ocid, step.groups, configuration, model, step.marks, etag, step.in_place
            )

        self.asked = (configuration, model)
        return await self._write(ocid, State.UPDATING, send)

    def _with_variables(self, step: UpdateDeployment) -> Configuration:
        """A container whose variables the plan does not know gets those that it had: only the way back asks
        for that.
        """
        container = step.configuration.container
        if Group.CONTAINER not in step.groups or container.environment is not None:
            return self._as_live(step.configuration)
        kept = tuple((key, Secret(LIVE, value)) for key, value in self._had())
        return replace(step.configuration, container=replace(container, environment=kept))

    def _as_live(self, configuration: Configuration) -> Configuration:
        """Variables that are to stay as they are live are taken as they were when the run began to write,
        not when it was planned.
        """
        had, container = dict(self._had()), configuration.container
        kept = tuple(
            (key, Secret(LIVE, had.get(key, value.value)))
            if isinstance(value, Secret) and value.reference == LIVE
            else (key, value)
            for key, value in container.environment or ()
        )
        if container.environment is None:
            return configuration
        return replace(configuration, container=replace(container, environment=kept))

    def _had(self) -> tuple[tuple[str, str], ...]:
        """The variables of before. They may be secrets, so they are passed on as such."""
        known = self.before and self.before.configuration
        variables = (known.container.environment or ()) if known else ()
        return tuple((key, value.value if isinstance(value, Secret) else value) for key, value in variables)

    async def _write(self, ocid: str, becomes: State, send: Callable[[str, str], Accepted]) -> str:
        """A write guarded by the etag. After a lost answer, look first: it may have been heard."""
        await self._check()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.pending = await self.call.once(send, ocid, self.etag)
                self.sent.add(self.at)
                return self.pending.work_request
            except Transient:
                if await self._was_heard(ocid, becomes):
                    self.sent.add(self.at)
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

    async def _check(self) -> None:
        """Before the first write: is the deployment what the plan saw? Its etag guards the write."""
        if not self.etag and self.plan.seen is not None:
            self.before, self.etag = await self._compare(self.plan.seen)

    async def _wait(self, state: State) -> str:
        work = self.pending or Accepted(self.ocid, "")
        try:
            await self.watch.until(self.plan.name, work.ocid, work.work_request, state, self.report)
        except StepFailed as error:
            raise error.of_request(work.request_id) from error
        if state is State.DELETED:
            self.removals.gone(self.plan.name)
            self.etag = ""
        elif self.pending is not None:
            await self._read_back(work.ocid, state)
        self.pending = None
        return state.value

    async def _read_back(self, ocid: str, state: State) -> None:
        """What is served must equal what was asked before the step counts as done; its etag guards the
        next write. A list of what is wrong is believed when it stays.
        """
        for attempt in range(1, ATTEMPTS + 1):
            live, etag = await self.call(self.cloud.get_deployment, ocid)
            if live.state is not state:
                raise self._stale(f"it came to {state} and is {live.state} now")
            unlike = self._unlike(live)
            if not unlike:
                break
            if attempt == ATTEMPTS:
                raise StepFailed(f"{self.plan.name}: read back, but not as asked: {'; '.join(unlike)}")
            await self.call.clock.sleep(self.call.pause(attempt))
        self.etag, self.asked, self.url = etag, None, live.url

    def _unlike(self, live: Live) -> list[str]:
        if self.asked is None:
            return []
        if live.configuration is None:
            return [f"it is a {live.deployment_type} deployment"]
        asked, model = self.asked
        changes = diff(replace(asked, artifact=None), replace(live.configuration, artifact=None))
        wrong = [f"{change.field} is {change.old!r}, not {change.new!r}" for change in changes]
        wrong += [] if live.model_id == model else [f"its model is {live.model_id}, not {model}"]
        return wrong + self._miscounted(live, asked)

    def _miscounted(self, live: Live, asked: Configuration) -> list[str]:
        """As many instances as asked must be there, where the service tells how many there are."""
        if live.state is not State.ACTIVE or live.instances is None:
            return []
        if not isinstance(asked.scaling, FixedScaling) or live.instances == asked.scaling.instances:
            return []
        return [f"{live.instances} instances are there, not {asked.scaling.instances}"]

    def _stale(self, why: str) -> StalePlan:
        return StalePlan(f"{self.plan.name}: {why}; nothing more was sent. Plan again")
