"""build: writes the artifacts of the manifests into a folder. Needs no cloud."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.app.validating import checked_drafts
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.served.structure import Versions
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Target
from reconciler.manifests.spec_draft import specs_of


@dataclass(frozen=True, slots=True)
class BuiltArtifact:
    """One artifact on disk."""

    path: Path
    digest: str
    size: int
    versions: Versions


def hashed_specs(workspace: Workspace, target: Target, paths: Sequence[Path]) -> tuple[Spec, ...]:
    """Every manifest in these paths as a spec, with the content of its models hashed."""
    return specs_of(checked_drafts(workspace, target, paths), workspace.hashes, lambda done, total: None)


def build(workspace: Workspace, specs: Sequence[Spec], out: Path) -> list[BuiltArtifact]:
    """Write the artifact of each spec that has models of its own to `out/NAME.zip`: the very bytes that
    `apply` would upload.

    Files that a manifest names by URL are downloaded, unless they are in the cache.
    """
    out.mkdir(parents=True, exist_ok=True)
    with workspace.redaction.redacted_errors():
        return [_write(spec, out / f"{spec.name}.zip") for spec in specs if not spec.by_ocid]


def _write(spec: Spec, path: Path) -> BuiltArtifact:
    import secrets
    import shutil

    from reconciler.adapters.archive.archive import Archive
    from reconciler.adapters.http.fetch import fetcher

    # A new file with a name that nobody can guess: what is in the folder may be a link to another place.
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    opened = partial.open("xb")
    try:
        with opened as file:
            shutil.copyfileobj(Archive(spec.artifact, fetcher()), file)
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            raise Failed(f"{path}: not written ({error.strerror})") from error
        raise
    return BuiltArtifact(path, spec.artifact.digest, path.stat().st_size, spec.artifact.versions)
