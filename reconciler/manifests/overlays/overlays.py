"""`targets:` of a manifest: the manifest as it is for one target. Nothing after this knows of overlays.

All patches of a document are checked, whichever target is meant: a mistake in that for production is told
before anybody plans for production.
"""

from collections.abc import Collection
from typing import NamedTuple

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import nearest
from reconciler.manifests.declarations.overlays import OVERLAYS
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE, SETTINGS_KIND
from reconciler.manifests.overlays.merging import merged, removes
from reconciler.manifests.overlays.patch_checks import checked, misspelled_overlays
from reconciler.manifests.schema.messages import kind_of
from reconciler.manifests.wording import short
from reconciler.manifests.yaml.tree import Document, Table, TableEntry, text_at


class Overlaid(NamedTuple):
    """A manifest as it is for one target.

    `base` is the manifest without its `targets`, `patch` what was applied to it, if anything; `absent` is
    where the manifest says that it is not for this target. `elsewhere` has the manifest as it is for the
    other targets that have a patch.
    """

    document: Document
    base: Table | None = None
    patch: Table | None = None
    absent: Location | None = None
    elsewhere: tuple[Document, ...] = ()


def overlaid(
    document: Document, target: str, targets: Collection[str] | None, findings: list[Finding]
) -> Overlaid:
    """The manifest for this target. `targets` are all that there are; None: whatever a manifest names. What
    is wrong with any patch is noted, and left out.
    """
    root = document.root
    if not isinstance(root, Table) or text_at(root, "kind") == SETTINGS_KIND:
        return Overlaid(document)
    entry = root.fields.get(OVERLAYS)
    if entry is None:
        findings += misspelled_overlays(document, root)
        return Overlaid(document, root)
    base = root._replace(fields={key: field for key, field in root.fields.items() if key != OVERLAYS})
    document = document._replace(root=base)
    if not isinstance(entry.node, Table):
        what = f"{OVERLAYS} must be a mapping, not {kind_of(entry.node)}"
        advice = "Write target: {what is different there}, such as prod: {spec: {scaling: {instances: 3}}}."
        findings.append(document.finding(entry, what, advice))
        return Overlaid(document, base)
    patches = {
        name: _usable(document, base, name, below, targets, findings)
        for name, below in entry.node.fields.items()
    }
    results = {name: document._replace(root=merged(base, patch)) for name, patch in patches.items() if patch}
    elsewhere = tuple(result for name, result in results.items() if name != target)
    chosen = entry.node.fields.get(target)
    absent = document.location(chosen) if chosen is not None and removes(chosen.node) else None
    return Overlaid(results.get(target, document), base, patches.get(target), absent, elsewhere)


def _usable(
    document: Document,
    base: Table,
    name: str,
    entry: TableEntry,
    targets: Collection[str] | None,
    findings: list[Finding],
) -> Table | None:
    """What of a patch can be used."""
    if targets is not None and name not in targets:
        known = sorted(targets)
        advice = nearest(name, known) or f"It has {', '.join(known)}."
        findings.append(document.finding(entry, f"{SETTINGS_FILE} has no target '{short(name)}'", advice))
    if removes(entry.node):
        return None
    if not isinstance(entry.node, Table):
        what = f"the patch for target '{short(name)}' must be a mapping, not {kind_of(entry.node)}"
        findings.append(document.finding(entry.node, what, "null says that the manifest is not for it."))
        return None
    patch, wrong = checked(document, base, entry.node)
    findings += wrong
    return patch
