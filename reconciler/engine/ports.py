"""What the engine needs of the world. Adapters fit these Protocols by shape, and decide nothing.

Every call blocks for one request (or one page after another), and raises only errors of `core.model.errors`.
It may be repeated, creations with the same token. Uploads and changes of a deployment are repeated only after
a look whether they were heard (`catalog.py`, `deployment/writing.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from reconciler.core.model.artifact import Artifact, Part
from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import Trouble
from reconciler.core.model.images.image import ImageBuild
from reconciler.core.model.live import CatalogModel, Live, Marks, Snapshot, State
from reconciler.core.model.proof.probes import Answer, File
from reconciler.core.model.spec import Revision
from reconciler.core.model.work_requests import Accepted, WorkProgress
from reconciler.core.planning.steps import UpdateDeployment

__all__ = ["Accepted", "Clock", "Cloud", "Images", "LargeContent", "Prober", "WorkProgress"]


class Cloud(Protocol):
    """One project in one compartment of one target."""

    def snapshot(self) -> Snapshot:
        """The project, all deployments of the compartment (tombstones too), the project's catalog models and
        its model groups, with their members where a reconciler has marked them.
        """

    def with_members(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the members of its unread groups as well, which costs a call for each of them.
        Those that cannot be read stay unread.
        """

    def ensure_project(self, name: str, token: str) -> str:
        """Find the project of this name or create it; its OCID. Later calls on this object use it."""

    def create_model(self, name: str, owner: str, artifact: str, token: str) -> str:
        """A catalog model marked `publishing: artifact`, without content yet; its OCID."""

    def has_content(self, model: str) -> bool:
        """Whether the model's artifact has arrived."""

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        """Pack the artifact and send it as a stream; `progress` gets bytes sent and bytes in all."""

    def large_content(self, artifact: Artifact) -> "LargeContent | None":
        """How an artifact is sent that is too large for `upload`; None for any other. Raises Failed where the
        target has no bucket for it.
        """

    def set_provenance(self, model: str, revision: Revision) -> None:
        """Note which repository, branch and commit the model came from; doing it twice is harmless."""

    def mark_published(self, model: str, name: str, owner: str, artifact: Artifact) -> None:
        """Mark the model `artifact: digest`: from now on it counts as that content. What servers make of its
        models is kept with it, as far as there is room.
        """

    def catalog_entry(self, entry: str, group: bool) -> tuple[CatalogModel, str]:
        """A catalog model, or a model `group` without its members, and its etag. Raises NotFound when it is
        gone.
        """

    def mark_used(self, entry: str, group: bool, at: str) -> None:
        """Mark a catalog model, or a model `group`, as used at this time (RFC 3339), which changes its etag;
        its other tags stay. Raises NotFound when it is gone.
        """

    def delete_model(self, model: str, etag: str) -> None:
        """Delete a catalog model, if its etag is still this one; one that is gone already is no error."""

    def rename_model(self, model: str, name: str, group: bool) -> None:
        """Give a catalog model, or a model `group`, this name, in its marks too; its other tags stay. Nothing
        is sent when it has the name already.
        """

    def release_model(self, model: str, group: bool) -> None:
        """Take a reconciler's marks off a catalog model, or a model `group`; its other tags stay. Nothing is
        sent when it has none.
        """

    def create_model_group(
        self, name: str, owner: str, artifact: str, members: Sequence[tuple[str, str]], token: str
    ) -> str:
        """A model group of `members` (pairs of inference key and catalog model's OCID), marked `artifact:
        artifact`; its OCID. It can be used when `model_group_state` is ACTIVE.
        """

    def model_group_state(self, group: str) -> str:
        """The lifecycle state of a model group, such as CREATING, ACTIVE or FAILED."""

    def delete_model_group(self, group: str, etag: str) -> None:
        """Delete a model group, if its etag is still this one; one that is gone already is no error."""

    def create_deployment(
        self, configuration: Configuration, model: str, marks: Marks, token: str
    ) -> Accepted:
        """Create a deployment of this catalog model or, by `configuration.kind`, model group."""

    def get_deployment(self, ocid: str) -> tuple[Live, str]:
        """The deployment, with the values of its variables, and its etag. `configuration.artifact` is None: a
        GET does not say it.
        """

    def deployments_named(self, name: str) -> Sequence[Live]:
        """The project's deployments with this display name that are neither deleted nor about to be: one
        list, as it is now. `configuration.artifact` is None.
        """

    def update_deployment(self, update: UpdateDeployment, model: str, etag: str) -> Accepted:
        """Change the option groups of an update: nested objects are sent whole, top-level parts that do not
        change are left out. `model` is the OCID of what it is to run; `in_place` is the updateType LIVE of
        model groups.
        """

    def activate_deployment(self, ocid: str, etag: str) -> Accepted:
        """Start an inactive deployment."""

    def deactivate_deployment(self, ocid: str, etag: str) -> Accepted:
        """Stop an active deployment."""

    def delete_deployment(self, ocid: str, etag: str) -> Accepted:
        """Delete a deployment."""

    def deployment_states(self) -> Mapping[str, State]:
        """The states of all deployments of the compartment by OCID, a page at a time; one that is gone may be
        missing.
        """

    def work_progress(self) -> Mapping[str, WorkProgress]:
        """All recent work requests of the compartment by OCID, a page at a time."""

    def work_request(self, ocid: str) -> WorkProgress:
        """One work request, with its last log line as the message."""

    def newest_work(self, resource: str) -> str:
        """The OCID of the newest work request of a deployment or catalog model, whoever began it; empty when
        there is none.
        """

    def trouble(self, work_request: str) -> Trouble:
        """The errors and log lines of a work request."""

    def last_failure(self, deployment: str) -> Trouble:
        """Errors and log lines of this deployment's newest work request that failed; empty when none has."""


@runtime_checkable
class LargeContent(Protocol):
    """One artifact on its way into the catalog through the target's bucket. `open`, `read` to its end and
    `commit` bring it into the bucket, and go on with what an earlier run has begun.
    """

    def size(self) -> int:
        """Bytes of the packed artifact."""

    def held_parts(self) -> int:
        """How many parts may be held in memory."""

    def open(self) -> None:
        """Look for what is in the bucket already, or begin. It may be called again. Raises SetupError when
        there is no such bucket, NotFound when another run is about to change what was found.
        """

    def read(self) -> Part | None:
        """The next part; None at the end. Nothing is asked of the service. Raises StalePlan when a file is
        not what was planned.
        """

    def send(self, part: Part) -> None:
        """Send a part, several at the same time. Raises NotFound when the upload is no more."""

    def commit(self) -> None:
        """Make one object of the parts, when all are there. Raises Failed when it is not what was read."""

    def abandon(self) -> None:
        """Drop the parts: they are of no use to anybody."""

    def transfer(self, model: str, token: str) -> str:
        """Let the service take the object as the content of a catalog model; the OCID of its work."""

    def check(self, model: str) -> None:
        """Raises Failed when the catalog model holds a content of another size."""

    def remove(self) -> None:
        """Delete the object, if it is there and ours."""

    def bucket_name(self) -> str:
        """The bucket, for people."""


class Prober(Protocol):
    """Asks the live endpoint of a deployment."""

    def read(self, file: File) -> bytes:
        """The content of a probe's file. Raises StalePlan when it is not what was planned."""

    def ask(self, url: str, model: str, version: int | None, body: bytes) -> Answer:
        """One signed inference request to a model at `url`; every answer is returned, errors too.
        Raises a CloudError when there is none: Transient when asking again may help.
        """


class Images(Protocol):
    """Builds images, and pushes them to their registries. Both may be repeated: what is there, made from the
    same build, is not made or sent again. `progress` gets words, and percent where that is known; what it
    raises ends the work. Several threads may call it for different images.
    """

    def build(
        self, image: str, build: ImageBuild, revision: str, progress: Callable[[str, float | None], None]
    ) -> None:
        """Compose the image of this name (repository and tag), and label it with the commit `revision`."""

    def push(self, image: str, progress: Callable[[str, float | None], None]) -> str:
        """Send an image that was built; its digest in the registry. Raises Failed where the registry has
        another image under the name: no tag is moved.
        """


class Clock(Protocol):
    """Time, as an argument."""

    def now(self) -> float:
        """Seconds from some fixed moment, never going back."""

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""

    def utc(self) -> float:
        """Seconds since 1970, for what people read."""
