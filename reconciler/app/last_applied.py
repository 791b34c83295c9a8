"""What the manifest of a deployment said when it was applied last, and what it says at any revision of git.

It reads git and the files of a revision, and changes nothing.
"""

import tempfile
from pathlib import Path

from reconciler.adapters.git.repository import DIRTY, checkout_at
from reconciler.app.validating import checked_drafts
from reconciler.app.workspace import Say, Workspace, workspace_at
from reconciler.core.model.errors import InvalidManifests, ReconcilerError
from reconciler.core.model.live import Live, Marks
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Target
from reconciler.core.model.text import first_line
from reconciler.core.planning.environment_secrets import with_secrets
from reconciler.core.planning.explain.explanation import LastApplied
from reconciler.manifests.spec_draft import specs_of

DIFFERENT = "changes that were not committed, another environment, or another version of the reconciler"
"""Why the manifest of a revision may differ from what was applied from it."""


def last_applied(
    workspace: Workspace, target: Target, spec: Spec | None, live: Live | None, say: Say
) -> LastApplied:
    """What the manifest said when it was applied last: today's manifest if its mark is on the deployment,
    else the manifest of the revision that is marked on it.
    """
    if live is None or not live.marks.applied:
        return LastApplied(unknown="nothing of ours was applied to it" if live else "it does not exist")
    if spec is not None and spec.applied_mark == live.marks.applied:
        return LastApplied(spec.written)
    if not live.marks.revision:
        return LastApplied(unknown="no revision is marked on it")
    say("reading the manifest that was applied last")
    return _from_history(workspace, target, live.marks)


def _from_history(workspace: Workspace, target: Target, marks: Marks) -> LastApplied:
    commit = (marks.revision or "").removesuffix(DIRTY)
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        try:
            with workspace.redaction.redacted_errors():
                root = checkout_at(workspace.root, commit, Path(folder))
            if root is None:
                return LastApplied(unknown=f"revision {commit} is not in this clone")
            spec = spec_at(workspace, target, root, marks.name or "")
        except ReconcilerError as error:
            return LastApplied(unknown=f"revision {commit} cannot be read: {_what(error)}")
    if spec is None:
        return LastApplied(unknown=f"revision {commit} has no manifest of this name")
    if spec.applied_mark != marks.applied:
        return LastApplied(unknown=f"revision {commit} says something else: {DIFFERENT}")
    return LastApplied(spec.configuration)


def spec_at(workspace: Workspace, target: Target, root: Path, name: str) -> Spec | None:
    """The spec of that revision, by its own settings; but today's decide which secrets are looked up."""
    past_workspace, past_target = workspace_at(root, target.name, workspace.environment, workspace.values)
    drafts = [draft for draft in checked_drafts(past_workspace, past_target, ()) if draft.name == name]
    specs = specs_of(drafts, None, lambda done, total: None)
    return with_secrets(specs[0], workspace.environment, workspace.settings.secrets) if specs else None


def _what(error: ReconcilerError) -> str:
    """What is wrong, in one line. It leaves out the file: that was in a temporary folder."""
    return first_line(error.findings[0].what if isinstance(error, InvalidManifests) else str(error))
