"""Traces of what happened to a deployment, as values."""

from reconciler.core.model.live import CatalogModel, Live, Marks, State
from reconciler.core.model.spec import Revision
from reconciler.core.planning.history.traces import (
    Ending,
    ManifestCommit,
    PastDeployment,
    PastModel,
    PastWork,
    Traces,
)

NEWER, APPLIED, OLDER = "c" * 40, "b" * 40, "a" * 40
LIVE = Live(
    "ocid1.deployment.1",
    "vision",
    State.ACTIVE,
    None,
    "ocid1.model.1",
    marks=Marks(
        "acme",
        "vision",
        "0" * 64,
        APPLIED,
        failed="1" * 64,
        failed_at="2026-11-26T12:00:00Z",
        failed_why="the container update failed",
    ),
    created="2026-11-24T11:50:00.000Z",
)
GONE = Live("ocid1.deployment.0", "vision", State.DELETED, None, None, created="2026-11-01T00:00:00.000Z")
BAD = "Errors occurred while bootstrapping the Model Deployment."


def work(name: str, ending: Ending, at: str, why: str = "") -> PastWork:
    return PastWork(f"ocid1.work.{at}", f"MODEL_DEPLOYMENT_{name}", ending, at, at, why)


def entry(ocid: str, at: str, digest: str, done: bool = True) -> CatalogModel:
    artifact, publishing = (digest, None) if done else (None, digest)
    return CatalogModel(ocid, "vision", True, "acme", "vision", artifact, publishing, created=at)


def full() -> Traces:
    """Every kind of trace."""
    works = (
        work("UPDATE", Ending.FAILED, "2026-11-26T11:59:00Z", BAD),
        work("UPDATE", Ending.DONE, "2026-11-25T12:10:00Z"),
        work("CREATE", Ending.DONE, "2026-11-24T12:00:00Z"),
    )
    published = (
        PastModel(entry("ocid1.model.2", "2026-11-26T11:00:00Z", f"sha256:{'2' * 64}", done=False)),
        PastModel(
            entry("ocid1.model.1", "2026-11-25T12:00:00Z", f"sha256:{'1' * 64}"), Revision(APPLIED, "main")
        ),
    )
    commits = (
        ManifestCommit(NEWER, "2026-11-27T10:00:00Z", "three instances"),
        ManifestCommit(APPLIED, "2026-11-25T11:00:00Z", "trained in June"),
        ManifestCommit(OLDER, "2026-11-20T08:00:00Z", "a new deployment"),
    )
    return Traces(
        name="vision",
        manifest="manifests/vision.yaml",
        deployments=(PastDeployment(LIVE, works),),
        published=published,
        commits=commits,
        applied=APPLIED,
        missing=("this clone is shallow, so older commits are not here: git fetch --unshallow brings them",),
    )
