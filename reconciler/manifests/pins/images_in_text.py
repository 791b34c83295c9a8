"""Finds `spec.image` in the text of a manifest, by the positions of the YAML parser: its entries, how they
are written, and whether other parts of the document share them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from reconciler.manifests.yaml.parser import events_of

TRAIL = ("spec", "image")


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A part of the text: from `start` to `end`, in characters. `style` is the quote of a scalar, `|` or `>`;
    empty for a plain one. `named`: it has an anchor, or is an alias.
    """

    start: int
    end: int
    style: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One line of `spec.image`: key and value."""

    key: TextSpan
    column: int
    value: TextSpan


@dataclass(slots=True)
class ImageInText:
    """`spec.image` of the document whose root is at `line` and `column`, from 1. `shared` is the
    name of an anchor through which other parts of the document have it too, or through which it is here.
    """

    line: int
    column: int
    entries: dict[str, ImageEntry] = field(default_factory=dict)
    flow: bool = False
    shared: str = ""
    _anchors: list[str] = field(default_factory=list)


def images_in(text: str) -> Iterator[ImageInText]:
    """A place for each document of a text that the parser takes."""
    events = events_of(text)
    for event in events:
        if isinstance(event, DocumentStartEvent):
            yield _document(events)


def _document(events: Iterator[Event]) -> ImageInText:
    root = next(events)
    place = ImageInText(_start(root).line + 1, _start(root).column + 1)
    _read(root, events, place, 0)
    return place


def _read(event: Event, events: Iterator[Event], place: ImageInText, depth: int | None) -> TextSpan:
    """Read the node that begins with this event. `depth`: how many keys of the trail lead here, or None."""
    if depth:
        _note_sharing(event, place)
    if isinstance(event, AliasEvent) and event.anchor in place._anchors:
        place.shared = event.anchor
    end = event
    if isinstance(event, MappingStartEvent):
        if depth == len(TRAIL):
            place.flow = bool(event.flow_style)
        end = _read_mapping(events, place, depth)
    elif isinstance(event, SequenceStartEvent):
        for item in events:
            if isinstance(item, CollectionEndEvent):
                end = item
                break
            _read(item, events, place, None)
    return _written(event, end)


def _read_mapping(events: Iterator[Event], place: ImageInText, depth: int | None) -> Event:
    for key in events:
        if isinstance(key, CollectionEndEvent):
            return key
        assert isinstance(key, ScalarEvent)  # the parser refuses other keys
        on_trail = depth is not None and depth < len(TRAIL) and key.value == TRAIL[depth]
        value = _read(next(events), events, place, depth + 1 if on_trail and depth is not None else None)
        if depth == len(TRAIL):
            place.entries[key.value] = ImageEntry(_written(key, key), _start(key).column, value)
    raise AssertionError("a mapping ends")


def _note_sharing(event: Event, place: ImageInText) -> None:
    """An alias in the place of a node on the way is shared; an anchor is, once an alias repeats it."""
    if isinstance(event, AliasEvent):
        place.shared = str(event.anchor)
    elif isinstance(event, NodeEvent) and event.anchor:
        place._anchors.append(event.anchor)


def _written(event: Event, end: Event) -> TextSpan:
    named = isinstance(event, NodeEvent) and bool(event.anchor)
    style = (event.style or "") if isinstance(event, ScalarEvent) else ""
    assert end.end_mark is not None  # every event of a text has a place
    return TextSpan(_start(event).index, end.end_mark.index, style, named)


def _start(event: Event) -> Any:
    assert event.start_mark is not None  # every event of a text has a place
    return event.start_mark
