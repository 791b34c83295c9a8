"""A cloud in memory that fits the engine's port: for properties over thousands of worlds, where the emulator
would be too slow.

It refuses what the service refuses (states, etags, option groups, spent retry tokens); the groups are written
here a second time, from the documents, so that a mistake in the planner's table is not hidden by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from reconciler.core.model.configuration import (
    Configuration,
    DeploymentType,
    FixedScaling,
    NetworkAccess,
    Secret,
)
from reconciler.core.model.errors import (
    CloudError,
    EtagMismatch,
    IncorrectState,
    NotFound,
    Transient,
    Trouble,
)
from reconciler.core.model.live import IN_FLIGHT, Live, Marks, Snapshot, State
from reconciler.core.model.work_requests import Accepted, WorkProgress
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.history.traces import Ending, PastWork
from reconciler.core.planning.steps import UpdateDeployment
from tests.support.memory_catalog import MemoryCatalog, answer

T = TypeVar("T")


class Killed(BaseException):
    """The process died here."""


@dataclass
class Work:
    ocid: str
    deployment: str
    ends_in: State
    reads_left: int
    failed: bool = False

    @property
    def done(self) -> bool:
        return self.reads_left <= 0


@dataclass
class MemoryCloud(MemoryCatalog):
    """`reads` is how often states must be listed before work ends; `documented` is the wider reading of what
    may change together; `reason` is why work fails; `resolve` finds the digest behind an image without one.
    """

    works: dict[str, Work] = field(default_factory=dict)
    reads: int = 2
    outages: list[str] = field(default_factory=list)
    documented: bool = False
    updates: list[tuple[OptionGroup, ...]] = field(default_factory=list)
    bad_artifacts: set[str] = field(default_factory=set)
    reason: str = "Errors occurred while bootstrapping the Model Deployment."
    resolve: Callable[[str], str] = lambda image: f"sha256:of-{image}"

    def put(self, live: Live) -> None:
        """Place a deployment as it is."""
        self.deployments[live.ocid] = live
        self._touch(live.ocid)
        if live.state in IN_FLIGHT:
            ends = State.DELETED if live.state is State.DELETING else State.ACTIVE
            self._work(live.ocid, ends)

    def _work(self, deployment: str, ends_in: State, failed: bool = False) -> str:
        ocid = self._new("work")
        self.works[ocid] = Work(ocid, deployment, ends_in, self.reads, failed)
        return ocid

    def _set(self, ocid: str, **changes: Any) -> None:
        live = self.deployments[ocid]
        updated = replace(live, **changes)
        self.deployments[ocid] = updated
        self._touch(ocid)

    def somebody(self, ocid: str, **changes: Any) -> None:
        """Somebody else's update, begun and done: it shows in the etag and in the work requests."""
        self._set(ocid, **changes)
        self.works[self._work(ocid, self.deployments[ocid].state)].reads_left = 0

    def _advance(self) -> None:
        for work in self.works.values():
            if work.done:
                continue
            work.reads_left -= 1
            if work.done:
                self._set(work.deployment, state=work.ends_in)

    # --- the port ---------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The members of a group that nobody has marked are not listed."""
        models = self.models.values()
        unread = {model.ocid for model in models if model.is_model_group and not model.owner}
        return Snapshot(
            self.project,
            tuple(self._listed(live) for live in self.deployments.values()),
            tuple(replace(model, members=()) if model.ocid in unread else model for model in models),
            unread_groups=tuple(sorted(unread)),
        )

    def with_members(self, snapshot: Snapshot) -> Snapshot:
        return self._call("with_members", lambda: self._with_members(snapshot), write=False)

    def _with_members(self, snapshot: Snapshot) -> Snapshot:
        known = {
            group: self.models[group].members for group in snapshot.unread_groups if group in self.models
        }
        models = tuple(
            replace(model, members=known.get(model.ocid, model.members)) for model in snapshot.models
        )
        left = tuple(group for group in snapshot.unread_groups if group not in known)
        return replace(snapshot, models=models, unread_groups=left)

    def _listed(self, live: Live) -> Live:
        model = self.models.get(live.model_id or "")
        artifact = model.artifact if model else None
        known = live.configuration and replace(live.configuration, artifact=artifact)
        return replace(live, configuration=known)

    def create_deployment(
        self, configuration: Configuration, model: str, marks: Marks, token: str
    ) -> Accepted:
        def act() -> Accepted:
            self._usable(model, configuration, "create_model_deployment")
            ocid = self._new("deployment")
            self.deployments[ocid] = Live(
                ocid,
                configuration.name,
                State.CREATING,
                self._as_service(configuration),
                model,
                self.project.ocid or "",
                marks,
                configuration.kind,
                f"memory://{ocid}",
                created=f"{self.counter:09}",
            )
            self._touch(ocid)
            bad = self.models[model].artifact in self.bad_artifacts
            return Accepted(ocid, self._work(ocid, State.FAILED if bad else State.ACTIVE, bad))

        body = (configuration, model, marks)
        return self._call("create_deployment", lambda: self._once(token, body, act))

    def _usable(self, model: str, configuration: Configuration, operation: str) -> None:
        found = self.models.get(model)
        grouped = configuration.kind is DeploymentType.MODEL_GROUP
        if not found or not found.active or (model not in self.contents and not found.is_model_group):
            raise CloudError(answer(operation, 400, "RelatedResourceNotAuthorizedOrNotFound"))
        if found.is_model_group is not grouped:
            raise AssertionError(f"{model} is no model of a {configuration.kind} deployment")

    def _as_service(self, configuration: Configuration) -> Configuration:
        """The service fills in a digest, and stores what a secret reveals."""
        container = configuration.container
        plain = tuple(
            (key, value.revealed() if isinstance(value, Secret) else value)
            for key, value in container.environment or ()
        )
        digest = container.digest or self.resolve(container.image)
        return replace(
            configuration, artifact=None, container=replace(container, environment=plain, digest=digest)
        )

    def get_deployment(self, ocid: str) -> tuple[Live, str]:
        def act() -> tuple[Live, str]:
            if ocid not in self.deployments:
                raise NotFound(answer("get_model_deployment", 404, "NotAuthorizedOrNotFound"))
            return self.deployments[ocid], self.etags[ocid]

        return self._call("get_deployment", act, write=False)

    def _guard(self, ocid: str, etag: str, allowed: set[State], operation: str) -> Live:
        live = self.deployments.get(ocid)
        if live is None or live.state is State.DELETED:
            raise NotFound(answer(operation, 404, "NotAuthorizedOrNotFound"))
        if etag != self.etags[ocid]:
            raise EtagMismatch(answer(operation, 412, "NoEtagMatch"))
        if live.state not in allowed:
            raise IncorrectState(answer(operation, 409, "IncorrectState"))
        return live

    def deployments_named(self, name: str) -> list[Live]:
        def act() -> list[Live]:
            alive = Snapshot(self.project, tuple(self.deployments.values())).alive()
            return [live for live in alive if live.display_name == name]

        return self._call("deployments_named", act, write=False)

    def update_deployment(self, update: UpdateDeployment, model: str, etag: str) -> Accepted:
        def act() -> Accepted:
            ocid, groups = update.ocid, update.option_groups
            allowed = {State.ACTIVE, State.INACTIVE, State.NEEDS_ATTENTION}
            live = self._guard(ocid, etag, allowed, "update_model_deployment")
            assert live.configuration is not None
            if model != live.model_id:
                self._usable(model, update.configuration, "update_model_deployment")
            new = self._as_service(self._kept(update.configuration, live.configuration))
            self._never(live.configuration, new)
            if live.state is not State.INACTIVE:
                self._one_group(live.configuration, live.model_id, new, model)
                self.updates.append(tuple(groups))
            if update.in_place:
                assert set(groups) <= {OptionGroup.MODELS, OptionGroup.METADATA}
                assert live.model_id != model
            ends = State.INACTIVE if live.state is State.INACTIVE else State.ACTIVE
            tags = update.marks if OptionGroup.METADATA in groups else live.marks
            bad = model in self.models and self.models[model].artifact in self.bad_artifacts
            if bad and set(groups) != {OptionGroup.METADATA}:
                self._set(ocid, state=State.UPDATING, details="bootstrapping failed")
                return Accepted(ocid, self._work(ocid, State.NEEDS_ATTENTION, True))
            self._set(
                ocid,
                state=State.UPDATING,
                configuration=new,
                model_id=model,
                marks=tags,
                display_name=new.name,
            )
            return Accepted(ocid, self._work(ocid, ends))

        return self._call("update_deployment", act)

    def _kept(self, new: Configuration, old: Configuration) -> Configuration:
        """An update that does not touch the container keeps its variables."""
        if new.container.environment is not None:
            return new
        return replace(new, container=replace(new.container, environment=old.container.environment))

    def _never(self, old: Configuration, new: Configuration) -> None:
        """Documents: the type is fixed, and custom networking is never made default again."""
        if old.kind is not new.kind:
            raise AssertionError("the service would refuse another deployment type")
        if old.network.access is NetworkAccess.CUSTOM and new.network.access is not NetworkAccess.CUSTOM:
            raise AssertionError("the service would refuse to leave custom networking")

    def _one_group(self, old: Configuration, old_model: str | None, new: Configuration, model: str) -> None:
        """Documents: one option group at a time while active; name, description and tags go with anything."""
        fixed = isinstance(old.scaling, FixedScaling) and isinstance(new.scaling, FixedScaling)
        scaled = old.scaling != new.scaling
        single = old.kind is DeploymentType.SINGLE_MODEL
        core = old.instance != new.instance or (scaled and fixed) or (single and old_model != model)
        container = old.container != new.container
        changed = {
            "compute and model": core or (self.documented and container),
            "autoscaling": scaled and not fixed,
            "bandwidth": old.bandwidth != new.bandwidth,
            "logs": old.logs != new.logs,
            "container": container and not self.documented,
            "network": old.network != new.network,
            "model group": not single and old_model != model,
        }
        if sum(changed.values()) > 1:
            raise AssertionError(f"the service would refuse this update: {changed}")

    def _act(self, ocid: str, etag: str, allowed: set[State], via: State, ends: State, name: str) -> Accepted:
        def act() -> Accepted:
            live = self._guard(ocid, etag, allowed, name)
            if live.state is State.ACTIVE and ends is State.INACTIVE:
                self.outages.append(ocid)
            self._set(ocid, state=via)
            return Accepted(ocid, self._work(ocid, ends))

        return self._call(name, act)

    def activate_deployment(self, ocid: str, etag: str) -> Accepted:
        return self._act(ocid, etag, {State.INACTIVE}, State.UPDATING, State.ACTIVE, "activate_deployment")

    def deactivate_deployment(self, ocid: str, etag: str) -> Accepted:
        allowed = {State.ACTIVE, State.NEEDS_ATTENTION}
        return self._act(ocid, etag, allowed, State.UPDATING, State.INACTIVE, "deactivate_deployment")

    def delete_deployment(self, ocid: str, etag: str) -> Accepted:
        allowed = {State.ACTIVE, State.INACTIVE, State.FAILED, State.NEEDS_ATTENTION}
        return self._act(ocid, etag, allowed, State.DELETING, State.DELETED, "delete_deployment")

    def deployment_states(self) -> Mapping[str, State]:
        with self.lock:
            self.fault("before", "deployment_states")
            self._advance()
            return {live.ocid: live.state for live in self.deployments.values()}

    def work_progress(self) -> Mapping[str, WorkProgress]:
        with self.lock:
            return {ocid: self._progress(work) for ocid, work in self.works.items()}

    def _progress(self, work: Work) -> WorkProgress:
        percent = 100.0 * (self.reads - work.reads_left) / self.reads
        return WorkProgress(percent, work.done, work.done and work.failed)

    def work_request(self, ocid: str) -> WorkProgress:
        return self._progress(self.works[ocid])

    def newest_work(self, deployment: str) -> str:
        with self.lock:
            own = [work.ocid for work in self.works.values() if work.deployment == deployment]
            return own[-1] if own else ""

    def past_work(self, deployment: str, most: int) -> tuple[PastWork, ...]:
        """Without times, and without telling one kind of work from another."""
        own = [work for work in self.works.values() if work.deployment == deployment]
        told = tuple(_past(work) for work in reversed(own[-most:]))
        return self._call("past_work", lambda: told, write=False)

    def trouble(self, work_request: str) -> Trouble:
        return Trouble(work_request, (self.reason,), ("log line",))

    def last_failure(self, deployment: str) -> Trouble:
        failed = [
            work
            for work in self.works.values()
            if work.deployment == deployment and work.done and work.failed
        ]
        return self.trouble(failed[-1].ocid) if failed else Trouble()


def _past(work: Work) -> PastWork:
    ending = Ending.UNDER_WAY if not work.done else Ending.FAILED if work.failed else Ending.DONE
    return PastWork(work.ocid, "MODEL_DEPLOYMENT_WORK", ending, "")


def lost(operation: str) -> Transient:
    return Transient(answer(operation, 0, "ConnectionReset"))
