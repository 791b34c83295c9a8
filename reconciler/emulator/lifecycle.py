"""Carries accepted work to its end: real servers, states, work requests. Resumes what a dead process left.

Everything that it needs to go on is in the store: a work request names its resource, a deployment that is
being updated keeps the document it goes to (`target`) and the state it came from (`from`) in its private
part. Whether work may start is decided in the handlers, not here.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from .fleets import Artifacts, BootstrapFailed, Fleets
from .orders import BOOTSTRAP_ERROR, Failure, OrderedFailure, Orders
from .parts import compute_target_id, group_id, members, model_id
from .progression import Progression
from .store import Kind, Record, Store
from .update_groups import WITHOUT_RESTART, changed_groups
from .work import OPERATIONS, Operation, WorkFailed, advance, begin, fail, log, succeed

_LOG = logging.getLogger(__name__)
SERVING = ("ACTIVE", "NEEDS_ATTENTION")
_Failure = BootstrapFailed | OrderedFailure | WorkFailed
_DETAILS = {
    "ACTIVE": "Model Deployment is Active.",
    "INACTIVE": "Model Deployment is Inactive.",
    "DELETED": "Model Deployment is Deleted.",
}


Finisher = Callable[[Store, Record, Record], None]
"""What work does in the transaction that ends it, beside moving its subject's state.

It sees the store, the work request and the subject, and may change the subject. Raises WorkFailed.
"""


class Lifecycle:
    def __init__(
        self,
        store: Store,
        fleets: Fleets,
        progression: Progression,
        orders: Orders,
        finishers: Mapping[str, Finisher],
    ) -> None:
        self._store, self._fleets, self._progression, self._orders = store, fleets, progression, orders
        self._finishers = finishers
        self._tasks: set[asyncio.Task[None]] = set()
        self._restorations: dict[str, asyncio.Task[None]] = {}

    # -- starting and ending

    def start(self, work_id: str) -> None:
        self._spawn(self._run(work_id, resumed=False))

    def resume(self) -> None:
        """Bring back what should serve, and go on with what was under way."""
        self._fleets.clear()
        for work in self._store.in_states("work-request", ("ACCEPTED", "IN_PROGRESS")):
            self._spawn(self._run(work.id, resumed=True))
        for deployment in self._store.in_states("deployment", SERVING):
            self._restorations[deployment.id] = self._spawn(self._restore(deployment))

    async def close(self) -> None:
        """Stop working; what is under way stays recorded and is resumed by the next process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._fleets.stop_all()

    def seen(self, resource_id: str) -> None:
        self._progression.seen(resource_id)

    def progress(self, progression: Progression) -> None:
        """From now on like this; what waits is done waiting."""
        self._progression.end()
        self._progression = progression

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- one work request

    async def _run(self, work_id: str, resumed: bool) -> None:
        work = self._get("work-request", work_id)
        subject_id, kind = work.private["resource"], work.private["kind"]
        name = work.document["operationType"]
        operation = OPERATIONS[name]
        call = work.private.get("call", "")
        await self._orders.wait(Failure.STUCK, call, subject_id)
        if self._get("work-request", work_id).state == "CANCELED":
            return
        self._change_work(work_id, begin)
        try:
            await self._orders.wait(Failure.HOLD, call, subject_id)
            for number in range(1, len(operation.steps) + 1):
                if number == operation.real and kind == "deployment":
                    await self._real_work(name, subject_id, work_id, resumed)
                await self._progression.pause(subject_id, number, len(operation.steps))
                if number < len(operation.steps):
                    self._change_work(work_id, _advance(number, operation))
            self._succeed(work_id, kind, subject_id, name)
        except (BootstrapFailed, OrderedFailure, WorkFailed) as error:
            self._fail(work_id, subject_id, name, error)
        except Exception as error:
            _LOG.exception("work request %s broke", work_id)
            self._fail(work_id, subject_id, name, BootstrapFailed(f"The emulator failed: {error!r}"))
        finally:
            self._progression.forget(subject_id)

    async def _real_work(self, name: str, deployment_id: str, work_id: str, resumed: bool) -> None:
        record = self._get("deployment", deployment_id)
        match name:
            case "MODEL_DEPLOYMENT_CREATE" | "MODEL_DEPLOYMENT_ACTIVATE":
                self._strike(deployment_id, work_id)
                await self._roll(record, record.document, work_id)
            case "MODEL_DEPLOYMENT_UPDATE" if record.private["from"] in SERVING:
                if resumed:
                    await self._bring_back(record, work_id)
                await self._restored(deployment_id)
                await self._update(record, work_id)
            case "MODEL_DEPLOYMENT_DEACTIVATE" | "MODEL_DEPLOYMENT_DELETE":
                await self._restored(deployment_id, wanted=False)
                await self._fleets.stop(deployment_id)

    def _strike(self, deployment_id: str, work_id: str) -> None:
        self._orders.strike(self._get("work-request", work_id).private.get("call", ""), deployment_id)

    async def _restored(self, deployment_id: str, *, wanted: bool = True) -> None:
        """Until its servers are back after a start of the emulator, or have failed to; at once if they are
        not `wanted` any more. An update starts from them, and if it fails, they are what has to serve.
        """
        restoration = self._restorations.pop(deployment_id, None)
        if restoration is None:
            return
        if not wanted:
            restoration.cancel()
        await asyncio.wait({restoration})

    async def _update(self, record: Record, work_id: str) -> None:
        target = record.private["target"]
        restarts = changed_groups(record.document, target) - WITHOUT_RESTART
        if not restarts and self._fleets.serves(record.id):
            return
        self._strike(record.id, work_id)
        await self._roll(record, target, work_id, live=record.private.get("updateType") == "LIVE")

    async def _bring_back(self, record: Record, work_id: str) -> None:
        """The old servers died with the old process; if the update fails, they are what has to serve."""
        try:
            await self._roll(record, record.document, work_id)
        except BootstrapFailed as error:
            message = f"The previous servers did not come back: {error.reason}"
            self._change_work(work_id, lambda work: log(work, message))

    async def _roll(
        self, record: Record, document: dict[str, Any], work_id: str | None, *, live: bool = False
    ) -> None:
        loop = asyncio.get_running_loop()

        def progress(message: str) -> None:
            _LOG.info("%s: %s", record.id, message)
            if work_id is not None:  # the serving side may speak from another thread
                loop.call_soon_threadsafe(self._change_work, work_id, lambda work: log(work, message))

        if reason := self._not_served(document):
            await self._fleets.leave(record.id, reason, progress)
            return
        change = self._fleets.live if live else self._fleets.roll
        await change(record.id, document, self._artifacts(document), progress)

    def _not_served(self, document: dict[str, Any]) -> str | None:
        if compute_target_id(document) is not None:
            return "the emulator runs no servers on compute targets; it has their control plane only"
        group = group_id(document)
        kind = group and self._get("model-group", group).document["modelGroupDetails"]["type"]
        if kind in (None, "HETEROGENEOUS"):
            return self._not_held(document)
        return f"the emulator runs servers only for model groups of the type HETEROGENEOUS, not {kind}"

    def _not_held(self, document: dict[str, Any]) -> str | None:
        group = group_id(document)
        named = members(self._get("model-group", group).document) if group else {"": str(model_id(document))}
        for model in named.values():
            if self._get("model", model).document.get("isModelByReference"):
                return f"the emulator runs no servers for models by reference, such as {model}"
        return None

    def _artifacts(self, document: dict[str, Any]) -> Artifacts:
        group = group_id(document)
        if group is None:
            return {"": self._digest(str(model_id(document)))}
        named = members(self._get("model-group", group).document)
        return {name: self._digest(model) for name, model in named.items()}

    def _digest(self, model: str) -> str | None:
        found: str | None = self._get("model", model).private.get("artifact", {}).get("sha256")
        return found

    async def _restore(self, record: Record) -> None:
        try:
            await self._roll(record, record.document, None)
        except BootstrapFailed as error:
            _LOG.error("%s does not come back: %s\n%s", record.id, error.reason, error.log_tail)
            self._is_down(record.id, error)
        except Exception as error:
            _LOG.exception("%s does not come back", record.id)
            self._is_down(record.id, BootstrapFailed(f"The emulator failed: {error!r}"))

    def _is_down(self, deployment_id: str, error: BootstrapFailed) -> None:
        with self._store.transaction():
            current = self._get("deployment", deployment_id)
            if current.state in SERVING:
                current.document["lifecycleDetails"] = f"{BOOTSTRAP_ERROR} {error.reason}"
                self._move(current, "NEEDS_ATTENTION")

    # -- ends

    def _succeed(self, work_id: str, kind: Kind, subject_id: str, name: str) -> None:
        operation = OPERATIONS[name]
        with self._store.transaction():
            subject = self._get(kind, subject_id)
            if kind == "deployment":
                _finish(subject, name)
            if name in self._finishers:
                self._finishers[name](self._store, self._get("work-request", work_id), subject)
            self._move(subject, _state_after(subject, name))
            self._change_work(
                work_id, _advance(len(operation.steps), operation), lambda w: succeed(w, operation)
            )

    def _fail(self, work_id: str, subject_id: str, name: str, error: _Failure) -> None:
        with self._store.transaction():
            work = self._get("work-request", work_id)
            subject = self._get(work.private["kind"], subject_id)
            if subject.kind == "deployment":
                subject.document["lifecycleDetails"] = self._what_failed(subject_id, error)
            self._move(subject, _state_after_failure(subject, name))
            self._change_work(work_id, lambda w: fail(w, _errors(error)))

    def _what_failed(self, deployment_id: str, error: _Failure) -> str:
        text = f"{BOOTSTRAP_ERROR} {error.reason}" if isinstance(error, BootstrapFailed) else error.message
        serves_on = f"{text.rstrip('.')}. What served before serves on."
        return serves_on if self._fleets.serves(deployment_id) else text

    def _move(self, subject: Record, state: str) -> None:
        if "lifecycleState" in subject.document:
            subject.document["lifecycleState"] = state
        subject.private.pop("target", None)
        subject.private.pop("from", None)
        subject.private.pop("updateType", None)
        self._store.save(subject)

    def _change_work(self, work_id: str, *changes: Callable[[Record], None]) -> None:
        work = self._get("work-request", work_id)
        for change in changes:
            change(work)
        self._store.save(work)

    def _get(self, kind: Kind, record_id: str) -> Record:
        record = self._store.get(kind, record_id)
        if record is None:
            raise LookupError(f"the store has lost {kind} {record_id}")
        return record


def _advance(number: int, operation: Operation) -> Callable[[Record], None]:
    return lambda work: advance(work, number, operation)


def _finish(subject: Record, name: str) -> None:
    if "target" in subject.private:
        subject.document = subject.private["target"]
    details = _DETAILS.get(_state_after(subject, name))
    if details is not None:
        subject.document["lifecycleDetails"] = details


def _errors(error: _Failure) -> list[tuple[str, str]]:
    if not isinstance(error, BootstrapFailed):
        return [(error.code, error.message)]
    reason = "\n".join(part for part in (error.reason, error.log_tail) if part)
    return [("BOOTSTRAP_FAILED", BOOTSTRAP_ERROR), ("MODEL_SERVER_FAILED", reason)]


def _state_after(subject: Record, name: str) -> str:
    if name == "MODEL_DEPLOYMENT_UPDATE" and subject.private["from"] == "INACTIVE":
        return "INACTIVE"
    return OPERATIONS[name].after or subject.state


def _state_after_failure(subject: Record, name: str) -> str:
    """NEEDS_ATTENTION: the old servers serve on. FAILED: nothing serves. (The documents imply it, none says
    it.)
    """
    if name == "MODEL_DEPLOYMENT_UPDATE":
        return "INACTIVE" if subject.private["from"] == "INACTIVE" else "NEEDS_ATTENTION"
    return OPERATIONS[name].failed or subject.state
