"""One project in one compartment of OCI Data Science, as the engine's `Cloud` port. A method sends one
request or asks for one page after another. It decides nothing, and tries again only where another run was
faster.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from reconciler.adapters.archive.remote_zip import RemoteZip
from reconciler.adapters.http.fetch import Fetch
from reconciler.adapters.oci.artifacts import Artifacts
from reconciler.adapters.oci.catalog_entries import Entries
from reconciler.adapters.oci.catalog_models import CatalogModels
from reconciler.adapters.oci.client import UPLOAD_TIMEOUT, ServiceAccess, data_science
from reconciler.adapters.oci.conversion.live import (
    catalog_model_of,
    group_of,
    live_of,
    past_work_of,
    state_of,
    work_progress_of,
)
from reconciler.adapters.oci.conversion.requests import create_details, update_details
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.oci.lists import Lists
from reconciler.adapters.oci.model_groups import Members, ModelGroups
from reconciler.adapters.oci.object_storage.way import DIRECTLY, ContentWay
from reconciler.adapters.oci.projects import TargetProject
from reconciler.adapters.oci.snapshot import read_snapshot, with_members
from reconciler.adapters.sdk import Sdk, etag_of
from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import Trouble
from reconciler.core.model.live import (
    ARTIFACT,
    GONE,
    NAME,
    OWNER,
    CatalogModel,
    Live,
    Marks,
    Project,
    Snapshot,
    State,
)
from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.core.model.spec import Revision
from reconciler.core.model.work_requests import Accepted, WorkProgress
from reconciler.core.planning.history.traces import PastWork
from reconciler.core.planning.steps import UpdateDeployment

if TYPE_CHECKING:
    from reconciler.adapters.oci.object_storage.large_content import ContentThroughBucket


class OciCloud:
    """Fits `engine.ports.Cloud`, where its methods are described. Safe to use from many threads. `project` is
    a name or an OCID.
    """

    def __init__(
        self,
        access: ServiceAccess,
        compartment: str,
        project: str,
        create_project: bool,
        fetch: Fetch,
        way: ContentWay = DIRECTLY,
    ) -> None:
        self._client = data_science(access)
        self._lists = Lists(self._client, compartment)
        self._catalog = CatalogModels(self._client, compartment)
        self._groups = ModelGroups(self._client, compartment)
        self._artifacts = Artifacts(self._client, data_science(access, UPLOAD_TIMEOUT), fetch)
        self._access, self._fetch, self._way = access, fetch, way
        self._compartment = compartment
        self._project = TargetProject(self._client, self._lists, compartment, project, create_project)
        self._lock = Lock()
        self._awaited: set[str] = set()
        self._seen: dict[str, tuple[str, Sdk]] = {}

    # -- what there is

    def project(self) -> Project:
        """The project of the target as it is now."""
        return self._project.read()

    def deployments(self) -> tuple[Live, ...]:
        """All deployments of the compartment."""
        return tuple(live_of(item, {}) for item in self._lists.deployments())

    def snapshot(self) -> Snapshot:
        return read_snapshot(self._lists, self._groups, self._project.read)

    def with_members(self, snapshot: Snapshot) -> Snapshot:
        return with_members(snapshot, self._groups)

    def ensure_project(self, name: str, token: str) -> str:
        return self._project.ensure(name, token)

    def deployment_states(self) -> Mapping[str, State]:
        return {item.id: state_of(item.lifecycle_state) for item in self._lists.deployments()}

    def get_deployment(self, ocid: str) -> tuple[Live, str]:
        item, etag = self._get(ocid)
        return live_of(item, {}), etag

    # -- the model catalog

    def create_model(self, name: str, owner: str, artifact: str, token: str) -> str:
        return self._catalog.create(self._project.ocid, name, owner, artifact, token)

    def has_content(self, model: str) -> bool:
        return self._artifacts.exists(model)

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        """Pack the artifact and send it as a stream. Raises StalePlan when a file has changed meanwhile."""
        self._artifacts.upload(model, artifact, progress)

    def large_content(self, artifact: Artifact) -> "ContentThroughBucket | None":
        """How an artifact is sent that is too large for one upload; None for any other. Raises Failed where
        there is no bucket for it.
        """
        bucket = self._way.bucket_for(artifact, self._fetch)
        if bucket is None:
            return None
        # Few runs need it, and it takes the SDK a while to load.
        from reconciler.adapters.oci.object_storage.bucket import Bucket
        from reconciler.adapters.oci.object_storage.large_content import ContentThroughBucket

        through = Bucket(self._access, bucket)
        return ContentThroughBucket(artifact, self._fetch, self._way.part, through, self._artifacts)

    def content(self, model: str) -> RemoteZip:
        """The files in a model's artifact, by a few ranged reads."""
        return self._artifacts.content(model)

    def download(self, model: str, file: BinaryIO, progress: Callable[[int, int], None]) -> None:
        """Write the whole content of a model into a file."""
        self._artifacts.download(model, file, progress)

    def kept_models(self, model: str) -> tuple[ModelFolder, ...] | None:
        """What is kept with a catalog model of its models; None when that is nothing of ours."""
        return self._catalog.kept_models(model)

    def members(self, group: str) -> Members:
        """The members of a model group: their inference keys and OCIDs."""
        return self._groups.members(group)

    def set_provenance(self, model: str, revision: Revision) -> None:
        self._catalog.set_provenance(model, revision)

    def origin(self, model: str) -> Revision | None:
        """Which commit and branch a model came from; None where that was not noted."""
        return self._catalog.origin(model)

    def mark_published(self, model: str, name: str, owner: str, artifact: Artifact) -> None:
        self._catalog.mark_published(model, name, owner, artifact)

    def catalog_entry(self, entry: str, group: bool) -> tuple[CatalogModel, str]:
        item, etag = self._entries(group).read(entry)
        return (group_of(item, ()) if group else catalog_model_of(item)), etag

    def mark_used(self, entry: str, group: bool, at: str) -> None:
        self._entries(group).mark_used(entry, at)

    def delete_model(self, model: str, etag: str) -> None:
        self._catalog.entries.remove(model, etag)

    def rename_model(self, model: str, name: str, group: bool) -> None:
        self._entries(group).rename(model, name)

    def release_model(self, model: str, group: bool) -> None:
        if group:
            self._groups.entries.release(model)
        else:
            self._catalog.release(model)

    def _entries(self, group: bool) -> Entries:
        return self._groups.entries if group else self._catalog.entries

    # -- model groups

    def create_model_group(
        self, name: str, owner: str, artifact: str, members: Sequence[tuple[str, str]], token: str
    ) -> str:
        marks = {OWNER: owner, NAME: name, ARTIFACT: artifact}
        return self._groups.create(self._project.ocid, name, marks, members, token)

    def model_group_state(self, group: str) -> str:
        return self._groups.state(group)

    def delete_model_group(self, group: str, etag: str) -> None:
        self._groups.entries.remove(group, etag)

    # -- deployments

    def create_deployment(
        self, configuration: Configuration, model: str, marks: Marks, token: str
    ) -> Accepted:
        details = create_details(configuration, model, marks, self._project.ocid, self._compartment)
        with translated(f"creating the model deployment {configuration.name}"):
            answer = self._client.create_model_deployment(details, opc_retry_token=token)
        return self._accepted(str(answer.data.id), answer)

    def deployments_named(self, name: str) -> Sequence[Live]:
        named = (live_of(item, {}) for item in self._lists.deployments_named(name))
        project = self._project.ocid
        return [live for live in named if live.project_id == project and live.state not in GONE]

    def update_deployment(self, update: UpdateDeployment, model: str, etag: str) -> Accepted:
        ocid = update.ocid
        seen_etag, live = self._seen.get(ocid, ("", None))
        if live is None or seen_etag != etag:
            live, _ = self._get(ocid, before_write=True)
        details = update_details(update, model, live)
        with translated(f"updating {ocid}"):
            answer = self._client.update_model_deployment(ocid, details, if_match=etag)
        return self._accepted(ocid, answer)

    def activate_deployment(self, ocid: str, etag: str) -> Accepted:
        with translated(f"activating {ocid}"):
            return self._accepted(ocid, self._client.activate_model_deployment(ocid, if_match=etag))

    def deactivate_deployment(self, ocid: str, etag: str) -> Accepted:
        with translated(f"deactivating {ocid}"):
            return self._accepted(ocid, self._client.deactivate_model_deployment(ocid, if_match=etag))

    def delete_deployment(self, ocid: str, etag: str) -> Accepted:
        with translated(f"deleting {ocid}"):
            return self._accepted(ocid, self._client.delete_model_deployment(ocid, if_match=etag))

    # -- work requests

    def work_progress(self) -> Mapping[str, WorkProgress]:
        """Work requests by OCID, newest first: one page, and more until those are among them that this object
        has started and not yet seen end.
        """
        progress: dict[str, WorkProgress] = {}
        with self._lock:
            awaited = frozenset(self._awaited)
        for page in self._lists.work_requests():
            progress |= {item.id: work_progress_of(item) for item in page}
            if awaited <= progress.keys():
                break
        with self._lock:
            self._awaited -= {ocid for ocid, work in progress.items() if work.done}
        return progress

    def work_request(self, ocid: str) -> WorkProgress:
        with translated(f"reading the work request {ocid}"):
            item = self._client.get_work_request(ocid).data
        lines = self._lists.logs(ocid)
        return work_progress_of(item, lines[-1] if lines else "")

    def newest_work(self, resource: str) -> str:
        return self._lists.newest_work(resource)

    def past_work(self, deployment: str, most: int) -> tuple[PastWork, ...]:
        """The newest work requests of a deployment, as far as the service lists them."""
        return tuple(past_work_of(item) for item in self._lists.work_of(deployment, most))

    def trouble(self, work_request: str) -> Trouble:
        return Trouble(work_request, self._lists.errors(work_request), self._lists.logs(work_request))

    def last_failure(self, deployment: str) -> Trouble:
        failed = self._lists.newest_work(deployment, status="FAILED")
        return self.trouble(failed) if failed else Trouble()

    # -- reading and accepting

    def _get(self, ocid: str, before_write: bool = False) -> tuple[Sdk, str]:
        with translated(f"reading {ocid}", before_write=before_write):
            answer = self._client.get_model_deployment(ocid)
        etag = etag_of(answer)
        self._seen[ocid] = (etag, answer.data)
        return answer.data, etag

    def _accepted(self, ocid: str, answer: Sdk) -> Accepted:
        work_request = str(answer.headers.get("opc-work-request-id") or "")
        if work_request:
            with self._lock:
                self._awaited.add(work_request)
        return Accepted(ocid, work_request, str(answer.headers.get("opc-request-id") or ""))
