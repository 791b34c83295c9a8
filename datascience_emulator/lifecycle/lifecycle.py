"""Carries accepted work to its end: model servers, states and work requests. Resumes the work of a process
that died.

Everything that it needs is in the store. A work request names its resource. In its private part, a resource
that is being worked on has its state from before (`from`) and, if it is being updated, its new document
(`target`). The handlers decide whether work may start.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from datascience_emulator.data_science.deployments.document_parts import SERVING
from datascience_emulator.data_science.deployments.option_groups import WITHOUT_RESTART, changed_option_groups
from datascience_emulator.data_science.work_requests.kinds import CHANGED_IN_PLACE, KINDS, WorkKind
from datascience_emulator.data_science.work_requests.work import (
    Finisher,
    WorkFailed,
    advance,
    as_before,
    begin,
    fail,
    log,
    succeed,
)
from datascience_emulator.faults.orders import BOOTSTRAP_ERROR, Fault, OrderedFault, Orders
from datascience_emulator.lifecycle.model_servers import BootstrapFailed, ModelServers
from datascience_emulator.lifecycle.progression import Progression
from datascience_emulator.lifecycle.served_artifacts import artifacts, why_not_served
from datascience_emulator.store.store import Kind, Record, Store

_LOG = logging.getLogger(__name__)
_UNDER_WAY = ("UPDATING", "DELETING")
_DETAILS = {
    "ACTIVE": "Model Deployment is Active.",
    "INACTIVE": "Model Deployment is Inactive.",  # UNVERIFIED
    "DELETED": "Model Deployment with all associated resources has been deleted",
}
"""The lifecycleDetails of a deployment when work on it has ended well, in the service's words
(docs/service.md §2.1).
"""
_Failure = BootstrapFailed | OrderedFault | WorkFailed


class Lifecycle:
    def __init__(
        self,
        store: Store,
        servers: ModelServers,
        progression: Progression,
        orders: Orders,
        finishers: Mapping[str, Finisher],
        free: Callable[[Iterable[str]], None],
    ) -> None:
        """`finishers`: kind of work → how it ends. `free`: deletes content (SHA-256) that no record needs."""
        self._store, self._servers, self._progression, self._orders = store, servers, progression, orders
        self._finishers, self._free = finishers, free
        self._tasks: set[asyncio.Task[None]] = set()
        self._restorations: dict[str, asyncio.Task[None]] = {}

    # -- starting and ending

    def start(self, work_id: str) -> None:
        self._spawn(self._run(work_id))

    def resume(self) -> None:
        """Start the servers of deployments that serve, and go on with the work that was under way."""
        self._servers.clear()
        for work in self._store.in_states("work-request", ("ACCEPTED", "IN_PROGRESS")):
            self._spawn(self._run(work.id))
        for deployment in self._store.in_states("deployment", (*SERVING, *_UNDER_WAY)):
            if _has_to_serve(deployment):
                self._restorations[deployment.id] = self._spawn(self._restore(deployment))

    async def close(self) -> None:
        """Stop. Work under way stays recorded, and the next process resumes it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._servers.stop_all()

    def seen(self, resource_id: str) -> None:
        self._progression.seen(resource_id)

    def progress(self, progression: Progression) -> None:
        """Let all work progress like this from now on. What waits for the old progression goes on."""
        self._progression.end()
        self._progression = progression

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- one work request

    async def _run(self, work_id: str) -> None:
        work = self._store.expect("work-request", work_id)
        subject_id, kind = work.private["resource"], work.private["kind"]
        name = work.document["operationType"]
        work_kind = _kind_of(name, self._store.expect(kind, subject_id))
        call = work.private.get("call", "")
        await self._orders.wait(Fault.STUCK, call, subject_id)
        if self._store.expect("work-request", work_id).state == "CANCELED":
            return
        self._change_work(work_id, begin)
        self._progression.begun(subject_id)
        try:
            await self._orders.wait(Fault.HOLD, call, subject_id)
            for number in range(1, len(work_kind.steps) + 1):
                if number == work_kind.servers_step:
                    await self._real_work(name, subject_id, work_id)
                await self._progression.pause(subject_id, *map(work_kind.share, (number - 1, number)))
                if number < len(work_kind.steps):
                    self._change_work(work_id, _advance(number, work_kind))
            self._succeed(work_id, kind, subject_id, name, work_kind)
        except (BootstrapFailed, OrderedFault, WorkFailed) as error:
            self._fail(work_id, subject_id, name, error)
        except Exception as error:
            _LOG.exception("work request %s broke", work_id)
            failure = WorkFailed("InternalServerError", f"The emulator failed: {error!r}")
            self._fail(work_id, subject_id, name, failure)
        finally:
            self._progression.forget(subject_id)

    async def _real_work(self, name: str, deployment_id: str, work_id: str) -> None:
        record = self._store.expect("deployment", deployment_id)
        match name:
            case "MODEL_DEPLOYMENT_CREATE" | "MODEL_DEPLOYMENT_ACTIVATE":
                self._strike(deployment_id, work_id)
                await self._roll(record, record.private.get("target", record.document), work_id)
            case "MODEL_DEPLOYMENT_UPDATE" if record.private["from"] in SERVING:
                await self._restored(deployment_id)
                await self._update(record, work_id)
            case "MODEL_DEPLOYMENT_DEACTIVATE" | "MODEL_DEPLOYMENT_DELETE":
                await self._restored(deployment_id, needed=False)
                await self._servers.stop(deployment_id)

    def _strike(self, deployment_id: str, work_id: str) -> None:
        self._orders.strike(
            self._store.expect("work-request", work_id).private.get("call", ""), deployment_id
        )

    async def _restored(self, deployment_id: str, *, needed: bool = True) -> None:
        """Wait until its servers are restored after a start of the emulator, or have failed to be; if they
        are not `needed` any more, do not restore them. An update needs them: if it fails, they have to serve.
        """
        restoration = self._restorations.pop(deployment_id, None)
        if restoration is None:
            return
        if not needed:
            restoration.cancel()
        await asyncio.wait({restoration})

    async def _update(self, record: Record, work_id: str) -> None:
        target = record.private["target"]
        runs_on = self._servers.serves(record.id) or self._servers.runs_none(record.id)
        if runs_on and not _restarts(record):
            return
        self._strike(record.id, work_id)
        await self._roll(record, target, work_id, live=record.private.get("updateType") == "LIVE")

    async def _roll(
        self, record: Record, document: dict[str, Any], work_id: str | None, *, live: bool = False
    ) -> None:
        loop = asyncio.get_running_loop()

        def progress(message: str) -> None:
            _LOG.info("%s: %s", record.id, message)
            if work_id is not None:  # this may be called from another thread
                loop.call_soon_threadsafe(self._change_work, work_id, lambda work: log(work, message))

        if reason := why_not_served(self._store, document):
            await self._servers.leave(record.id, reason, progress)
            return
        change = self._servers.live if live else self._servers.roll
        await change(record.id, document, artifacts(self._store, document), progress)

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
            current = self._store.expect("deployment", deployment_id)
            if not _has_to_serve(current):
                return
            details = {"lifecycleDetails": f"{BOOTSTRAP_ERROR} {error.reason}"}
            current.document |= details
            if current.state in _UNDER_WAY:  # if that work is cancelled, the deployment returns to this
                current.private["from"] = "NEEDS_ATTENTION"
                current.private["before"] = current.private.get("before", {}) | details
                self._store.save(current)
            else:
                self._move(current, "NEEDS_ATTENTION")

    # -- ends

    def _succeed(self, work_id: str, kind: Kind, subject_id: str, name: str, work_kind: WorkKind) -> None:
        freed: tuple[str, ...] | None = None
        with self._store.transaction():
            subject = self._store.expect(kind, subject_id)
            subject.document = subject.private.get("target", subject.document)
            if name in self._finishers:
                work = self._store.expect("work-request", work_id)
                freed = self._finishers[name](self._store, work, subject)
            state = _state_after(subject, name)
            if kind == "deployment":
                subject.document["lifecycleDetails"] = _DETAILS[str(state)]
            self._move(subject, state)
            self._change_work(
                work_id, _advance(len(work_kind.steps), work_kind), lambda w: succeed(w, work_kind)
            )
        self._free(freed or ())

    def _fail(self, work_id: str, subject_id: str, name: str, error: _Failure) -> None:
        with self._store.transaction():
            work = self._store.expect("work-request", work_id)
            subject = self._store.expect(work.private["kind"], subject_id)
            as_before(subject)
            if subject.kind == "deployment":
                subject.document["lifecycleDetails"] = self._what_failed(subject_id, error)
            self._move(subject, _state_after_failure(subject, name))
            self._change_work(work_id, lambda w: fail(w, _errors(error)))

    def _what_failed(self, deployment_id: str, error: _Failure) -> str:
        text = f"{BOOTSTRAP_ERROR} {error.reason}" if isinstance(error, BootstrapFailed) else error.message
        still_serving = f"{text.rstrip('.')}. The old servers still serve."
        return still_serving if self._servers.serves(deployment_id) else text

    def _move(self, subject: Record, state: str | None) -> None:
        """None: the work leaves the state alone, which other work may have changed."""
        if state is not None:
            subject.document["lifecycleState"] = state
            for name in ("target", "from", "before", "updateType"):
                subject.private.pop(name, None)
        self._store.save(subject)

    def _change_work(self, work_id: str, *changes: Callable[[Record], None]) -> None:
        work = self._store.expect("work-request", work_id)
        for change in changes:
            change(work)
        self._store.save(work)


def _has_to_serve(deployment: Record) -> bool:
    """Whether it has to have servers. So it has while work on it waits or is held: that may be cancelled."""
    state = deployment.private.get("from") if deployment.state in _UNDER_WAY else deployment.state
    return state in SERVING


def _kind_of(name: str, subject: Record) -> WorkKind:
    """The kind of this work: an update that starts no servers does not tell of a start."""
    if name == "MODEL_DEPLOYMENT_UPDATE" and not _restarts(subject):
        return CHANGED_IN_PLACE
    return KINDS[name]


def _restarts(deployment: Record) -> bool:
    """Whether the update that is under way replaces its servers."""
    if deployment.private.get("from") not in SERVING:
        return False
    return bool(changed_option_groups(deployment.document, deployment.private["target"]) - WITHOUT_RESTART)


def _advance(number: int, kind: WorkKind) -> Callable[[Record], None]:
    return lambda work: advance(work, number, kind)


def _errors(error: _Failure) -> list[tuple[str, str]]:
    if not isinstance(error, BootstrapFailed):
        return [(error.code, error.message)]
    reason = "\n".join(part for part in (error.reason, error.log_tail) if part)
    return [("BOOTSTRAP_FAILED", BOOTSTRAP_ERROR), ("MODEL_SERVER_FAILED", reason)]


def _state_after(subject: Record, name: str) -> str | None:
    if name == "MODEL_DEPLOYMENT_UPDATE" and subject.private["from"] == "INACTIVE":
        return "INACTIVE"
    return KINDS[name].after


def _state_after_failure(subject: Record, name: str) -> str | None:
    """NEEDS_ATTENTION: the old servers still serve. FAILED: nothing serves. The documents only imply this."""
    if name == "MODEL_DEPLOYMENT_UPDATE":
        return "INACTIVE" if subject.private["from"] == "INACTIVE" else "NEEDS_ATTENTION"
    return KINDS[name].failed
