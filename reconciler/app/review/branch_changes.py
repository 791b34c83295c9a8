"""What the branch that is checked out changes against its base: the specs of the base's checkout beside those
of the work tree. No secret is looked up, and nothing is changed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reconciler.adapters.git.changed_files import changed_files
from reconciler.adapters.git.repository import place_in_repository
from reconciler.adapters.git.revisions import commit_of
from reconciler.app.not_in_clone import not_in_clone
from reconciler.app.rolling_back.manifest_files import files_of
from reconciler.app.rolling_back.revisions import files_at, manifests_in
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed, InvalidManifests, ReconcilerError
from reconciler.core.model.findings import Location, Severity
from reconciler.core.model.target import LOCAL, Target
from reconciler.core.model.text import first_line
from reconciler.core.planning.review.branch import (
    BranchChanges,
    FileChange,
    ManifestChange,
    WrittenManifest,
    manifest_changes,
    settings_changes,
    touched_workflows,
)
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.loading import manifests_for
from reconciler.manifests.rules.deployment_names import claim_of
from reconciler.manifests.settings import written_settings
from reconciler.manifests.spec_draft import SpecDraft, specs_of
from reconciler.triton.repository_layout import Layout


def branch_changes(workspace: Workspace, target: Target, base: str) -> BranchChanges | str:
    """What the work tree changes against its base, a revision of git, for this target; or why that cannot be
    told. Raises InvalidManifests when the manifests of the work tree are invalid.
    """
    now = checked_manifests(workspace, target, ())
    absent = [one.claim.name for one in now.absent]
    try:
        with workspace.redaction.redacted_errors():
            commit = commit_of(workspace.root, base)
        if commit is None:
            return not_in_clone(workspace.root, base)
        with workspace.redaction.redacted_errors():
            files = changed_files(workspace.root, commit)
        with files_at(workspace, commit) as root:
            settings = settings_changes(written_settings(root), written_settings(workspace.root))
            touched = _below(workspace.root, files)
            branch = [_Side(draft, workspace.root) for draft in now.drafts]
            then, unread = _base_drafts(workspace, target, commit, root, _manifests_of(branch, touched))
            before = [_Side(draft, root) for draft in then]
            changed = _changes(workspace, before, branch, touched, absent, unread)
        return BranchChanges(commit, changed, settings, touched_workflows(files))
    except ReconcilerError as error:
        return first_line(str(error))


def _base_drafts(
    workspace: Workspace, target: Target, commit: str, root: Path, manifests: Mapping[str, Collection[str]]
) -> tuple[Sequence[SpecDraft], Mapping[str, str]]:
    """The manifests of the base, and why some of them cannot be read, by their paths; none where it has no
    such target yet, or is no repository of ours. `manifests` has the paths of those that name a file, by its
    path.
    """
    settings = written_settings(root)
    targets = settings.get("targets") if isinstance(settings, dict) else None
    if settings is None or (
        target.name != LOCAL and isinstance(targets, dict) and target.name not in targets
    ):
        return (), {}
    try:
        return manifests_in(workspace, target, commit, root, ()).loaded.drafts, {}
    except Failed as error:
        unread = _unread(error.__cause__, manifests)
        if not unread or SETTINGS_FILE in unread:
            raise
    names = {
        claim_of(manifest.document).name
        for manifest in manifests_for(root, target.values, target.name)
        if manifest.absent is None and manifest.document.path not in unread
    }
    return manifests_in(workspace, target, commit, root, names).loaded.drafts if names else (), unread


def _unread(error: BaseException | None, manifests: Mapping[str, Collection[str]]) -> dict[str, str]:
    """What is wrong with each manifest, or with a file that it names, by the path of the manifest."""
    findings = error.findings if isinstance(error, InvalidManifests) else ()
    return {
        manifest: f"{finding.where}: {finding.what}"
        for finding in findings
        if finding.severity is Severity.ERROR
        for manifest in manifests.get(finding.where.path, (finding.where.path,))
    }


def _manifests_of(branch: "Sequence[_Side]", touched: Mapping[str, FileChange]) -> dict[str, set[str]]:
    """The paths of the manifests that name a file, by its path, and by its former one."""
    found: dict[str, set[str]] = {}
    for side in branch:
        for file in side.files:
            for path in {file, touched[file].before or file if file in touched else file}:
                found.setdefault(path, set()).add(side.draft.where.path)
    return found


def _below(root: Path, files: Sequence[FileChange]) -> dict[str, FileChange]:
    """The files below the root, by their paths from there, former ones too."""
    place = place_in_repository(root)
    inside = "" if place is None or place[1] == Path() else f"{place[1].as_posix()}/"
    found: dict[str, FileChange] = {}
    for file in files:
        shown = replace(file, path=file.path.removeprefix(inside), before=file.before.removeprefix(inside))
        for path in (file.path, file.before):
            if path and path.startswith(inside):
                found[path.removeprefix(inside)] = shown
    return found


def _changes(
    workspace: Workspace,
    base: "Sequence[_Side]",
    branch: "Sequence[_Side]",
    touched: Mapping[str, FileChange],
    absent: Collection[str],
    unread: Mapping[str, str],
) -> tuple[ManifestChange, ...]:
    """What differs. Only manifests that are not the same anyhow have their model files hashed."""
    before = {side.draft.name: side for side in base}
    same = {side.draft.name for side in branch if side.is_same(before.get(side.draft.name), touched)}
    then = _written([side for side in base if side.draft.name not in same], None)
    now = _written([side for side in branch if side.draft.name not in same], workspace.hashes)
    return manifest_changes(then, now, touched, absent, unread)


class _Side:
    """A manifest of one of the two checkouts."""

    def __init__(self, draft: SpecDraft, root: Path) -> None:
        self.draft = draft
        self.files = files_of(draft, root)
        probes = tuple(
            replace(
                probe,
                input=replace(probe.input, path=""),
                expect=probe.expect and replace(probe.expect, path=""),
            )
            for probe in draft.rollout.probes
        )
        rollout = replace(draft.rollout, probes=probes)
        self.portable = replace(draft, where=Location(""), layout=Layout((), ()), rollout=rollout)
        """The same wherever its checkout is: what the manifest says, without its files."""

    def is_same(self, then: "_Side | None", touched: Mapping[str, FileChange]) -> bool:
        """Whether the other checkout has the same manifest with the same files."""
        if then is None or then.portable != self.portable:
            return False
        return (then.files | self.files).isdisjoint(touched)


def _written(sides: Sequence[_Side], cache: Path | None) -> Iterator[WrittenManifest]:
    specs = specs_of([side.draft for side in sides], cache, lambda done, total: None)
    for side, spec in zip(sides, specs, strict=True):
        yield WrittenManifest(spec, side.files - {side.draft.where.path})
