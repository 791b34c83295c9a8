"""The models of a manifest → the layout of their model repository: what `spec.models`, or
`spec.modelRepository`, names is handed to `triton`.
"""

from collections.abc import Mapping
from pathlib import Path

from reconciler.manifests.declarations.model_deployment import ManifestModel, ManifestRemoteVersion
from reconciler.manifests.named_files import NamedFiles
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.manifests.yaml.tree import Listing, Node, Table, find, follow
from reconciler.triton.declared_models import (
    DeclaredModel,
    DeclaredVersion,
    RemoteFile,
    layout_of_models,
)
from reconciler.triton.files.confined_paths import PathKind
from reconciler.triton.repository_folder import layout_of_folder
from reconciler.triton.repository_layout import Layout


def layout_of(files: NamedFiles, look_inside: bool = True) -> Layout | None:
    """The layout of the models that a manifest names; None, with findings, when they cannot be laid out.
    Without `look_inside`, no model file is looked into.
    """
    spec = find(files.reading.document.root, "spec")
    if not isinstance(spec, Table):
        return None
    if "models" in spec.fields:
        models = spec.fields["models"].node
        return _of_models(files, models, look_inside) if isinstance(models, Listing) else None
    if "modelRepository" in spec.fields:
        return _of_folder(files, spec.fields["modelRepository"].node, look_inside)
    return None


def _of_models(files: NamedFiles, models: Listing, look_inside: bool) -> Layout | None:
    declared = [_declared(files, model, table) for model, table in files.reading.read_as(ManifestModel)]
    complete = [model for model in declared if model is not None]
    if len(complete) < len(models.items):
        return None  # An ensemble would be blamed for the absence of models that could not be read.
    layout, findings = layout_of_models(complete, look_inside)
    files.reading.findings += findings
    return layout


def _of_folder(files: NamedFiles, node: Node, look_inside: bool) -> Layout | None:
    path = files.find(node, PathKind.FOLDER)
    if path is None:
        return None
    layout, findings = layout_of_folder(path, files.reading.document.location(node), look_inside)
    files.reading.findings += findings
    return layout


def _declared(files: NamedFiles, model: ManifestModel, table: ReadTable) -> DeclaredModel | None:
    if table.bad:
        return None
    numbers = follow(table.node, ("versions",))
    versions = [
        _version(files, int(number), content, follow(numbers, (number,)))
        for number, content in model.versions.items()
    ]
    config: Path | Mapping[str, object] | None
    if isinstance(model.config, str):
        config = files.find(follow(table.node, ("config",)), PathKind.FILE)
        if config is None:
            return None
    else:
        config = model.config
    complete = tuple(version for version in versions if version is not None)
    if len(complete) < len(versions):
        return None
    where = table.document.location(follow(table.node, ("name",)))
    return DeclaredModel(model.name, model.backend, config, complete, where)  # type: ignore[arg-type] # JSON by its reader


def _version(
    files: NamedFiles, number: int, content: str | ManifestRemoteVersion, node: Node
) -> DeclaredVersion | None:
    where = files.reading.document.location(node)
    if isinstance(content, ManifestRemoteVersion):
        return DeclaredVersion(number, RemoteFile(content.url, content.sha256), where)
    path = files.find(node, PathKind.EITHER)
    return DeclaredVersion(number, path, where) if path else None
