"""The traces of what happened to a deployment: work requests, catalog models with their provenance, marks,
and the commits that changed its manifest.
"""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.live import CatalogModel, Live
from reconciler.core.model.spec import Revision


class Ending(StrEnum):
    """How something ended, in one word or two."""

    DONE = "done"
    FAILED = "failed"
    UNDER_WAY = "under way"
    APPLIED = "applied last"
    PENDING = "not applied yet"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class PastWork:
    """A work request of a deployment: `operation` as the service calls it; `accepted` and `finished` are
    timestamps (RFC 3339, UTC), empty where there is none. `why` is what the service says of a failure.
    """

    ocid: str
    operation: str
    ending: Ending
    accepted: str
    finished: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ManifestCommit:
    """A commit that changed a manifest: when it was made (RFC 3339, UTC; empty where that is not known), and
    what its message says.
    """

    commit: str
    at: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class PastDeployment:
    """A deployment of ours, there or deleted, with its work requests, newest first."""

    live: Live
    works: tuple[PastWork, ...] = ()


@dataclass(frozen=True, slots=True)
class PastModel:
    """A catalog model or model group of ours, and where it came from; None where that was not noted."""

    entry: CatalogModel
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class Traces:
    """Everything that is left of one name. `commits` are newest first; `applied` is the one of them, or
    before them, whose manifest was applied last. `missing` says what could not be looked at.
    """

    name: str
    manifest: str = ""
    deployments: tuple[PastDeployment, ...] = ()
    published: tuple[PastModel, ...] = ()
    commits: tuple[ManifestCommit, ...] = ()
    applied: str = ""
    missing: tuple[str, ...] = ()
