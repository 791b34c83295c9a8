"""Rules between the parts of one manifest: what probes and rollout say of its models, and what a model group
needs.

They look at the tree where they can, so that a mistake in one part does not hide the mistakes in another.
"""

from collections.abc import Iterator

from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.findings import Finding
from reconciler.core.model.spec import ModelGroupUpdate
from reconciler.core.model.text import nearest
from reconciler.manifests.declarations.model_deployment import ManifestServer
from reconciler.manifests.declarations.rollout import ManifestProbe, ManifestRollout
from reconciler.manifests.rules.fit import check_fit
from reconciler.manifests.rules.server_command import check_server
from reconciler.manifests.schema.document_reading import DocumentReading, ReadTable
from reconciler.manifests.wording import listed
from reconciler.manifests.yaml.tree import Document, Listing, Table, find, follow, text_at
from reconciler.triton.repository_layout import Layout

MOST_MEMBERS = 500
LONGEST_KEY = 32

_GROUPS_DOC = "docs/service.md §1.5"


def check_manifest(reading: DocumentReading, layout: Layout | None) -> Iterator[Finding]:
    """Everything that does not fit together; `layout` is None where the models could not be laid out."""
    document = reading.document
    written = find(document.root, "spec", "deploymentType")
    kind = (
        DeploymentType.SINGLE_MODEL if written is None else text_at(document.root, "spec", "deploymentType")
    )
    if kind == DeploymentType.MODEL_GROUP:
        yield from _model_group(document)
    by_ocid = find(document.root, "spec", "model") is not None
    yield from _published(document)
    models = _model_names(document, layout)
    anywhere = by_ocid or kind == DeploymentType.MODEL_GROUP
    for server, table in reading.read_as(ManifestServer):
        yield from check_server(server, table, layout, anywhere=anywhere)
    if layout is not None:
        yield from check_fit(reading, layout)
    for rollout, table in reading.read_as(ManifestRollout):
        if rollout.update is ModelGroupUpdate.LIVE and kind == DeploymentType.SINGLE_MODEL:
            what = f"{table.at}.update can be live for model groups only"
            advice = "Remove it, or write `deploymentType: MODEL_GROUP` (docs/service.md §3.3)."
            yield table.finding(("update",), what, advice)
        if models is not None:
            yield from _tensor_changes(rollout, table, models)
    for probe, table in reading.read_as(ManifestProbe):
        if models is not None and probe.model not in models:
            what = f"{table.at}.model: there is no model '{probe.model}'"
            yield table.finding(("model",), what, _advice(probe.model, models))
        elif layout is not None:
            yield from _probed_version(probe, table, layout)


def _model_group(document: Document) -> Iterator[Finding]:
    spec = find(document.root, "spec")
    if isinstance(spec, Table) and "modelRepository" in spec.fields:
        what = "spec.modelRepository cannot be a model group: each of its models is published by itself"
        advice = "List the models in spec.models; or leave deploymentType out, and one deployment serves all."
        yield document.finding(spec.fields["modelRepository"], what, advice)
    models = find(document.root, "spec", "models")
    if not isinstance(models, Listing):
        return
    if len(models.items) > MOST_MEMBERS:
        what = f"spec.models has {len(models.items)} models; a model group has at most {MOST_MEMBERS}"
        yield document.finding(models, what, f"Make two deployments of them ({_GROUPS_DOC}).")
    for index, item in enumerate(models.items):
        name = text_at(item, "name")
        if name is not None and len(name) > LONGEST_KEY:
            what = f"spec.models[{index}].name has {len(name)} characters"
            advice = f"In a model group it is the inference key: {LONGEST_KEY} at most ({_GROUPS_DOC})."
            yield document.finding(follow(item, ("name",)), what, advice)


def _published(document: Document) -> Iterator[Finding]:
    published = find(document.root, "spec", "published")
    if published is not None and find(document.root, "spec", "model") is not None:
        what = "spec.published says where models of this manifest are, and spec.model is not of this manifest"
        yield document.finding(published, what, "Keep one of them.")


def _tensor_changes(rollout: ManifestRollout, table: ReadTable, models: tuple[str, ...]) -> Iterator[Finding]:
    for index, name in enumerate(rollout.tensor_changes):
        if name not in models:
            what = f"{table.at}.tensorChanges: there is no model '{name}'"
            yield table.finding(("tensorChanges", index), what, _advice(name, models))


def _probed_version(probe: ManifestProbe, table: ReadTable, layout: Layout) -> Iterator[Finding]:
    served = sorted(number for name, number in layout.versions if name == probe.model)
    if probe.version is not None and probe.version not in served:
        what = f"{table.at}.version: version {probe.version} of '{probe.model}' is not served"
        numbers = listed([str(number) for number in served])
        advice = f"Its version folders and version_policy make Triton serve {numbers}."
        yield table.finding(("version",), what, advice)


def _advice(name: str, models: tuple[str, ...]) -> str:
    return nearest(name, models) or f"There are {', '.join(models)}."


def _model_names(document: Document, layout: Layout | None) -> tuple[str, ...] | None:
    """The models of the manifest; None where not all of them are known."""
    if layout is not None:
        return tuple(sorted({file.path.partition("/")[0] for file in layout.files}))
    models = find(document.root, "spec", "models")
    if not isinstance(models, Listing) or not models.items:
        return None
    names = [text_at(item, "name") for item in models.items]
    known = tuple(name for name in names if name is not None)
    return known if len(known) == len(names) else None
