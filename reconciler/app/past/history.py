"""history: what has happened to a deployment, from what the cloud still holds and git's log of its manifest.

There is no state file, and nothing is changed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from reconciler.adapters.git.log import log_of
from reconciler.adapters.git.repository import DIRTY
from reconciler.app.connecting import ReachedTarget, reach
from reconciler.app.live.reading_live import at_once, patiently, read_cloud
from reconciler.app.names import goes_by, no_such_anywhere
from reconciler.app.not_in_clone import older_missing
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.live import CatalogModel, Live, Snapshot
from reconciler.core.model.target import Target
from reconciler.core.model.text import first_line
from reconciler.core.planning.history.history import History, history_of
from reconciler.core.planning.history.traces import (
    Ending,
    ManifestCommit,
    PastDeployment,
    PastModel,
    PastWork,
    Traces,
)

MOST_DEPLOYMENTS = 10
"""Deployments of one name whose work requests are read: the one that is there, and those deleted last."""

MOST_REASONS = 10
"""Failed work requests of which it is read why: that is a call for each."""

NOT_LOGGED = "git's log of the manifest is left out: "


def history(workspace: Workspace, target: Target, word: str, most: int, say: Say) -> History:
    """The history of a deployment, by its name or OCID. Raises Failed when there is no trace of it."""
    files, invalid = _manifest_files(workspace, target)
    reached = reach(workspace, target, say)
    say("reading what is left of it")
    snapshot, owner = read_cloud(reached), workspace.settings.owner
    lives = _ours(snapshot, owner, word)
    name = lives[0].name if lives else word
    entries = _entries(snapshot, owner, name, {live.model_id for live in lives})
    if not lives and not entries and name not in files:
        raise no_such_anywhere([word], {*files, *(live.name for live in snapshot.ours(owner))}, target)
    traces = Traces(
        name=name,
        manifest=files.get(name, ""),
        deployments=tuple(at_once(lambda live: _deployment(reached, live, most), lives[:MOST_DEPLOYMENTS])),
        published=tuple(at_once(lambda entry: _published(reached, entry), _newest(entries, most))),
        missing=(f"{NOT_LOGGED}{invalid}",) if invalid else (),
    )
    return history_of(_with_log(workspace, traces, most), most)


def _manifest_files(workspace: Workspace, target: Target) -> tuple[dict[str, str], str]:
    """The file of each manifest by its name; or why they cannot be read."""
    try:
        loaded = checked_manifests(workspace, target, ())
    except InvalidManifests as error:
        return {}, f"the manifests are invalid ({first_line(error.findings[0].what)}); reconcile validate"
    elsewhere = {absent.claim.name: absent.manifest.path for absent in loaded.absent}
    return {**elsewhere, **{draft.name: draft.where.path for draft in loaded.drafts}}, ""


def _ours(snapshot: Snapshot, owner: str, word: str) -> list[Live]:
    """The deployments of ours that the word means, deleted ones too, youngest first."""
    here = (live for live in snapshot.deployments if live.project_id == snapshot.project.ocid)
    ours = [live for live in here if live.marks.owner == owner and goes_by(word, live)]
    return sorted(ours, key=lambda live: live.created, reverse=True)


def _entries(snapshot: Snapshot, owner: str, name: str, run: Collection[str | None]) -> list[CatalogModel]:
    """The catalog entries of ours by this name, and those that its deployments `run`: deployments of the same
    content share one.
    """
    ours = (entry for entry in snapshot.models if entry.owner == owner)
    return [entry for entry in ours if entry.name == name or entry.ocid in run]


def _newest(entries: Iterable[CatalogModel], most: int) -> list[CatalogModel]:
    return sorted(entries, key=lambda entry: entry.created, reverse=True)[:most]


def _deployment(reached: ReachedTarget, live: Live, most: int) -> PastDeployment:
    works = patiently(reached.cloud.past_work, live.ocid, most)
    failed = [work for work in works if work.ending is Ending.FAILED][:MOST_REASONS]
    known = {work.ocid: _why(reached, work) for work in failed}
    return PastDeployment(live, tuple(replace(work, why=known.get(work.ocid, "")) for work in works))


def _why(reached: ReachedTarget, work: PastWork) -> str:
    return "; ".join(patiently(reached.cloud.trouble, work.ocid).errors)


def _published(reached: ReachedTarget, entry: CatalogModel) -> PastModel:
    if entry.is_model_group:
        return PastModel(entry)
    return PastModel(entry, patiently(reached.cloud.origin, entry.ocid))


def _with_log(workspace: Workspace, traces: Traces, most: int) -> Traces:
    """The traces, with the commits that changed the manifest."""
    if not traces.manifest:
        no_file = f"{NOT_LOGGED}no manifest has this name any more"
        return replace(traces, missing=traces.missing or (no_file,))
    commits = log_of(workspace.root, traces.manifest, most)
    if isinstance(commits, str):
        why = workspace.redaction.text(commits)
        return replace(traces, missing=(*traces.missing, f"{NOT_LOGGED}{why}"))
    revision = next((past.live.marks.revision for past in traces.deployments if past.live.marks.revision), "")
    at = log_of(workspace.root, traces.manifest, 1, revision.removesuffix(DIRTY)) if revision else ()
    applied = "" if isinstance(at, str) or not at else at[0].commit
    missing = [*_missing(workspace, revision or ""), *_not_among(commits, most, revision or "", at)]
    shown = tuple(replace(one, subject=workspace.redaction.text(one.subject)) for one in commits)
    return replace(traces, commits=shown, applied=applied, missing=(*traces.missing, *missing))


def _missing(workspace: Workspace, revision: str) -> Iterable[str]:
    if older := older_missing(workspace.root):
        yield older
    if revision.endswith(DIRTY):
        yield f"{revision.removesuffix(DIRTY)} was applied with changes that were not committed"


def _not_among(
    commits: Sequence[ManifestCommit], most: int, revision: str, at: Sequence[ManifestCommit] | str
) -> Iterable[str]:
    """Why none of the commits is the one that was applied last; `at` is the newest one of the manifest at the
    revision that is marked.
    """
    marked = f"revision {revision.removesuffix(DIRTY)} is marked"
    if not revision or (not isinstance(at, str) and set(at) & set(commits)):
        return
    if at == ():
        yield f"no commit of the manifest was applied last: {marked}, and git did not have it then"
    else:
        further = not isinstance(at, str) and len(commits) == most
        why = "is further down" if further else "is not in this branch"
        yield f"the commit that was applied last {why}: {marked}"
