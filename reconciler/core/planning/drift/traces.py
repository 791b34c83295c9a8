"""Whether a deployment that does not exist was applied once: from the traces of it that the cloud still has.

There is no state file. A trace proves that it was there, or that an apply was on its way; that there is none
proves nothing, because the service forgets.
"""

from reconciler.core.model.live import GONE, CatalogModel, Live
from reconciler.core.model.spec import Claim
from reconciler.core.model.timestamps import timestamp_words
from reconciler.core.planning.drift.report import DriftKind
from reconciler.core.planning.snapshot_index import SnapshotIndex

NO_TRACE = (
    "it does not exist, and there is no trace that it ever did; what was deleted is listed for a time only"
)


def traces_of(claim: Claim, index: SnapshotIndex) -> tuple[DriftKind, str, Live | None]:
    """GONE when there is a trace of it, else PENDING; why; and the deleted deployment, if one is listed."""
    names = [name for name in (claim.name, claim.renamed_from) if name]
    deleted = _deleted(names, index)
    if deleted is not None:
        return DriftKind.GONE, f"{deleted.ocid} was ours by this name, and is {deleted.state}", deleted
    entries = [entry for name in names for entry in index.our_models_by_name.get(name, ())]
    if entries:
        return DriftKind.GONE, _entry_words(max(entries, key=lambda entry: entry.created)), None
    return DriftKind.PENDING, NO_TRACE, None


def _deleted(names: list[str], index: SnapshotIndex) -> Live | None:
    """The youngest deployment of ours by these names that the service lists as deleted."""
    listed = [index.by_ocid[ocid] for name in names for ocid in index.ocids_by_marked_name.get(name, ())]
    ours = [live for live in listed if live.state in GONE and live.marks.owner == index.owner]
    here = [live for live in ours if live.project_id == index.snapshot.project.ocid]
    return max(here, key=lambda live: live.created, default=None)


def _entry_words(entry: CatalogModel) -> str:
    since = f" since {timestamp_words(entry.created)}" if entry.created else ""
    return (
        f"its model is in the catalog{since} ({entry.ocid}), and no deployment is there: it was deleted, or "
        "an apply ended before it was made"
    )
