"""What needs no cloud: validate and build."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.app.workspace import Workspace
from reconciler.core.artifact import Artifact, Versions
from reconciler.core.spec import Spec
from reconciler.core.target import Target
from reconciler.load import Draft, load_manifests, resolve

HashProgress = Callable[[int, int], None]


def drafts(workspace: Workspace, target: Target, paths: Sequence[Path]) -> tuple[Draft, ...]:
    """Every manifest, checked; raises InvalidManifests with all problems."""
    return load_manifests(paths, workspace.root, target.values, workspace.environment)


def specs(
    workspace: Workspace, target: Target, paths: Sequence[Path], progress: HashProgress
) -> tuple[Spec, ...]:
    """Every manifest as a spec, with the content of its models hashed."""
    return resolve(drafts(workspace, target, paths), workspace.hashes, progress)


@dataclass(frozen=True, slots=True)
class Built:
    """One artifact on disk."""

    name: str
    path: Path
    digest: str
    size: int
    versions: Versions


def build(workspace: Workspace, found: Sequence[Spec], out: Path) -> list[Built]:
    """Write each spec's artifact to `out/NAME.zip`, the very bytes that `apply` would upload."""
    out.mkdir(parents=True, exist_ok=True)
    return [
        Built(spec.name, *_write(workspace, spec.artifact, out / f"{spec.name}.zip"), spec.artifact.versions)
        for spec in found
    ]


def _write(workspace: Workspace, artifact: Artifact, path: Path) -> tuple[Path, str, int]:
    # Imported here: validate must not pay for what only build needs.
    import shutil

    from reconciler.adapters.archive import Archive, fetch_remote

    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        shutil.copyfileobj(
            Archive(artifact, lambda remote, sha: fetch_remote(remote.url, sha, workspace.downloads)), file
        )
    partial.replace(path)
    return path, artifact.digest, path.stat().st_size
