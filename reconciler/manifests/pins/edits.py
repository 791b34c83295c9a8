"""Puts a digest into the text of a manifest, and nothing else.

The text is edited at the positions that the YAML parser gives, and then read again: the only difference must
be the digest. A library that keeps comments while it reads and writes YAML writes the whole file anew: of the
nine files in tests/manifests/pins/golden, ruamel.yaml 0.19 changes seven without being asked for anything
(spaces, quotes, ends of lines, marks of documents), and a reviewer would have to find one digest in that.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location
from reconciler.manifests.declarations.overlays import OVERLAYS
from reconciler.manifests.pins.images_in_text import ImageEntry, ImageInText, images_in
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.tree import (
    Document,
    Scalar,
    Table,
    TableEntry,
    find,
    holds_template,
    plain,
)

DIGEST, TAG, REPOSITORY = "digest", "tag", "repository"
Root: TypeAlias = tuple[int, int]
"""Line and column of the root of a document."""

_BREAK = re.compile(r"\r\n|\r|\n")
_BLOCKS = ("|", ">")
NO_PLACE = "the digest cannot be put into this text"
BY_HAND = "Write it there by hand: digest: {digest}"


@dataclass(frozen=True, slots=True)
class Pin:
    """A manifest, by the place of its document, and the digest that it is to get."""

    where: Location
    digest: str


@dataclass(frozen=True, slots=True)
class _Edit:
    """`text` in place of what is between two offsets."""

    start: int
    end: int
    text: str


def pinned(text: str, pins: Sequence[Pin]) -> tuple[str, list[Finding]]:
    """The text of one file with these pins, and a finding for each that cannot be written. `text` is that of
    a file that was read without findings, without its byte order mark.
    """
    if not pins:
        return text, []
    path = pins[0].where.path
    documents = parse(text, path)[0]
    by_root = {_root(document): document for document in documents}
    places = {(place.line, place.column): place for place in images_in(text)}
    edits: dict[Pin, _Edit] = {}
    findings: list[Finding] = []
    for pin in pins:
        edit = _edit(text, by_root[_at(pin)], places[_at(pin)], pin.digest)
        if isinstance(edit, Finding):
            findings.append(edit)
        else:
            edits[pin] = edit
    changed = _applied(text, edits.values())
    wrong = _otherwise_than_pinned(documents, parse(changed, path)[0], {_at(pin): pin for pin in edits})
    findings += [Finding(pin.where, NO_PLACE, BY_HAND.format(digest=pin.digest)) for pin in wrong]
    return changed, findings


def _root(document: Document) -> Root:
    return document.root.line, document.root.column


def _at(pin: Pin) -> Root:
    return pin.where.line, pin.where.column


def _edit(text: str, document: Document, place: ImageInText, digest: str) -> _Edit | Finding:
    """What puts the digest there, or why nothing does."""
    image = find(document.root, "spec", "image")
    assert image is not None  # the manifest was read
    if place.shared:
        return document.finding(
            image,
            f"the image is shared through *{place.shared}: a digest would be that of all who share it",
            "Write spec.image out here, and resolve again.",
        )
    if other := _patched_elsewhere(document):
        return document.finding(
            other,
            "the image differs between targets: a digest in spec.image would be that of all of them",
            f"Write it by hand where the tag of this target is: digest: {digest}",
        )
    if holds_template(_value(document, TAG)):
        return document.finding(
            find(document.root, "spec", "image", TAG) or image,
            "the tag is a template: a digest beside it would take the place of each of its values",
            "Write the tag out, or leave the image without a digest.",
        )
    old = place.entries.get(DIGEST)
    if old is None:
        return _new_entry(text, place, digest)
    if holds_template(_value(document, DIGEST)):
        what, advice = "the digest is a template", f"Set its value to {digest}."
    elif old.value.named:
        what, advice = "the digest is shared by an alias", "Write it out here, and resolve again."
    elif old.value.style in _BLOCKS:
        what, advice = "the digest is a block of text", "Write it on one line, and resolve again."
    else:
        return _in_place_of(old, digest)
    return document.finding(find(document.root, "spec", "image", DIGEST) or image, what, advice)


def _patched_elsewhere(document: Document) -> TableEntry | None:
    """The first patch of an image, for any target."""
    overlays = find(document.root, OVERLAYS)
    for target in overlays.fields if isinstance(overlays, Table) else ():
        spec = find(overlays or document.root, target, "spec")
        if isinstance(spec, Table) and "image" in spec.fields:
            return spec.fields["image"]
    return None


def _value(document: Document, key: str) -> Json:
    node = find(document.root, "spec", "image", key)
    return node.value if isinstance(node, Scalar) else None


def _in_place_of(old: ImageEntry, digest: str) -> _Edit:
    """The digest, in the quotes of the old one; with nothing there, behind a space."""
    start, end, quote = old.value.start, old.value.end, old.value.style
    return _Edit(start, end, f"{quote}{digest}{quote}" if end > start else f" {digest}")


def _new_entry(text: str, place: ImageInText, digest: str) -> _Edit:
    """An entry beside the tag, else beside the repository."""
    beside = place.entries.get(TAG) or place.entries[REPOSITORY]
    quote = beside.key.style
    key = f"{quote}{DIGEST}{quote}"
    if place.flow:
        # In flow style a colon inside of plain text is not read alike by all.
        return _Edit(beside.value.end, beside.value.end, f', {key}: "{digest}"')
    entry = " " * beside.column + f"{key}: {digest}"
    if beside.value.style in _BLOCKS:
        start = beside.key.start - beside.column
        return _Edit(start, start, entry + _line_end(text, start))
    found = _BREAK.search(text, beside.value.end)
    if found is None:
        return _Edit(len(text), len(text), _line_end(text, 0) + entry)
    return _Edit(found.end(), found.end(), entry + found[0])


def _line_end(text: str, after: int) -> str:
    """How lines end here."""
    found = _BREAK.search(text, after)
    return found[0] if found else "\n"


def _applied(text: str, edits: Iterable[_Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _otherwise_than_pinned(
    before: Sequence[Document], after: Sequence[Document], pins: Mapping[Root, Pin]
) -> list[Pin]:
    """The pins whose documents differ by more than their digests; all, when one without a pin differs."""
    if len(before) != len(after):
        return list(pins.values())
    wrong = [
        pins.get(_root(old))
        for old, new in zip(before, after, strict=True)
        if _with_digest(old, pins.get(_root(old))) != plain(new.root)
    ]
    return list(pins.values()) if None in wrong else [pin for pin in wrong if pin]


def _with_digest(document: Document, pin: Pin | None) -> Json:
    content = plain(document.root)
    if pin is not None:
        assert isinstance(content, dict)
        spec = content["spec"]
        assert isinstance(spec, dict)
        image = spec["image"]
        assert isinstance(image, dict)
        content = {**content, "spec": {**spec, "image": {**image, DIGEST: pin.digest}}}
    return content
