"""What the engine needs of the world. Adapters fit these by shape; none of them decides anything.

Every call blocks for one request (or one page after another), raises only errors of `core.errors`, and may be
repeated: the engine retries `Transient` errors itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from reconciler.core.artifact import Artifact
from reconciler.core.errors import Trouble
from reconciler.core.fields import Group
from reconciler.core.live import Live, Marks, Snapshot, State
from reconciler.core.spec import Revision
from reconciler.core.values import Configuration
from reconciler.core.work import Accepted, WorkProgress

__all__ = ["Accepted", "Clock", "Cloud", "WorkProgress"]


class Cloud(Protocol):
    """One project in one compartment of one target."""

    def snapshot(self) -> Snapshot:
        """The project, all deployments of the compartment (tombstones too) and the project's catalog
        models.
        """

    def ensure_project(self, name: str, token: str) -> str:
        """Find the project of this name or create it; its OCID. Later calls on this object use it."""

    def create_model(self, name: str, owner: str, artifact: str, token: str) -> str:
        """A catalog model marked `publishing: artifact`, without content yet; its OCID."""

    def has_content(self, model: str) -> bool:
        """Whether the model's artifact has arrived."""

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        """Pack the artifact and send it as a stream; `progress` gets bytes sent and bytes in all."""

    def set_provenance(self, model: str, revision: Revision) -> None:
        """Say which repository, branch and commit the model came from; saying it twice is harmless."""

    def mark_published(self, model: str, name: str, owner: str, artifact: str) -> None:
        """Mark the model `artifact: artifact`: from now on it counts as that content."""

    def delete_model(self, model: str) -> None:
        """Delete a catalog model; one that is gone already is no error."""

    def create_deployment(
        self, configuration: Configuration, model: str, marks: Marks, token: str
    ) -> Accepted:
        """Create a deployment of this catalog model."""

    def get_deployment(self, ocid: str) -> tuple[Live, str]:
        """The deployment and its etag. `configuration.artifact` is None here: a GET does not tell it."""

    def update_deployment(
        self,
        ocid: str,
        groups: Sequence[Group],
        configuration: Configuration,
        model: str,
        marks: Marks,
        etag: str,
    ) -> Accepted:
        """Change these groups: nested objects are sent whole, top-level parts that do not change are left
        out.
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

    def trouble(self, work_request: str) -> Trouble:
        """The errors and log lines of a work request."""


class Clock(Protocol):
    """Time, as an argument."""

    def now(self) -> float:
        """Seconds from some fixed moment, never going back."""

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
