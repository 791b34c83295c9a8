"""A manifest that is valid for a target → the same with the origin of every value, and with its defaults.

It looks at the same trees that the manifest was read from, beside each other: without the patch, with it, and
with the templates filled in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.core.model.configuration import Json, Pairs
from reconciler.core.model.views.rendered import (
    Input,
    InputKind,
    Origin,
    Rendered,
    RenderedList,
    RenderedManifest,
    RenderedTable,
    RenderedValue,
    WrittenIn,
)
from reconciler.manifests.declarations.model_deployment import Manifest
from reconciler.manifests.overlays.known_fields import Forms, below, tables_of
from reconciler.manifests.overlays.merging import merged, removes
from reconciler.manifests.overlays.overlays import Overlaid
from reconciler.manifests.schema.forms import FormField, ListForm, TableForm, forms_of, table_of
from reconciler.manifests.templates.literals import literal
from reconciler.manifests.yaml.tree import (
    Document,
    Listing,
    Node,
    Scalar,
    Table,
    Trail,
    find,
    holds_template,
    text_at,
)

if TYPE_CHECKING:
    from reconciler.manifests.templates.expressions import LookUp

_PIN = ("spec", "image", "digest")
_MANIFEST = table_of(Manifest)
_DEFAULT = Origin(WrittenIn.DEFAULT)


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders manifests for a target. `values` are all that templates may use, `given` those of them that the
    command line gave.
    """

    values: Mapping[str, Json]
    given: Pairs = ()

    def render(self, manifest: Overlaid) -> RenderedManifest:
        """A manifest that is valid and for the target, with its templates filled in."""
        base, document = manifest.base, manifest.document
        assert base is not None  # it is a manifest
        raw = merged(base, manifest.patch) if manifest.patch else base
        rendered = self._node(_Places(raw, document.root, manifest.patch), document, (_MANIFEST,), ())
        assert isinstance(rendered, RenderedTable)
        name = text_at(document.root, "metadata", "name") or ""
        return RenderedManifest(name, document.location(document.root), rendered)

    def _node(self, at: "_Places", document: Document, options: Forms, trail: Trail) -> Rendered:
        if isinstance(at.filled, Table):
            return self._table(at, document, options, trail)
        if isinstance(at.filled, Listing) and at.filled.items:
            inner = [one for form in options if isinstance(form, ListForm) for one in forms_of(form.item)]
            items = (
                self._node(at.below(index), document, tuple(inner), (*trail, index))
                for index in range(len(at.filled.items))
            )
            return RenderedList(tuple(items))
        return RenderedValue(_plain(at.filled), self._origin(at, document, trail))

    def _table(self, at: "_Places", document: Document, options: Forms, trail: Trail) -> Rendered:
        assert isinstance(at.filled, Table)
        shown: list[tuple[str, Rendered]] = []
        for key in at.filled.fields:
            known = below(options, key)
            inner = known.forms if known else ()
            shown.append((key, self._node(at.below(key), document, inner, (*trail, key))))
        meant = max(tables_of(options), key=lambda table: _fit(table, at.filled), default=None)
        shown += _defaults(meant, at.filled) if meant else ()
        removed = tuple((key, document.location(entry)) for key, entry in at.removed())
        if not shown and not removed:
            return RenderedValue({}, self._origin(at, document, trail))
        return RenderedTable(tuple(shown), removed)

    def _origin(self, at: "_Places", document: Document, trail: Trail) -> Origin:
        written = WrittenIn.MANIFEST if at.patch is None else WrittenIn.PATCH
        return Origin(written, document.location(at.filled), tuple(self._inputs(at, trail)))

    def _inputs(self, at: "_Places", trail: Trail) -> Iterator[Input]:
        if isinstance(at.filled, Scalar) and at.filled.secret is not None:
            yield Input(InputKind.ENVIRONMENT, at.filled.secret.name)
            return
        if trail == _PIN:
            yield Input(InputKind.PIN)
        if isinstance(at.raw, Scalar) and holds_template(at.raw.value):
            # Only now: Jinja2 is slow to import, and few manifests need it.
            from reconciler.manifests.templates.expressions import look_ups_in

            for look_up in look_ups_in(str(at.raw.value)):
                yield Input(self._kind(look_up), look_up.words)

    def _kind(self, look_up: "LookUp") -> InputKind:
        from reconciler.manifests.templates.expressions import is_defined

        given = [tuple(place.split(".")) for place, _ in self.given]
        if any(look_up.trail[: len(place)] == place for place in given):
            return InputKind.SET
        return InputKind.VALUES if is_defined(look_up, self.values) else InputKind.FALLBACK


@dataclass(frozen=True, slots=True)
class _Places:
    """One place of a manifest: as it is with the patch, with its templates filled in, and in the patch alone,
    where None means that the patch does not name it.
    """

    raw: Node | None
    filled: Node
    patch: Node | None

    def below(self, key: str | int) -> "_Places":
        filled = find(self.filled, key)
        assert filled is not None  # it is one of its own keys
        return _Places(self.raw and find(self.raw, key), filled, self.patch and find(self.patch, key))

    def removed(self) -> Iterator[tuple[str, Any]]:
        """The entries of the patch that take something out here."""
        if isinstance(self.patch, Table):
            yield from ((key, entry) for key, entry in self.patch.fields.items() if removes(entry.node))


def _fit(table: TableForm, node: Node) -> int:
    """How many of the fields this table knows, as the reader counts."""
    return len(table.by_key().keys() & node.fields.keys()) if isinstance(node, Table) else 0


def _defaults(table: TableForm, node: Node) -> list[tuple[str, Rendered]]:
    """What the manifest leaves out, and has a value all the same."""
    assert isinstance(node, Table)
    made = {item.name: item for item in fields(table.cls)}
    left_out = [field for field in table.fields if field.key not in node.fields and not field.required]
    return list(_shown(left_out, lambda field: _default_of(made[field.attribute])))


def _shown(all_fields: Any, value_of: Any) -> Iterator[tuple[str, Rendered]]:
    for field in all_fields:
        rendered = _default(value_of(field))
        if rendered is not None:
            yield field.key, rendered


def _default_of(item: Any) -> object:
    return item.default_factory() if item.default is MISSING else item.default


def _default(value: object) -> Rendered | None:
    """A default; None for what is nothing: an option that is off says so, an empty list says nothing."""
    match value:
        case StrEnum():
            return RenderedValue(value.value, _DEFAULT)
        case bool() | int() | float():
            return RenderedValue(value, _DEFAULT)
        case str() if value:
            return RenderedValue(value, _DEFAULT)
        case _ if is_dataclass(value) and not isinstance(value, type):
            form = table_of(type(value))

            def of(field: FormField) -> object:
                return getattr(value, field.attribute)

            below_it = tuple(_shown(form.fields, of))
            return RenderedTable(below_it) if below_it else None
        case _:
            return None


def _plain(node: Node) -> Json:
    """The value of a scalar, as a manifest has it, or the empty list. A secret is the template naming it."""
    if not isinstance(node, Scalar):
        return []
    return literal(node.value) if isinstance(node.value, str) and node.secret is None else node.value
