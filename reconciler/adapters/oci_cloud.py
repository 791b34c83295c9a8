"""One project of one compartment of OCI Data Science, as the engine's `Cloud` port: one method, one request
(or one page after another). It retries nothing and decides nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from oci.data_science import models

from reconciler.adapters.fetch import Fetch
from reconciler.adapters.oci_artifacts import Artifacts
from reconciler.adapters.oci_client import UPLOAD_TIMEOUT, Access, data_science
from reconciler.adapters.oci_errors import translated
from reconciler.adapters.oci_lists import Lists
from reconciler.adapters.oci_mapping import (
    Sdk,
    catalog_model_of,
    live_of,
    state_of,
    tags_of,
    work_progress_of,
)
from reconciler.adapters.oci_requests import create_details, update_details
from reconciler.core.artifact import Artifact
from reconciler.core.errors import NotFound, SetupError, Trouble
from reconciler.core.fields import Group
from reconciler.core.live import (
    ARTIFACT,
    NAME,
    OWNER,
    PUBLISHING,
    CatalogModel,
    Live,
    Marks,
    Project,
    Snapshot,
    State,
)
from reconciler.core.spec import Revision
from reconciler.core.values import Configuration
from reconciler.core.work import Accepted, WorkProgress


class OciCloud:
    """Fits `engine.ports.Cloud`. Safe to use from many threads. Every method raises only errors of
    `core.errors`; `project` is a name or an OCID.
    """

    def __init__(
        self, access: Access, compartment: str, project: str, create_project: bool, fetch: Fetch
    ) -> None:
        self._client = data_science(access)
        self._lists = Lists(self._client, compartment)
        self._artifacts = Artifacts(data_science(access, UPLOAD_TIMEOUT), fetch)
        self._compartment = compartment
        self._wanted = project
        self._create_project = create_project
        self._project_id: str | None = None
        self._lock = Lock()
        self._awaited: set[str] = set()
        self._seen: dict[str, tuple[str, Sdk]] = {}

    # -- what there is

    def snapshot(self) -> Snapshot:
        """The project, all deployments of the compartment and the project's catalog models, read at the same
        time.
        """
        with ThreadPoolExecutor(max_workers=2) as pool:
            deployments = pool.submit(self._lists.deployments)
            catalog = pool.submit(self._lists.models)
            project = self._read_project()
        tags = {model.id: dict(tags_of(model)) for model in catalog.result()}
        digests = {ocid: found[ARTIFACT] for ocid, found in tags.items() if ARTIFACT in found}
        return Snapshot(
            project,
            tuple(live_of(item, digests) for item in deployments.result()),
            _of_project(catalog.result(), project.ocid),
        )

    def ensure_project(self, name: str, token: str) -> str:
        """Find the project of this name or create it; its OCID."""
        found = self._find_project(name)
        self._project_id = str(found.id) if found else self._make_project(name, token)
        return self._project_id

    def deployment_states(self) -> Mapping[str, State]:
        """The states of all deployments of the compartment by OCID."""
        return {item.id: state_of(item.lifecycle_state) for item in self._lists.deployments()}

    def get_deployment(self, ocid: str) -> tuple[Live, str]:
        """The deployment and its etag; `configuration.artifact` is None."""
        item, etag = self._get(ocid)
        return live_of(item, {}), etag

    # -- the model catalog

    def create_model(self, name: str, owner: str, artifact: str, token: str) -> str:
        """A catalog model marked `publishing: artifact`, without content yet; its OCID."""
        details = models.CreateModelDetails(
            compartment_id=self._compartment,
            project_id=self._project(),
            display_name=name,
            freeform_tags={OWNER: owner, NAME: name, PUBLISHING: artifact},
        )
        with translated(f"creating the catalog model {name}"):
            return str(self._client.create_model(details, opc_retry_token=token).data.id)

    def has_content(self, model: str) -> bool:
        """Whether the model's artifact has arrived."""
        return self._artifacts.exists(model)

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        """Pack the artifact and send it as a stream. Raises StalePlan when a file has changed meanwhile."""
        self._artifacts.upload(model, artifact, progress)

    def listing(self, model: str) -> tuple[tuple[str, ...], dict[str, str]]:
        """The names in a model's artifact, and its config.pbtxt texts by model, by a few ranged reads."""
        return self._artifacts.listing(model)

    def set_provenance(self, model: str, revision: Revision) -> None:
        """Say which repository, branch and commit the model came from."""
        fields = {
            "repository_url": revision.repository or None,
            "git_branch": revision.branch or None,
            "git_commit": revision.commit,
        }
        known = self._has_provenance(model)
        with translated(f"telling where {model} comes from"):
            if known:
                details = models.UpdateModelProvenanceDetails(**fields)
                self._client.update_model_provenance(model, details)
            else:
                self._client.create_model_provenance(model, models.CreateModelProvenanceDetails(**fields))

    def mark_published(self, model: str, name: str, owner: str, artifact: str) -> None:
        """Mark the model `artifact: artifact`; tags of others on it stay."""
        with translated(f"marking {model} as published"):
            found = self._client.get_model(model)
            tags = {**dict(tags_of(found.data)), OWNER: owner, NAME: name, ARTIFACT: artifact}
            tags.pop(PUBLISHING, None)
            details = models.UpdateModelDetails(freeform_tags=tags)
            self._client.update_model(model, details, if_match=_etag(found))

    def delete_model(self, model: str) -> None:
        """Delete a catalog model; one that is gone already is no error."""
        try:
            with translated(f"deleting the catalog model {model}"):
                self._client.delete_model(model)
        except NotFound:
            return

    # -- deployments

    def create_deployment(
        self, configuration: Configuration, model: str, marks: Marks, token: str
    ) -> Accepted:
        """Create a deployment of this catalog model."""
        details = create_details(configuration, model, marks, self._project(), self._compartment)
        with translated(f"creating the model deployment {configuration.name}"):
            answer = self._client.create_model_deployment(details, opc_retry_token=token)
        return self._accepted(str(answer.data.id), answer)

    def update_deployment(
        self,
        ocid: str,
        groups: Sequence[Group],
        configuration: Configuration,
        model: str,
        marks: Marks,
        etag: str,
    ) -> Accepted:
        """Change these groups of the deployment that was read with this etag."""
        seen_etag, live = self._seen.get(ocid, ("", None))
        if live is None or seen_etag != etag:
            live, _ = self._get(ocid)
        details = update_details(groups, configuration, model, marks, live)
        with translated(f"updating {ocid}"):
            answer = self._client.update_model_deployment(ocid, details, if_match=etag)
        return self._accepted(ocid, answer)

    def activate_deployment(self, ocid: str, etag: str) -> Accepted:
        """Start an inactive deployment."""
        with translated(f"activating {ocid}"):
            return self._accepted(ocid, self._client.activate_model_deployment(ocid, if_match=etag))

    def deactivate_deployment(self, ocid: str, etag: str) -> Accepted:
        """Stop an active deployment."""
        with translated(f"deactivating {ocid}"):
            return self._accepted(ocid, self._client.deactivate_model_deployment(ocid, if_match=etag))

    def delete_deployment(self, ocid: str, etag: str) -> Accepted:
        """Delete a deployment."""
        with translated(f"deleting {ocid}"):
            return self._accepted(ocid, self._client.delete_model_deployment(ocid, if_match=etag))

    # -- work requests

    def work_progress(self) -> Mapping[str, WorkProgress]:
        """Work requests by OCID, newest first: one page, and as many more as it takes to reach those that
        this object has started and not yet seen end.
        """
        found: dict[str, WorkProgress] = {}
        with self._lock:
            awaited = frozenset(self._awaited)
        for page in self._lists.work_requests():
            found |= {item.id: work_progress_of(item) for item in page}
            if awaited <= found.keys():
                break
        with self._lock:
            self._awaited -= {ocid for ocid, progress in found.items() if progress.done}
        return found

    def work_request(self, ocid: str) -> WorkProgress:
        """One work request, with its last log line as the message."""
        with translated(f"reading the work request {ocid}"):
            item = self._client.get_work_request(ocid).data
        lines = self._lists.logs(ocid)
        return work_progress_of(item, lines[-1] if lines else "")

    def trouble(self, work_request: str) -> Trouble:
        """The errors and log lines of a work request, oldest first."""
        return Trouble(work_request, self._lists.errors(work_request), self._lists.logs(work_request))

    # -- parts

    def _read_project(self) -> Project:
        found = self._find_project(self._wanted)
        if found is None:
            return Project(self._wanted, None, self._create_project)
        self._project_id = str(found.id)
        return Project(str(found.display_name or found.id), self._project_id, self._create_project)

    def _find_project(self, name: str) -> Sdk:
        if name.startswith("ocid1."):
            with translated(f"reading the project {name}"):
                return self._client.get_project(name).data
        listed = self._lists.projects()
        found = [item for item in listed if item.display_name == name and item.lifecycle_state == "ACTIVE"]
        if len(found) > 1:
            ocids = ", ".join(sorted(item.id for item in found))
            raise SetupError(f"{len(found)} projects are named {name}; name one of them by its OCID: {ocids}")
        return found[0] if found else None

    def _make_project(self, name: str, token: str) -> str:
        details = models.CreateProjectDetails(compartment_id=self._compartment, display_name=name)
        with translated(f"creating the project {name}"):
            return str(self._client.create_project(details, opc_retry_token=token).data.id)

    def _project(self) -> str:
        if self._project_id is None:
            self._read_project()
        if self._project_id is None:
            raise SetupError(
                f"there is no project named {self._wanted} in {self._compartment}: create it, "
                "or set the target's project to one that exists"
            )
        return self._project_id

    def _get(self, ocid: str) -> tuple[Sdk, str]:
        with translated(f"reading {ocid}"):
            answer = self._client.get_model_deployment(ocid)
        etag = _etag(answer)
        self._seen[ocid] = (etag, answer.data)
        return answer.data, etag

    def _has_provenance(self, model: str) -> bool:
        try:
            with translated(f"reading where {model} comes from"):
                self._client.get_model_provenance(model)
        except NotFound:
            return False
        return True

    def _accepted(self, ocid: str, answer: Sdk) -> Accepted:
        work_request = str(answer.headers.get("opc-work-request-id") or "")
        if work_request:
            with self._lock:
                self._awaited.add(work_request)
        return Accepted(ocid, work_request)


def _etag(answer: Sdk) -> str:
    return str(answer.headers.get("etag") or "")


def _of_project(catalog: Sequence[Sdk], project: str | None) -> tuple[CatalogModel, ...]:
    return tuple(
        catalog_model_of(item) for item in catalog if project is not None and item.project_id == project
    )
