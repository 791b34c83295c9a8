"""What needs no cloud: validate, and build."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.app.workspace import Workspace
from reconciler.core.artifact import Versions
from reconciler.core.errors import Failed
from reconciler.core.spec import Spec
from reconciler.core.target import Target
from reconciler.load import Draft, Loaded, load_manifests, resolve

HashProgress = Callable[[int, int], None]


def drafts(workspace: Workspace, target: Target, paths: Sequence[Path]) -> tuple[Draft, ...]:
    """Every manifest, checked; raises InvalidManifests with all problems."""
    return loaded(workspace, target, paths).drafts


def loaded(workspace: Workspace, target: Target, paths: Sequence[Path]) -> Loaded:
    """The same, with what the repository's other manifests claim."""
    return load_manifests(paths, workspace.root, target.values, workspace.settings.secrets)


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


def build(found: Sequence[Spec], out: Path) -> list[Built]:
    """Write each spec's artifact to `out/NAME.zip`, the very bytes that `apply` would upload.

    Files that a manifest names by URL are downloaded, unless they are in the cache.
    """
    out.mkdir(parents=True, exist_ok=True)
    return [_write(spec, out / f"{spec.name}.zip") for spec in found]


def _write(spec: Spec, path: Path) -> Built:
    # Imported here: validate must not pay for what only build needs.
    import shutil

    from reconciler.adapters.archive import Archive
    from reconciler.adapters.fetch import fetcher

    partial = path.with_name(".partial")
    try:
        with partial.open("wb") as file:
            shutil.copyfileobj(Archive(spec.artifact, fetcher()), file)
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            raise Failed(f"{path}: not written ({error.strerror})") from error
        raise
    return Built(spec.name, path, spec.artifact.digest, path.stat().st_size, spec.artifact.versions)
