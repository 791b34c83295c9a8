"""What manifests said when they were applied last, and what they say at any revision of git.

It reads git and the files of a revision, and changes nothing. However many deployments share a revision, that
is read once.
"""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from reconciler.adapters.git.repository import DIRTY, checkout_at
from reconciler.app.not_in_clone import not_in_clone
from reconciler.app.validating import checked_drafts
from reconciler.app.workspace import Say, Workspace, workspace_at
from reconciler.core.model.errors import InvalidManifests, ReconcilerError
from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Target
from reconciler.core.model.text import first_line
from reconciler.core.planning.environment_secrets import with_secrets
from reconciler.core.planning.explain.explanation import LastApplied
from reconciler.core.planning.snapshot_index import grouped
from reconciler.manifests.spec_draft import specs_of

DIFFERENT = "changes that were not committed, another environment, or another version of the reconciler"
"""Why the manifest of a revision may differ from what was applied from it."""

SpecAndLive = tuple[Spec | None, Live | None]
"""A deployment: what its manifest says today, if there is one, and what is live of it, if it exists."""


def last_applied(
    workspace: Workspace, target: Target, spec: Spec | None, live: Live | None, say: Say
) -> LastApplied:
    """The same for one deployment."""
    return last_applied_of(workspace, target, [(spec, live)], say)[0]


def last_applied_of(
    workspace: Workspace, target: Target, deployments: Sequence[SpecAndLive], say: Say
) -> list[LastApplied]:
    """What the manifest of each said when it was applied last, in their order: today's manifest if its mark
    is on the deployment, else the manifest of the revision that is marked on it.
    """
    owner = workspace.settings.owner
    found = [_without_history(spec, live, owner) for spec, live in deployments]
    to_read = grouped(
        (_commit(live), at)
        for at, (_, live) in enumerate(deployments)
        if live and live.marks.revision and not found[at].untouched and _has_to_be_read(*deployments[at])
    )
    for commit, places in to_read.items():
        say("reading the manifests that were applied last")
        lives = [live for at in places if (live := deployments[at][1])]
        for at, past in zip(places, _at_revision(workspace, target, commit, lives), strict=True):
            # What today's manifest tells by its mark is known without the revision.
            found[at] = past if past.configuration or not found[at].configuration else found[at]
    return found


def _without_history(spec: Spec | None, live: Live | None, owner: str) -> LastApplied:
    """What is known without git. What another owner has applied is nothing of ours."""
    if live is None:
        return LastApplied(unknown="it does not exist")
    if not live.marks.applied or live.marks.owner != owner:
        return LastApplied(unknown="nothing of ours was applied to it", untouched=True)
    if spec is not None and spec.applied_mark == live.marks.applied:
        whole = None if _has_to_be_read(spec, live) else spec
        return LastApplied(spec.written, spec=whole)
    return LastApplied(unknown="no revision is marked on it")


def _has_to_be_read(spec: Spec | None, live: Live | None) -> bool:
    """Whether today's manifest does not tell what was applied: its digest is another than the one that is
    marked, or it differs from live in what that digest does not cover.
    """
    if live is None or not live.marks.applied:
        return False
    if spec is None or spec.applied_mark != live.marks.applied:
        return True
    policy, marks = spec.policy, live.marks
    state = spec.active == (live.state is State.INACTIVE)
    protect = policy.protect not in (None, marks.protect)
    return state or protect or policy.prune not in (None, marks.prune)


def _commit(live: Live) -> str:
    return (live.marks.revision or "").removesuffix(DIRTY)


def _at_revision(
    workspace: Workspace, target: Target, commit: str, lives: Sequence[Live]
) -> list[LastApplied]:
    """What that revision says of these deployments, which are all marked with it."""
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        try:
            with workspace.redaction.redacted_errors():
                root = checkout_at(workspace.root, commit, Path(folder))
            if root is None:
                unknown = not_in_clone(workspace.root, commit)
                return [LastApplied(unknown=unknown)] * len(lives)
            specs = _specs_at(workspace, target, root, [live.marks.name or "" for live in lives])
        except ReconcilerError as error:
            unknown = f"revision {commit} cannot be read: {_what(error)}"
            return [LastApplied(unknown=unknown)] * len(lives)
    return [_told_by(specs.get(live.marks.name or ""), commit, live) for live in lives]


def _told_by(spec: Spec | None, commit: str, live: Live) -> LastApplied:
    if spec is None:
        return LastApplied(unknown=f"revision {commit} has no manifest of this name")
    if spec.applied_mark != live.marks.applied:
        return LastApplied(unknown=f"revision {commit} says something else: {DIFFERENT}")
    return LastApplied(spec.written, spec=spec)


def _specs_at(workspace: Workspace, target: Target, root: Path, names: Iterable[str]) -> dict[str, Spec]:
    """The specs of these names in a checkout of a revision, by its own settings; but today's decide which
    secrets are looked up.
    """
    wanted = frozenset(names)
    past_workspace, past_target = workspace_at(root, target.name, workspace.environment, workspace.values)
    drafts = [draft for draft in checked_drafts(past_workspace, past_target, ()) if draft.name in wanted]
    specs = specs_of(drafts, None, lambda done, total: None)
    return {
        spec.name: with_secrets(spec, workspace.environment, workspace.settings.secrets) for spec in specs
    }


def _what(error: ReconcilerError) -> str:
    """What is wrong, in one line. It leaves out the file: that was in a temporary folder."""
    return first_line(error.findings[0].what if isinstance(error, InvalidManifests) else str(error))
