"""Earlier revisions of the repository: which one is meant, and what it asked for, as long as its files are
checked out in a folder of their own. Nothing is written outside of that folder.
"""

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from reconciler.adapters.git.repository import DIRTY, checkout_at
from reconciler.adapters.git.revisions import changes_before, commit_of, submodules
from reconciler.app.environments.not_for_target import why_absent
from reconciler.app.not_in_clone import not_in_clone, older_missing
from reconciler.app.rolling_back.manifest_files import files_of
from reconciler.app.validating import checked_manifests_of
from reconciler.app.workspace import Workspace, workspace_at
from reconciler.core.model.errors import Failed, InvalidManifests, ReconcilerError
from reconciler.core.model.live import Marks
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Target
from reconciler.core.model.text import first_line
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.loading import Loaded
from reconciler.manifests.spec_draft import SpecDraft, specs_of

PREVIOUS = "previous"
NAME_ONE = "name one with --to"
MOST_LOOKED_AT = 50
"""Changes of its files that are looked at for the one before."""


@dataclass(frozen=True, slots=True)
class PastManifests:
    """Manifests of one commit, with its files below `root`, by its own settings and values."""

    commit: str
    workspace: Workspace
    target: Target
    loaded: Loaded

    @property
    def root(self) -> Path:
        """Where its files are."""
        return self.workspace.root

    def draft(self, name: str) -> SpecDraft:
        """The manifest of this name. Raises Failed when there is none."""
        draft = next((draft for draft in self.loaded.drafts if draft.name == name), None)
        if draft is None and (elsewhere := why_absent(self.loaded.absent, name, self.target.name)):
            raise Failed(f"revision {self.commit}: {elsewhere}; nothing was changed")
        if draft is None:
            raise Failed(f"revision {self.commit} has no manifest of the name {name}; nothing was changed")
        return draft

    def spec(self, name: str) -> Spec:
        """The same with its files hashed."""
        return hashed(self.draft(name))


def hashed(draft: SpecDraft, cache: Path | None = None) -> Spec:
    """The spec of one draft."""
    return specs_of([draft], cache, lambda done, total: None)[0]


def named_commit(workspace: Workspace, revision: str) -> str:
    """The commit that a person names. Raises Failed when this clone has none of that name."""
    with workspace.redaction.redacted_errors():
        commit = commit_of(workspace.root, revision)
    if commit is None:
        raise Failed(f"{not_in_clone(workspace.root, revision)}. Nothing was changed")
    return commit


@contextmanager
def manifests_at(
    workspace: Workspace, target: Target, commit: str, names: Collection[str]
) -> Iterator[PastManifests]:
    """The manifests of these names at this commit; its files are there until the end of the `with`. What was
    wrong with others then is no matter.
    """
    with files_at(workspace, commit) as root:
        yield manifests_in(workspace, target, commit, root, names)


@contextmanager
def files_at(workspace: Workspace, commit: str) -> Iterator[Path]:
    """The root of the repository as it was at this commit, in a folder that is there until the end of the
    `with`.
    """
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        with workspace.redaction.redacted_errors():
            root = checkout_at(workspace.root, commit, Path(folder).resolve())
        if root is None:
            raise Failed(f"{not_in_clone(workspace.root, commit)}. Nothing was changed")
        yield root


def manifests_in(
    workspace: Workspace, target: Target, commit: str, root: Path, names: Collection[str]
) -> PastManifests:
    """The manifests of these names, or all for none, in such a checkout."""
    try:
        past, past_target = workspace_at(root, target.name, workspace.environment, workspace.values)
        # Which secrets a manifest may take is for the settings of today to say.
        past = replace(past, settings=replace(past.settings, secrets=workspace.settings.secrets))
        return PastManifests(commit, past, past_target, checked_manifests_of(past, past_target, names))
    except ReconcilerError as error:
        raise Failed(f"revision {commit} cannot be read: {_what(workspace, commit, error)}") from error


def _what(workspace: Workspace, commit: str, error: ReconcilerError) -> str:
    """What is wrong, with its place in the repository; and what git does not have of the revision."""
    if not isinstance(error, InvalidManifests):
        return first_line(str(error))
    finding = error.findings[0]
    said = f"{finding.where.path}: {finding.what}"
    if "Git LFS" in finding.what:
        said += f". Its content is not on this machine: git lfs fetch origin {commit}, then again"
    elif others := submodules(workspace.root, commit):
        said += f". Of submodules ({', '.join(others)}) git keeps no files here, so none were brought back"
    return said


def previous_commit(workspace: Workspace, target: Target, name: str, marks: Marks) -> str:
    """The newest commit before the one that was applied last, by its mark, at which the manifest of this
    deployment, its files, probes or values were others. Raises Failed when that cannot be told.
    """
    if not marks.revision:
        raise Failed(f"{name}: no revision is marked on it, so none is the previous one; {NAME_ONE}")
    applied = named_commit(workspace, marks.revision.removesuffix(DIRTY))
    with manifests_at(workspace, target, applied, {name}) as then:
        now, files = then.spec(name), files_of(then.draft(name), then.root)
    if marks.revision.endswith(DIRTY) and now.applied_mark != marks.applied:
        return applied
    with workspace.redaction.redacted_errors():
        earlier = list(_before(workspace.root, applied, files))
    for before in earlier:
        try:
            with manifests_at(workspace, target, before, {name}) as then:
                if then.spec(name).refused_mark != now.refused_mark:
                    return before
        except Failed:
            continue  # It has no such manifest, or an invalid one: nothing to go back to.
    raise Failed(
        f"{name}: git has no revision before {applied} at which its manifest was another one that can be "
        f"read; {older_missing(workspace.root) or NAME_ONE}"
    )


def _before(root: Path, applied: str, files: Iterable[str]) -> Iterator[str]:
    """The commits that came right before a change of these files, or of others beside them, newest first."""
    models = [file for file in files if not file.endswith((".yaml", ".yml"))]
    folder = os.path.commonpath([str(PurePath(file).parent) for file in models]) if models else ""
    paths = [SETTINGS_FILE, *files, *([folder] if folder else [])]
    for change in changes_before(root, applied, paths if folder or not models else ["."], MOST_LOOKED_AT):
        if before := commit_of(root, f"{change}^"):
            yield before
