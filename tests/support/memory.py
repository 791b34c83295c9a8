"""A cloud in memory that fits the engine's port: for properties over thousands of worlds, where the emulator
would be too slow.

It refuses what the service refuses (states, etags, option groups, spent retry tokens); the groups are written
here a second time, from the documents, so that a mistake in the planner's table is not hidden by it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import (
    Configuration,
    DeploymentType,
    FixedScaling,
    NetworkAccess,
    Secret,
)
from reconciler.core.model.errors import (
    CloudError,
    Conflict,
    EtagMismatch,
    IncorrectState,
    NotFound,
    ServiceAnswer,
    Transient,
    Trouble,
)
from reconciler.core.model.live import IN_FLIGHT, CatalogModel, Live, Marks, Project, Snapshot, State
from reconciler.core.model.spec import Revision
from reconciler.core.model.work_requests import Accepted, WorkProgress
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.history.traces import Ending, PastWork
from reconciler.core.planning.steps import UpdateDeployment
from reconciler.engine.ports import LargeContent

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


def answer(operation: str, status: int, code: str) -> ServiceAnswer:
    return ServiceAnswer(operation, status, code, "said the cloud in memory")


@dataclass
class MemoryCloud:
    """`reads` is how often states must be listed before work ends; `fault` is called around every call;
    `documented` is the wider reading of what may change together; `reason` is why work fails; `resolve` finds
    the digest behind an image without one.
    """

    project: Project = field(default_factory=lambda: Project("ml", "project-1"))
    deployments: dict[str, Live] = field(default_factory=dict)
    models: dict[str, CatalogModel] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    provenance: dict[str, Revision] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    tokens: dict[str, tuple[object, Any]] = field(default_factory=dict)
    reads: int = 2
    fault: Callable[[str, str], None] = lambda when, operation: None
    writes: list[str] = field(default_factory=list)
    outages: list[str] = field(default_factory=list)
    documented: bool = False
    updates: list[tuple[OptionGroup, ...]] = field(default_factory=list)
    bad_artifacts: set[str] = field(default_factory=set)
    reason: str = "Errors occurred while bootstrapping the Model Deployment."
    resolve: Callable[[str], str] = lambda image: f"sha256:of-{image}"
    counter: int = 0
    utc: Callable[[], float] = lambda: 1_800_000_000.0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def _call(self, operation: str, act: Callable[[], T], write: bool = True) -> T:
        with self.lock:
            self.fault("before", operation)
            result = act()
            if write:
                self.writes.append(operation)
            self.fault("after", operation)
            return result

    def _new(self, kind: str) -> str:
        self.counter += 1
        return f"ocid1.{kind}.{self.counter}"

    def _touch(self, ocid: str) -> None:
        self.counter += 1
        self.etags[ocid] = str(UUID(int=self.counter))

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

    def ensure_project(self, name: str, token: str) -> str:
        def act() -> str:
            self.project = replace(self.project, ocid=self.project.ocid or "project-1")
            return "project-1"

        return str(self._call("ensure_project", act))

    def _once(self, token: str, body: object, act: Callable[[], T]) -> T:
        known = self.tokens.get(token)
        if known and known[0] != body:
            raise Conflict(answer("create", 409, "InvalidatedRetryToken"))
        result: T = known[1] if known else act()
        self.tokens[token] = (body, result)
        return result

    def create_model(self, name: str, owner: str, artifact: str, token: str) -> str:
        def act() -> str:
            ocid = self._new("model")
            made = CatalogModel(ocid, name, True, owner, name, None, artifact, created=self._utc())
            self._set_entry(made)
            return ocid

        body = (name, owner, artifact)
        return str(self._call("create_model", lambda: self._once(token, body, act)))

    def has_content(self, model: str) -> bool:
        return bool(self._call("has_content", lambda: model in self.contents, write=False))

    def large_content(self, artifact: Artifact) -> LargeContent | None:
        """One upload takes everything."""
        return None

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        def act() -> None:
            if model in self.contents:
                raise Conflict(answer("create_model_artifact", 409, "Conflict"))
            self.contents[model] = artifact.digest

        self._call("upload", act)

    def set_provenance(self, model: str, revision: Revision) -> None:
        self._call("set_provenance", lambda: self.provenance.update({model: revision}))

    def origin(self, model: str) -> Revision | None:
        return self._call("origin", lambda: self.provenance.get(model), write=False)

    def mark_published(self, model: str, name: str, owner: str, artifact: Artifact) -> None:
        def act() -> None:
            found = self._entry(model, "update_model")
            self._set_entry(replace(found, artifact=artifact.digest, publishing=None))

        self._call("mark_published", act)

    def _utc(self) -> str:
        return datetime.fromtimestamp(self.utc(), UTC).isoformat().replace("+00:00", "Z")

    def _set_entry(self, entry: CatalogModel) -> None:
        self.models[entry.ocid] = entry
        self._touch(entry.ocid)

    def _entry(self, ocid: str, operation: str, group: bool = False) -> CatalogModel:
        found = self.models.get(ocid)
        there = found and (found.active or found.creating or found.inactive or found.failed)
        if not found or not there or found.is_model_group is not group:
            raise NotFound(answer(operation, 404, "NotAuthorizedOrNotFound"))
        return found

    def _entry_etag(self, ocid: str) -> str:
        """Of one that a test has put there, too."""
        if ocid not in self.etags:
            self._touch(ocid)
        return self.etags[ocid]

    def catalog_entry(self, entry: str, group: bool) -> tuple[CatalogModel, str]:
        def act() -> tuple[CatalogModel, str]:
            return replace(self._entry(entry, "get_model", group), members=()), self._entry_etag(entry)

        return self._call("catalog_entry", act, write=False)

    def mark_used(self, entry: str, group: bool, at: str) -> None:
        def act() -> None:
            self._set_entry(replace(self._entry(entry, "update_model", group), used=at))

        self._call("mark_used", act)

    def delete_model(self, model: str, etag: str) -> None:
        self._call("delete_model", lambda: self._delete_entry(model, etag))

    def _delete_entry(self, entry: str, etag: str) -> None:
        found = self.models.get(entry)
        if found is None or not (found.active or found.creating or found.failed):
            return
        if etag != self._entry_etag(entry):
            raise EtagMismatch(answer("delete_model", 412, "NoEtagMatch"))
        groups = [group.ocid for group in self.models.values() if group.active and entry in group.members]
        if any(
            live.model_id in (entry, *groups) and live.state is not State.DELETED
            for live in self.deployments.values()
        ):
            raise Conflict(answer("delete_model", 409, "Conflict"))
        if any(group.creating and entry in group.members for group in self.models.values()):
            raise Conflict(answer("delete_model", 409, "Conflict"))
        self._set_entry(replace(found, active=False, creating=False, failed=False))

    def rename_model(self, model: str, name: str, group: bool) -> None:
        def act() -> None:
            found = self.models.get(model)
            if found is None or not found.active or found.is_model_group is not group:
                raise NotFound(answer("update_model", 404, "NotAuthorizedOrNotFound"))
            self._set_entry(replace(found, name=name, display_name=name))

        self._call("rename_model", act)

    def release_model(self, model: str, group: bool) -> None:
        def act() -> None:
            found = self.models.get(model)
            if found is None or not found.active or found.is_model_group is not group:
                raise NotFound(answer("update_model", 404, "NotAuthorizedOrNotFound"))
            bare = replace(found, owner=None, name=None, artifact=None, publishing=None, used="")
            self._set_entry(bare)

        self._call("release_model", act)

    def create_model_group(
        self, name: str, owner: str, artifact: str, members: Sequence[tuple[str, str]], token: str
    ) -> str:
        def act() -> str:
            for _, model in members:
                if model not in self.contents or not self.models[model].active:
                    raise NotFound(answer("create_model_group", 404, "NotAuthorizedOrNotFound"))
            ocid = self._new("modelgroup")
            models = tuple(model for _, model in members)
            made = CatalogModel(ocid, name, False, owner, name, artifact, None, True, models, creating=True)
            self._set_entry(replace(made, created=self._utc()))
            return ocid

        body = (name, owner, artifact, tuple(members))
        return str(self._call("create_model_group", lambda: self._once(token, body, act)))

    def model_group_state(self, group: str) -> str:
        with self.lock:
            if group not in self.models:
                raise NotFound(answer("get_model_group", 404, "NotAuthorizedOrNotFound"))
            found = self.models[group]
            self.models[group] = replace(found, active=found.active or found.creating, creating=False)
            return "CREATING" if found.creating else "ACTIVE" if found.active else "DELETED"

    def delete_model_group(self, group: str, etag: str) -> None:
        self._call("delete_model_group", lambda: self._delete_entry(group, etag))

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
