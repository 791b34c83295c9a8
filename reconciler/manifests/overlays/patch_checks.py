"""Checks a patch against what it is applied to and against the fields of a manifest: every path must exist in
the schema, and everything that is removed must be there.

What the values may be is not checked here: the result of the merge is read like any other manifest.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from reconciler.core.model.findings import Finding
from reconciler.core.model.text import nearest
from reconciler.manifests.declarations.model_deployment import Manifest
from reconciler.manifests.declarations.overlays import FIXED, OVERLAYS, PATCHED
from reconciler.manifests.overlays.known_fields import Forms, below, is_list, names_of_fields, tables_of
from reconciler.manifests.overlays.merging import removes
from reconciler.manifests.schema.forms import table_of
from reconciler.manifests.wording import listed, short
from reconciler.manifests.yaml.tree import Document, Node, Table, TableEntry, Trail

_IMAGE = ("spec", "image")


def checked(document: Document, base: Table, patch: Table) -> tuple[Table, list[Finding]]:
    """What of a patch can be applied to the rest of its document (`base`), and what is wrong with it."""
    check = _Check(document)
    usable = check.table((table_of(Manifest),), base, patch, ())
    return usable or patch._replace(fields={}), check.findings


@dataclass(slots=True)
class _Check:
    document: Document
    findings: list[Finding] = field(default_factory=list)

    def table(self, forms: Forms, base: Node | None, patch: Table, trail: Trail) -> Table | None:
        """What of this mapping can be applied; None for nothing of it."""
        there = base.fields if isinstance(base, Table) else {}
        if trail == _IMAGE and self._leaves_a_pin(there, patch):
            return None
        if self._mixes(forms, there, patch, trail):
            return None
        fields = {}
        for key, entry in patch.fields.items():
            node = self._entry(forms, there, key, entry, trail)
            if node is not None:
                fields[key] = entry._replace(node=node)
        return patch._replace(fields=fields)

    def _entry(
        self, forms: Forms, there: dict[str, TableEntry], key: str, entry: TableEntry, above: Trail
    ) -> Node | None:
        """What of this entry can be applied."""
        found, node, trail = below(forms, key), entry.node, (*above, key)
        base = there[key].node if key in there else None
        if found is None or trail in FIXED or (not above and key not in PATCHED):
            self._refuse(entry, *_no_place(forms, trail))
        elif removes(node):
            if wrong := _wrong_removal(found.required, there, trail):
                self._refuse(entry, *wrong)
            else:
                return node
        elif not isinstance(node, Table):
            return node
        elif is_list(found.forms):
            advice = "A patch replaces a list as a whole: write all of its entries."
            self._refuse(node, f"{_spelled(trail)} must be a list, not a mapping", advice)
        elif not node.fields and (isinstance(base, Table) or tables_of(found.forms)):
            advice = "Name what is different, or remove the line. null removes all of it."
            self._refuse(node, f"the patch of {_spelled(trail)} is empty: it changes nothing", advice)
        else:
            return self.table(found.forms, base, node, trail)
        return None

    def _mixes(self, forms: Forms, there: dict[str, TableEntry], patch: Table, trail: Trail) -> bool:
        """Whether the result would have fields of several tables of which a manifest takes one."""
        tables = tables_of(forms)
        given = {key for key, entry in patch.fields.items() if not removes(entry.node)}
        kept = [key for key in there if key not in patch.fields]
        takes_all = [table for table in tables if given <= table.by_key().keys()]
        if len(tables) < 2 or not takes_all:
            return False
        meant = max(takes_all, key=lambda table: len(table.by_key().keys() & set(kept)))
        others = [key for key in kept if key not in meant.by_key() and key in names_of_fields(forms)]
        if not others or not given:
            return False
        kept_ones, new_ones = (", ".join(f"'{key}'" for key in keys) for keys in (others, sorted(given)))
        what = f"{_spelled(trail)} keeps {kept_ones} beside {new_ones}"
        nulls = ", ".join(f"{key}: null" for key in others)
        self._refuse(patch, what, f"They exclude each other. Remove what was there: write {nulls} here, too.")
        return True

    def _leaves_a_pin(self, there: dict[str, TableEntry], patch: Table) -> bool:
        """Whether the patch gives the image another tag, and leaves the digest that decides about it."""
        tag = patch.fields.get("tag")
        if tag is None or removes(tag.node) or "digest" not in there or "digest" in patch.fields:
            return False
        what = f"spec.image.tag would change nothing: the digest on line {there['digest'].line} decides"
        advice = "Write the digest of this image here, too, or digest: null to look the tag up."
        self._refuse(tag, what, advice)
        return True

    def _refuse(self, place: Node | TableEntry, what: str, advice: str) -> None:
        """Note a finding. The place of the patch that it is about is left out."""
        self.findings.append(self.document.finding(place, what, advice))


def _no_place(forms: Forms, trail: Trail) -> tuple[str, str]:
    """Why a patch may not name this place, and what to do."""
    *above, key = trail
    if trail in FIXED:
        return f"a patch cannot change {_spelled(trail)}", FIXED[trail]
    if not above:
        advice = (
            nearest(str(key), PATCHED) or f"It may change {listed(PATCHED)}; the rest is for all targets."
        )
        return f"a patch cannot change '{short(str(key))}'", advice
    known = names_of_fields(forms)
    advice = nearest(str(key), known) or f"It may have: {', '.join(known)}."
    return f"{_spelled(tuple(above))} has no field '{short(str(key))}'", advice


def _wrong_removal(required: bool, there: Collection[str], trail: Trail) -> tuple[str, str] | None:
    """Why what is at this place cannot be removed, and what to do; `there` are the keys beside it."""
    if trail[-1] not in there:
        advice = nearest(str(trail[-1]), there) or "Check the path, or remove the line."
        return f"the patch removes {_spelled(trail)}, which is not there", advice
    if required:
        what = f"the patch removes {_spelled(trail)}, which every manifest must have"
        return what, "Write what it is on this target, or remove the line."
    return None


def _spelled(trail: Trail) -> str:
    return ".".join(map(str, trail)) or OVERLAYS


def misspelled_overlays(document: Document, base: Table) -> Iterator[Finding]:
    """A field of the document that is nearly `targets`."""
    for key, entry in base.fields.items():
        if key not in table_of(Manifest).by_key() and nearest(key, (OVERLAYS,)):
            what = f"the document has no field '{short(key)}'"
            yield document.finding(entry, what, nearest(key, (OVERLAYS,)))
