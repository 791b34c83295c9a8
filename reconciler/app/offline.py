"""What needs no cloud: validate, and build."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.app.workspace import Workspace
from reconciler.core.model.artifact import Versions
from reconciler.core.model.errors import Failed, InvalidManifests
from reconciler.core.model.findings import Finding
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Target
from reconciler.manifests.discovery import MISSING, nothing_found
from reconciler.manifests.loading import Loaded, load_manifests
from reconciler.manifests.spec_draft import SpecDraft, specs_of

HashProgress = Callable[[int, int], None]


def drafts(workspace: Workspace, target: Target, paths: Sequence[Path]) -> tuple[SpecDraft, ...]:
    """Every manifest, checked; raises InvalidManifests with all problems."""
    return loaded(workspace, target, paths).drafts


def loaded(workspace: Workspace, target: Target, paths: Sequence[Path]) -> Loaded:
    """The same, with what the repository's other manifests claim."""
    try:
        return load_manifests(paths, workspace.root, target.values, workspace.settings.secrets)
    except InvalidManifests as error:
        raise _with_names(error, workspace, target) from error


def none_found(workspace: Workspace) -> str:
    """That there is no manifest, and where they are looked for."""
    return nothing_found(workspace.root)


def _with_names(error: InvalidManifests, workspace: Workspace, target: Target) -> InvalidManifests:
    """The same problems, in which a path that does not exist may be the name of a manifest."""
    if not any(problem.what == MISSING for problem in error.findings):
        return error
    try:
        every = load_manifests((), workspace.root, target.values, workspace.settings.secrets).drafts
    except InvalidManifests:
        return error
    files = {draft.name: draft.where.path for draft in every}
    return InvalidManifests(tuple(_by_name(problem, files, workspace.root) for problem in error.findings))


def _by_name(problem: Finding, files: Mapping[str, str], root: Path) -> Finding:
    name = Path(problem.where.path).name
    if problem.what != MISSING or name not in files:
        return problem
    file = os.path.relpath(root / files[name])
    advice = f"A manifest is called {name}: its file is {file}; plan and apply take --only {name}, too."
    return replace(problem, advice=advice)


def specs(
    workspace: Workspace, target: Target, paths: Sequence[Path], progress: HashProgress
) -> tuple[Spec, ...]:
    """Every manifest as a spec, with the content of its models hashed."""
    return specs_of(drafts(workspace, target, paths), workspace.hashes, progress)


@dataclass(frozen=True, slots=True)
class Built:
    """One artifact on disk."""

    name: str
    path: Path
    digest: str
    size: int
    versions: Versions


def build(workspace: Workspace, found: Sequence[Spec], out: Path) -> list[Built]:
    """Write each spec's artifact to `out/NAME.zip`, the very bytes that `apply` would upload.

    Files that a manifest names by URL are downloaded, unless they are in the cache.
    """
    out.mkdir(parents=True, exist_ok=True)
    with workspace.redaction.words():
        return [_write(spec, out / f"{spec.name}.zip") for spec in found]


def _write(spec: Spec, path: Path) -> Built:
    # Imported here: validate must not pay for what only build needs.
    import secrets
    import shutil

    from reconciler.adapters.archive.archive import Archive
    from reconciler.adapters.http.fetch import fetcher

    # A name that nobody can guess, and a new file: what lies in the folder may be a link to anything.
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    made = partial.open("xb")
    try:
        with made as file:
            shutil.copyfileobj(Archive(spec.artifact, fetcher()), file)
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            raise Failed(f"{path}: not written ({error.strerror})") from error
        raise
    return Built(spec.name, path, spec.artifact.digest, path.stat().st_size, spec.artifact.versions)
