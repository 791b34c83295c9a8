"""rollback without `--now`: writes the manifest of a deployment, and the files that it names, as they were at
an earlier revision, into the work tree, and commits them where that is asked for. What is deployed stays.

Of a file with several manifests only the document of this deployment is changed.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.adapters.git.repository import repository_around
from reconciler.adapters.git.revisions import from_top
from reconciler.adapters.git.work_tree import (
    bring_back,
    commit_files,
    differences,
    in_the_way,
    stand_ins,
    take_away,
    uncommitted,
)
from reconciler.app.rolling_back.manifest_files import ManifestFiles, manifest_files
from reconciler.app.rolling_back.revisions import PastManifests, hashed, manifests_at
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed, InvalidManifests
from reconciler.core.model.findings import Location
from reconciler.core.model.target import Target
from reconciler.core.model.views.reverted import Reverted
from reconciler.manifests.documents_in_text import (
    documents_in,
    is_readable,
    text_of,
    with_document,
    without_document,
)
from reconciler.manifests.spec_draft import SpecDraft
from reconciler.manifests.yaml.text_files import read_text

FILES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Edit:
    """A file of manifests, and what it is to hold; None: it is to go."""

    path: str
    text: str | None


def revert(
    workspace: Workspace, target: Target, commits: Mapping[str, str], *, then_commit: bool
) -> list[Reverted]:
    """Write what the manifest of each of these names, and its files, were at its commit, for all targets.
    Raises Failed, and writes nothing, when something would be lost that is in no commit.
    """
    top = repository_around(workspace.root)
    assert top is not None  # the commits were found in it
    with workspace.redaction.redacted_errors():
        today = manifest_files(workspace, target)
        for name, commit in commits.items():
            with manifests_at(workspace, target, commit, {name}) as then:
                _refuse_second(name, today, then)
                before = manifest_files(then.workspace, then.target)
                _refuse_loss(workspace.root, top, name, before.of(name), today.of(name))
        return [_reverted(workspace, target, top, name, commits[name], then_commit) for name in commits]


def _reverted(
    workspace: Workspace, target: Target, top: Path, name: str, commit: str, then_commit: bool
) -> Reverted:
    today = manifest_files(workspace, target)
    with manifests_at(workspace, target, commit, {name}) as then:
        done = _written(workspace.root, top, today, then, name)
        wanted = then.spec(name).refused_mark
    done = replace(done, notes=(*done.notes, *_still_otherwise(workspace, target, name, wanted)))
    changed = from_top(workspace.root, top, (*done.written, *done.removed))
    if not then_commit or not changed:
        return done
    return replace(done, committed=commit_files(top, f"Roll {name} back to {commit}", changed))


def _written(root: Path, top: Path, today: ManifestFiles, then: PastManifests, name: str) -> Reverted:
    now, past = today.places.get(name), then.draft(name)
    before = manifest_files(then.workspace, then.target)
    files = before.of(name) | today.of(name)
    edits = _manifest_edits(root, then, now, past)
    manifests = {past.where.path, *((now.path,) if now else ())}
    plain = [file for file in sorted(files) if not edits or file not in manifests]
    other, added = (
        _below(root, top, paths) for paths in differences(top, then.commit, from_top(root, top, plain))
    )
    bring_back(top, then.commit, from_top(root, top, other))
    gone = [] if today.unread else [path for path in added if not today.users(path, name)]
    take_away(top, from_top(root, top, gone))
    for edit in edits:
        _write(root, edit)
    written = (*other, *(edit.path for edit in edits if edit.text is not None))
    removed = (*gone, *(edit.path for edit in edits if edit.text is None))
    stands = _below(root, top, stand_ins(top, from_top(root, top, written)))
    notes = (
        *(f"{path} is a file of {one}, too" for path in other for one in today.users(path, name)),
        *(f"{path} is kept by Git LFS: its content comes with git lfs pull" for path in stands),
        *(f"files that it names there alone are left as they are: {one}" for one in before.unread),
        *(f"files that came since are left, whatever names them: {one}" for one in today.unread),
    )
    return Reverted(name, then.commit, tuple(sorted(written)), tuple(sorted(removed)), notes)


def _below(root: Path, top: Path, paths: Sequence[str]) -> list[str]:
    return [os.path.relpath(top / path, root.resolve()) for path in paths]


def _refuse_second(name: str, today: ManifestFiles, then: PastManifests) -> None:
    """Raise Failed where a manifest says that its deployment had this name before: two would be asked for."""
    past = then.draft(name)
    if name not in today.places and (heir := today.heirs.get(name)):
        raise Failed(
            f"{name}: it is called {heir} now (metadata.renamedFrom), and a second manifest would ask for a "
            f"second deployment. Nothing was written: take what {heir} is to be from "
            f"git show {then.commit}:./{past.where.path}"
        )


def _refuse_loss(root: Path, top: Path, name: str, then: frozenset[str], now: frozenset[str]) -> None:
    """Raise Failed where something would be written over, or removed, that is in no commit."""
    ours = uncommitted(top, from_top(root, top, sorted(then | now)))
    others = in_the_way(top, from_top(root, top, sorted(then)))
    if changed := _below(root, top, sorted({*ours, *others})):
        more = f" and {len(changed) - FILES_SHOWN} more" if len(changed) > FILES_SHOWN else ""
        raise Failed(
            f"{name}: {', '.join(changed[:FILES_SHOWN])}{more}: changed, and not committed. Nothing was "
            "written: commit, move or stash that first"
        )


def _still_otherwise(workspace: Workspace, target: Target, name: str, wanted: str) -> tuple[str, ...]:
    """A note when the manifest asks for something else than at that revision, although its files are back."""
    try:
        drafts = checked_manifests(workspace, target, ()).drafts
        draft = next(draft for draft in drafts if draft.name == name)
        if hashed(draft, workspace.hashes).refused_mark == wanted:
            return ()
    except InvalidManifests as error:
        finding = error.findings[0]
        return (f"the manifests are not valid now: {finding.where.path}: {finding.what}",)
    return (
        "it asks for something else than at that revision still: the values of the target in "
        "reconciler.yaml, or --set, differ, and those are not written",
    )


# -- the document of the manifest


def _manifest_edits(root: Path, then: PastManifests, now: Location | None, past: SpecDraft) -> list[_Edit]:
    """The files of manifests in which one document alone changes; none where git brings the file back."""
    there = _text(then.root, past.where.path)
    document = text_of(there, past.where.line, past.where.column)
    alone_then = len(documents_in(there)) == 1
    if now is not None and now.path == past.where.path:
        here = _text(root, now.path)
        if alone_then and len(documents_in(here)) == 1:
            return []
        return [_put(past.where.path, with_document(here, document, now.line, now.column))]
    edits = [] if now is None else [_taken_out(root, now)]
    if not (root / past.where.path).exists():
        return [*edits, _Edit(past.where.path, document)]
    return [*edits, _put(past.where.path, with_document(_text(root, past.where.path), document))]


def _taken_out(root: Path, now: Location) -> _Edit:
    """A file without the document that is there; without any other, it goes."""
    text = _text(root, now.path)
    if len(documents_in(text)) == 1:
        return _Edit(now.path, None)
    return _put(now.path, without_document(text, now.line, now.column))


def _put(path: str, text: str | None) -> _Edit:
    if text is None:
        raise Failed(f"{path}: one of its documents cannot be replaced in its text. The file was not written")
    return _Edit(path, text)


def _text(root: Path, path: str) -> str:
    text = read_text(root / path, path)
    if not isinstance(text, str):
        raise InvalidManifests((text,))
    if not is_readable(text):
        raise Failed(
            f"{path}: is no YAML any more, so none of its documents can be replaced. The file was not "
            "written: correct it, or bring back all of it: git restore --source=REVISION"
        )
    return text


def _write(root: Path, edit: _Edit) -> None:
    """Write a file as a whole, by its real path: it was checked to be inside when it was read."""
    place = Path(os.path.realpath(root / edit.path))
    if not place.is_relative_to(root.resolve()):
        raise Failed(f"{edit.path}: leads out of the repository by a link. It was not written")
    if edit.text is None:
        place.unlink()
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        with partial.open("x", encoding="utf-8", newline="") as file:
            file.write(edit.text)
        if place.exists():
            partial.chmod(place.stat().st_mode & 0o7777)
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
