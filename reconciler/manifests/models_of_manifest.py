"""The models of a manifest → the layout of their model repository: what `spec.models`, or
`spec.modelRepository`, names is handed to `triton`.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.findings import Location
from reconciler.manifests.declarations.model_deployment import ManifestModel, ManifestRemoteFile
from reconciler.manifests.named_files import NamedFiles
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.manifests.yaml.tree import Listing, Node, Table, find, follow
from reconciler.triton.declared_files import DeclaredFile, DeclaredVersion, RemoteFile
from reconciler.triton.declared_models import DeclaredModel, layout_of_models
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
    files.found.update(_unnamed(layout, files.found) if layout else ())
    return layout


def _unnamed(layout: Layout, named: Collection[str]) -> list[str]:
    """The files that are laid out without being named, or being in a folder that is."""
    paths = [file.source.path for file in layout.files if isinstance(file.source, LocalFile)]
    return [path for path in paths if not any(str(part) in named for part in (path, *Path(path).parents))]


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
    versions = _contents(files, model.versions, follow(table.node, ("versions",)))
    beside = _contents(files, model.files, follow(table.node, ("files",)))
    config: Path | Mapping[str, object] | None
    if isinstance(model.config, str):
        config = files.find(follow(table.node, ("config",)), PathKind.FILE)
        if config is None:
            return None
    else:
        config = model.config
    if versions is None or beside is None:
        return None
    where = table.document.location(follow(table.node, ("name",)))

    def place_of(field: tuple[str | int, ...]) -> Location:
        return table.document.location(follow(table.node, ("config", *field)))

    return DeclaredModel(
        model.name,
        model.backend,
        config,  # type: ignore[arg-type] # JSON by its reader
        tuple(DeclaredVersion(int(number), content, place) for number, content, place in versions),
        where,
        tuple(DeclaredFile(path, content, place) for path, content, place in beside),
        place_of,
    )


def _contents(
    files: NamedFiles, declared: Mapping[str, str | ManifestRemoteFile], node: Node
) -> list[tuple[str, Path | RemoteFile, Location]] | None:
    """Each key, with the content that it names and its place; None when one cannot be used."""
    contents = [(key, _content(files, value, follow(node, (key,)))) for key, value in declared.items()]
    place = files.reading.document.location
    complete = [
        (key, content, place(follow(node, (key,)))) for key, content in contents if content is not None
    ]
    return complete if len(complete) == len(contents) else None


def _content(files: NamedFiles, value: str | ManifestRemoteFile, node: Node) -> Path | RemoteFile | None:
    if isinstance(value, ManifestRemoteFile):
        return RemoteFile(value.url, value.sha256)
    return files.find(node, PathKind.EITHER)
