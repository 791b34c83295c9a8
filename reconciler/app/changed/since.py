"""`--changed-since`: which deployments the commits since a revision can affect, uncommitted changes included.

The changed paths say which manifests come into question; only those are read once more, as they were, and
compared with what they are now. It reads git and files, and changes nothing.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.adapters.git.changes import Was, changed_paths, tracked_links
from reconciler.adapters.git.revisions import commit_of
from reconciler.app.changed.candidates import (
    all_unchanged,
    bring_named,
    changed_manifests,
    in_submodule,
    other_by_values,
    scopes,
    unchanged_in_question,
)
from reconciler.app.changed.comparing import Pair, different
from reconciler.app.changed.past_tree import PastTree
from reconciler.app.changed.settings import context_of, everything_differs, same_but_values, settings_at
from reconciler.app.changed.touched import Touched
from reconciler.app.not_in_clone import not_in_clone
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.findings import Finding
from reconciler.core.model.target import Target
from reconciler.core.planning.review.affected import Affected
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.loading import Apart, Loaded, load_apart, manifests_for
from reconciler.manifests.spec_draft import SpecDraft


def affected_since(
    workspace: Workspace, target: Target, revision: str, paths: Sequence[Path], loaded: Loaded
) -> Affected:
    """What has changed since the revision; `loaded` are the manifests in these paths as they are now. Raises
    Failed when this clone has no such revision.
    """
    with workspace.redaction.redacted_errors():
        commit = commit_of(workspace.root, revision)
        if commit is None:
            raise Failed(f"--changed-since: {not_in_clone(workspace.root, revision)}")
        changed = changed_paths(workspace.root, commit)
        if not changed:
            return Affected(revision, commit, frozenset())
        touched = Touched(workspace.root, changed, tracked_links(workspace.root))
        with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
            tree = PastTree(workspace.root, commit, changed, Path(folder))
            now = _Now(workspace, target, loaded, changed, touched)
            return _compared(now, tree, scopes(paths, workspace.root), Affected(revision, commit, None))


@dataclass(frozen=True, slots=True)
class _Now:
    """The repository as it is, and what has changed in it."""

    workspace: Workspace
    target: Target
    loaded: Loaded
    changed: Mapping[str, Was]
    touched: Touched


def _compared(now: _Now, tree: PastTree, places: Sequence[str], result: Affected) -> Affected:
    root, loaded, touched = now.workspace.root, now.loaded, now.touched
    past, target = replace(now.workspace, root=tree.root), now.target
    in_question = unchanged_in_question(loaded, touched, root)
    if touched.touches(SETTINGS_FILE):
        settings = settings_at(tree, now.workspace, now.target)
        if isinstance(settings, str):
            return replace(result, why=settings)
        past, target = settings
        if why := everything_differs(now.workspace, now.target, past, target):
            return replace(result, why=why)
        if same_but_values(now.workspace, now.target, past, target):
            in_question |= other_by_values(loaded, touched, root, now.target, target)
        else:
            in_question |= all_unchanged(loaded, touched)
    tree.bring([*in_question, *changed_manifests(now.changed, touched, places)])
    then = _loaded_then(tree, past, target, places)
    drafts = [
        draft
        for draft in loaded.drafts
        if draft.where.path in in_question | then.files or touched.touches(draft.where.path)
    ]
    names = _names(drafts, then, tree, now.workspace.hashes)
    return replace(
        result, names=frozenset(names), incomparable=tuple(then.findings), orphans=then.names_missing
    )


@dataclass(slots=True)
class _Then:
    """The manifests in question as they were: those that are valid by name, the names of the others, and why
    those cannot be compared.
    """

    files: set[str] = field(default_factory=set)
    drafts: dict[str, SpecDraft] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    names_missing: bool = False

    def take(self, apart: Apart) -> None:
        """Note one file."""
        self.files.add(apart.path)
        self.unclear |= apart.names if apart.findings else set()
        self.findings += apart.findings[:1]
        self.names_missing |= not apart.whole
        for draft in apart.drafts:
            if draft.name in self.drafts:
                self._refuse(draft, f"a second deployment was named {draft.name!r}")
            self.drafts[draft.name] = draft

    def refuse_submodules(self, tree: PastTree) -> None:
        """What lies in a submodule that has changed cannot be compared: git has none of its files here."""
        for draft in self.drafts.values():
            if submodule := in_submodule(draft.named, tree.root, tree.unknown):
                self._refuse(draft, f"names files of the submodule {submodule}, which has changed")

    def _refuse(self, draft: SpecDraft, what: str) -> None:
        self.unclear.add(draft.name)
        self.findings.append(Finding(draft.where, what))


def _loaded_then(tree: PastTree, past: Workspace, target: Target, places: Iterable[str]) -> _Then:
    paths = [tree.root / place for place in places if (tree.root / place).exists()]
    then = _Then()
    if not paths:
        return then
    bring_named(tree, manifests_for(tree.root, target.values, target.name, paths))
    for apart in load_apart(paths, tree.root, lambda: context_of(past, target)):
        then.take(apart)
    then.refuse_submodules(tree)
    return then


def _names(drafts: Iterable[SpecDraft], then: _Then, tree: PastTree, cache: Path) -> set[str]:
    """The deployments that differ; `drafts` are the manifests in question as they are now. A name whose
    manifest is not in question had a second one.
    """
    now = {draft.name: draft for draft in drafts}
    both = (now.keys() & then.drafts.keys()) - then.unclear
    pairs = [Pair(now[name], then.drafts[name]) for name in sorted(both)]
    return then.unclear | (now.keys() ^ then.drafts.keys()) | different(pairs, tree, cache)
