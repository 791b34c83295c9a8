"""Manifests with the origin of every value: as YAML with comments beside the values, and as JSON."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias, assert_never

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Location
from reconciler.core.model.text import in_yaml
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
from reconciler.report.style import clean

API_VERSION = "reconciler.oci/render.v1"
WIDEST = 60
"""Characters of a line up to which comments stand below each other."""

Line: TypeAlias = tuple[str, str]
"""A line of YAML, and the comment beside it."""


def yaml_lines(manifests: Sequence[RenderedManifest], target: str) -> Iterator[str]:
    """The manifests as documents of one YAML file. Each is a manifest again, without what is for others."""
    for number, manifest in enumerate(manifests):
        if number:
            yield "---"
        yield f"# {clean(manifest.name)} on target {clean(target)}"
        lines = list(_table(manifest.root, "", target))
        width = max((len(text) for text, _ in lines if len(text) <= WIDEST), default=0)
        for text, comment in lines:
            yield f"{text.ljust(width)}  # {comment}" if comment else text


def _table(table: RenderedTable, indent: str, target: str) -> Iterator[Line]:
    for key, value in table.fields:
        yield from _entry(f"{indent}{in_yaml(key)}:", value, indent, target)
    for key, where in table.removed:
        yield f"{indent}# {in_yaml(key)}: removed by target {clean(target)}: {clean(_line(where))}", ""


def _entry(head: str, value: Rendered, indent: str, target: str) -> Iterator[Line]:
    match value:
        case RenderedValue():
            yield f"{head} {_scalar(value.value)}", origin_words(value.origin, target)
        case RenderedList():
            yield head, ""
            for item in value.items:
                yield from _item(item, f"{indent}  ", target)
        case RenderedTable(fields=()):
            yield f"{head} {{}}", ""
            yield from _table(value, f"{indent}  ", target)
        case RenderedTable():
            yield head, ""
            yield from _table(value, f"{indent}  ", target)
        case _:
            assert_never(value)


def _item(item: Rendered, indent: str, target: str) -> Iterator[Line]:
    """An item of a list: its first line behind the dash, the others below it."""
    if isinstance(item, RenderedTable) and item.fields:
        lines = list(_table(item, f"{indent}  ", target))
        first, comment = lines[0]
        yield f"{indent}- {first[len(indent) + 2 :]}", comment
        yield from lines[1:]
    else:
        yield from _entry(f"{indent}-", item, indent, target)


def origin_words(origin: Origin, target: str) -> str:
    """Where a value comes from, in a few words."""
    match origin.written:
        case WrittenIn.DEFAULT:
            words = "default"
        case WrittenIn.MANIFEST:
            words = _line(origin.where)
        case WrittenIn.PATCH:
            words = f"target {target}: {_line(origin.where)}"
        case _:
            assert_never(origin.written)
    return clean(", ".join([words, *(_input_words(one, target) for one in origin.inputs)]))


def _input_words(one: Input, target: str) -> str:
    match one.kind:
        case InputKind.VALUES:
            return f"{one.name} of target {target}"
        case InputKind.SET:
            return f"{one.name} of --set"
        case InputKind.ENVIRONMENT:
            return f"from the environment: {one.name}"
        case InputKind.FALLBACK:
            return f"{one.name} is not defined: the default of the template"
        case InputKind.PIN:
            return "pins the image"
        case _:
            assert_never(one.kind)


def _line(where: Location | None) -> str:
    return f"{where.path}:{where.line}" if where else ""


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return in_yaml(value)
        case list():
            return "[]"
        case dict():
            return "{}"
    return repr(value)


def render_document(manifests: Sequence[RenderedManifest], target: str) -> dict[str, Json]:
    """The same as data (schemas/render.v1.json): each manifest, and the origins by JSON pointers into it."""
    documents: list[Json] = []
    for manifest in manifests:
        origins = {pointer: _origin(origin) for pointer, origin in _origins(manifest.root, "")}
        removed: dict[str, Json] = {pointer: _place(where) for pointer, where in _removed(manifest.root, "")}
        documents.append(
            {
                "name": manifest.name,
                "file": manifest.where.path,
                "manifest": _value(manifest.root),
                "origins": origins,
                "removed": removed,
            }
        )
    return {"apiVersion": API_VERSION, "target": target, "deployments": documents}


def _value(rendered: Rendered) -> Json:
    match rendered:
        case RenderedValue():
            return rendered.value
        case RenderedList():
            return [_value(item) for item in rendered.items]
        case RenderedTable():
            return {key: _value(below) for key, below in rendered.fields}
        case _:
            assert_never(rendered)


def _below(rendered: Rendered, pointer: str) -> Iterator[tuple[str, Rendered]]:
    if isinstance(rendered, RenderedTable):
        for key, value in rendered.fields:
            yield _pointer(pointer, key), value
    elif isinstance(rendered, RenderedList):
        for index, value in enumerate(rendered.items):
            yield f"{pointer}/{index}", value


def _pointer(above: str, key: str) -> str:
    """A JSON pointer (RFC 6901)."""
    return f"{above}/{key.replace('~', '~0').replace('/', '~1')}"


def _origins(rendered: Rendered, pointer: str) -> Iterator[tuple[str, Origin]]:
    if isinstance(rendered, RenderedValue):
        yield pointer, rendered.origin
    for place, value in _below(rendered, pointer):
        yield from _origins(value, place)


def _removed(rendered: Rendered, pointer: str) -> Iterator[tuple[str, Location]]:
    if isinstance(rendered, RenderedTable):
        for key, where in rendered.removed:
            yield _pointer(pointer, key), where
    for place, value in _below(rendered, pointer):
        yield from _removed(value, place)


def _origin(origin: Origin) -> Json:
    inputs: list[Json] = [
        {"from": one.kind.value, **({"name": one.name} if one.name else {})} for one in origin.inputs
    ]
    place = _place(origin.where) if origin.where else {}
    return {"from": origin.written.value, **place, **({"inputs": inputs} if inputs else {})}


def _place(where: Location) -> dict[str, Json]:
    return {"file": where.path, "line": where.line, "column": where.column}
