"""The catalog of the cloud in memory, models and model groups; and what all calls of that cloud share.

It refuses what the service refuses; deployments are in `memory`.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.errors import Conflict, EtagMismatch, NotFound, ServiceAnswer
from reconciler.core.model.live import CatalogModel, Live, Project, State
from reconciler.core.model.spec import Revision
from reconciler.engine.ports import LargeContent

T = TypeVar("T")


def answer(operation: str, status: int, code: str) -> ServiceAnswer:
    return ServiceAnswer(operation, status, code, "said the cloud in memory")


@dataclass
class MemoryCatalog:
    """`fault` is called around every call. `deployments` are here for what they hold in the catalog."""

    project: Project = field(default_factory=lambda: Project("ml", "project-1"))
    deployments: dict[str, Live] = field(default_factory=dict)
    models: dict[str, CatalogModel] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    provenance: dict[str, Revision] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, tuple[object, Any]] = field(default_factory=dict)
    fault: Callable[[str, str], None] = lambda when, operation: None
    writes: list[str] = field(default_factory=list)
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
