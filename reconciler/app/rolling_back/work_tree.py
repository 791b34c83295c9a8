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
    stand_ins,
    take_away,
    uncommitted,
)
from reconciler.app.rolling_back.manifest_files import ManifestFiles, files_by_manifest, place_of
from reconciler.app.rolling_back.revisions import PastManifests, hashed, manifests_at
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed, InvalidManifests
from reconciler.core.model.findings import Location
from reconciler.core.model.target import Target
from reconciler.core.planning.rolling_back.reverted import Reverted
from reconciler.manifests.documents_in_text import documents_in, text_of, with_document, without_document
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
    """Write what the manifest of each of these names, and its files, were at its commit. Raises Failed, and
    writes nothing, when one of those files has changes that are in no commit.
    """
    top = repository_around(workspace.root)
    assert top is not None  # the commits were found in it
    with workspace.redaction.redacted_errors():
        today = checked_manifests(workspace, target, ())
        there = files_by_manifest(workspace, target, today)
        for name, commit in commits.items():
            with manifests_at(workspace, target, commit, {name}) as then:
                files = then.files(name) | _files_now(there, place_of(today, name))
                _refuse_uncommitted(workspace.root, top, name, files)
        return [_reverted(workspace, target, top, name, commits[name], then_commit) for name in commits]


def _reverted(
    workspace: Workspace, target: Target, top: Path, name: str, commit: str, then_commit: bool
) -> Reverted:
    today = checked_manifests(workspace, target, ())
    there, now = files_by_manifest(workspace, target, today), place_of(today, name)
    with manifests_at(workspace, target, commit, {name}) as then:
        done = _written(workspace.root, top, there, now, then, name)
        wanted = then.spec(name).refused_mark
    done = replace(done, notes=(*done.notes, *_still_otherwise(workspace, target, name, wanted)))
    changed = from_top(workspace.root, top, (*done.written, *done.removed))
    if not then_commit or not changed:
        return done
    return replace(done, committed=commit_files(top, f"Roll {name} back to {commit}", changed))


def _files_now(there: Mapping[Location, ManifestFiles], now: Location | None) -> frozenset[str]:
    return there[now].files if now else frozenset()


def _written(
    root: Path,
    top: Path,
    there: Mapping[Location, ManifestFiles],
    now: Location | None,
    then: PastManifests,
    name: str,
) -> Reverted:
    """Bring one manifest back that is at `now`, among those that are `there`; None: it is not."""
    past = then.draft(name).where
    files = then.files(name) | _files_now(there, now)
    others = [manifest for place, manifest in there.items() if place != now]
    theirs = frozenset[str]().union(*(other.files for other in others))
    edits = _manifest_edits(root, then.root, now, past)
    manifests = {past.path, *((now.path,) if now else ())}
    plain = [file for file in sorted(files) if not edits or file not in manifests]
    other, added = (
        _below(root, top, paths) for paths in differences(top, then.commit, from_top(root, top, plain))
    )
    bring_back(top, then.commit, from_top(root, top, other))
    gone = [path for path in added if path not in theirs]
    take_away(top, from_top(root, top, gone))
    for edit in edits:
        _write(root, edit)
    written = (*other, *(edit.path for edit in edits if edit.text is not None))
    removed = (*gone, *(edit.path for edit in edits if edit.text is None))
    shared = [f"{path} is a file of {one.name}, too" for one in others for path in other if path in one.files]
    stands = _below(root, top, stand_ins(top, from_top(root, top, written)))
    lfs = [f"{path} is kept by Git LFS: its content comes with git lfs pull" for path in stands]
    return Reverted(name, then.commit, tuple(sorted(written)), tuple(sorted(removed)), (*shared, *lfs))


def _below(root: Path, top: Path, paths: Sequence[str]) -> list[str]:
    return [os.path.relpath(top / path, root.resolve()) for path in paths]


def _refuse_uncommitted(root: Path, top: Path, name: str, files: frozenset[str]) -> None:
    changed = _below(root, top, uncommitted(top, from_top(root, top, sorted(files))))
    if changed:
        more = f" and {len(changed) - FILES_SHOWN} more" if len(changed) > FILES_SHOWN else ""
        raise Failed(
            f"{name}: {', '.join(changed[:FILES_SHOWN])}{more}: changed, and not committed. Nothing was "
            "written: commit or stash that first"
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


def _manifest_edits(root: Path, past_root: Path, now: Location | None, past: Location) -> list[_Edit]:
    """The files of manifests in which one document alone changes; none where git brings the file back."""
    there = _text(past_root, past.path)
    document = text_of(there, past.line, past.column)
    alone_then = len(documents_in(there)) == 1
    if now is not None and now.path == past.path:
        here = _text(root, now.path)
        if alone_then and len(documents_in(here)) == 1:
            return []
        return [_put(past.path, with_document(here, document, now.line, now.column))]
    edits = []
    if now is not None:
        rest = without_document(_text(root, now.path), now.line, now.column)
        edits.append(_Edit(now.path, rest))
    if not (root / past.path).exists():
        return [*edits, _Edit(past.path, document)]
    return [*edits, _put(past.path, with_document(_text(root, past.path), document))]


def _put(path: str, text: str | None) -> _Edit:
    if text is None:
        raise Failed(f"{path}: one of its documents cannot be replaced in its text. Nothing was written")
    return _Edit(path, text)


def _text(root: Path, path: str) -> str:
    text = read_text(root / path, path)
    if not isinstance(text, str):
        raise InvalidManifests((text,))
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
