"""Rules between the parts of one manifest: what probes and rollout say of its models, and what a model group
needs. They look at the tree, so that a mistake in one part hides none in another.
"""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.spec import ModelGroupUpdate
from reconciler.manifests.declarations.rollout import ManifestProbe, ManifestRollout
from reconciler.manifests.schema.reader import DocumentReading
from reconciler.manifests.schema.words import listed, nearest
from reconciler.manifests.yaml.tree import Listing, Node, Scalar, Table, TableEntry, find, follow
from reconciler.triton.layout import Layout

MOST_MEMBERS = 500
LONGEST_KEY = 32

_GROUPS_DOC = "docs/service.md §1.5"


class Wrong(NamedTuple):
    """A problem, by the node that it is at."""

    node: Node | TableEntry
    what: str
    advice: str


def wrongs(reading: DocumentReading, layout: Layout | None) -> Iterator[Wrong]:
    """Everything that does not fit together; `layout` is None where the models could not be laid out."""
    root = reading.document.root
    grouped = _text(root, "spec", "deploymentType") == DeploymentType.MODEL_GROUP
    if grouped:
        yield from _group(root)
    names = _names(root, layout)
    for value, node, at in reading.found:
        if isinstance(value, ManifestRollout):
            yield from _rollout(value, node, at, grouped)
            yield from _tensor_changes(value, node, at, names)
        if isinstance(value, ManifestProbe):
            yield from _probe(value, node, at, names, layout)


def _group(root: Node) -> Iterator[Wrong]:
    spec = find(root, "spec")
    if isinstance(spec, Table) and "modelRepository" in spec.fields:
        what = "spec.modelRepository cannot be a model group: each of its models is published by itself"
        advice = "Name them in spec.models, or leave deploymentType out: one deployment serves them all then."
        yield Wrong(spec.fields["modelRepository"], what, advice)
    models = find(root, "spec", "models")
    if not isinstance(models, Listing):
        return
    if len(models.items) > MOST_MEMBERS:
        what = f"spec.models has {len(models.items)} models, a model group {MOST_MEMBERS} at most"
        yield Wrong(models, what, f"Make two deployments of them ({_GROUPS_DOC}).")
    for index, item in enumerate(models.items):
        name = _text(item, "name")
        if name is not None and len(name) > LONGEST_KEY:
            what = f"spec.models[{index}].name has {len(name)} characters"
            advice = f"In a model group it is the inference key: {LONGEST_KEY} at most ({_GROUPS_DOC})."
            yield Wrong(follow(item, ("name",)), what, advice)


def _rollout(given: ManifestRollout, node: Table, at: str, grouped: bool) -> Iterator[Wrong]:
    if given.update is ModelGroupUpdate.LIVE and not grouped:
        what = f"{at}.update can be live for model groups only"
        advice = "Remove it, or write `deploymentType: MODEL_GROUP` (docs/service.md §3.3)."
        yield Wrong(follow(node, ("update",)), what, advice)


def _tensor_changes(
    given: ManifestRollout, node: Table, at: str, names: tuple[str, ...] | None
) -> Iterator[Wrong]:
    for index, name in enumerate(given.tensor_changes):
        if names is not None and name not in names:
            place = follow(node, ("tensorChanges", index))
            yield Wrong(place, f"{at}.tensorChanges: there is no model '{name}'", _models(name, names))


def _probe(
    given: ManifestProbe, node: Table, at: str, names: tuple[str, ...] | None, layout: Layout | None
) -> Iterator[Wrong]:
    if names is not None and given.model not in names:
        what = f"{at}.model: there is no model '{given.model}'"
        yield Wrong(follow(node, ("model",)), what, _models(given.model, names))
    elif layout is not None and given.version is not None:
        served = sorted(number for name, number in layout.versions if name == given.model)
        if given.version not in served:
            what = f"{at}.version: version {given.version} of '{given.model}' is not served"
            advice = (
                f"It serves {listed([str(number) for number in served])}, by its folders and version_policy."
            )
            yield Wrong(follow(node, ("version",)), what, advice)


def _models(name: str, names: tuple[str, ...]) -> str:
    return nearest(name, names) or f"There are {', '.join(names)}."


def _names(root: Node, layout: Layout | None) -> tuple[str, ...] | None:
    """The models of the manifest, or None where they are not all known."""
    if layout is not None:
        return tuple(sorted({file.path.partition("/")[0] for file in layout.files}))
    models = find(root, "spec", "models")
    if not isinstance(models, Listing) or not models.items:
        return None
    names = [_text(item, "name") for item in models.items]
    return None if None in names else tuple(name for name in names if name is not None)


def _text(node: Node, *trail: str) -> str | None:
    found = find(node, *trail)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, str) else None
