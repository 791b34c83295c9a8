"""One document of a file of manifests, as text: taken out, put in, or put in the place of another. The text
of the other documents stays as it is, which is checked by reading all of it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml
from yaml.events import DocumentStartEvent, NodeEvent

from reconciler.core.model.configuration import Json
from reconciler.manifests.yaml.parser import events_of, parse
from reconciler.manifests.yaml.tree import plain

MARKER, END = "---", "..."


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A document in a text: where its root is (line and column, from 1), and what is from its marker to the
    next one, in characters.
    """

    line: int
    column: int
    start: int
    end: int


def documents_in(text: str) -> list[DocumentText]:
    """The documents of a text that the parser takes."""
    starts: list[int] = []
    roots: list[tuple[int, int]] = []
    for event in events_of(text):
        mark = event.start_mark
        assert mark is not None  # every event of a text has a place
        if isinstance(event, DocumentStartEvent):
            starts.append(mark.index if starts else 0)
            roots.append((0, 0))
        elif isinstance(event, NodeEvent) and roots[-1] == (0, 0):
            roots[-1] = (mark.line + 1, mark.column + 1)
    ends = (*starts[1:], len(text))
    return [DocumentText(*root, start, end) for root, start, end in zip(roots, starts, ends, strict=True)]


def is_readable(text: str) -> bool:
    """Whether the parser takes the text, so that it has documents to find."""
    try:
        documents_in(text)
    except yaml.YAMLError:
        return False
    return True


def text_of(text: str, line: int, column: int) -> str:
    """The document whose root is there."""
    found = _at(text, line, column)
    return text[found.start : found.end]


def without_document(text: str, line: int, column: int) -> str | None:
    """The text without the document whose root is there; None when the others would not stay as they are."""
    found = _at(text, line, column)
    rest = text[: found.start] + text[found.end :]
    return _checked(rest, [content for at, content in _contents(text) if at != (line, column)])


def with_document(text: str, document: str, line: int = 0, column: int = 0) -> str | None:
    """The text with a document in the place of the one whose root is there, or at the end. None when it
    cannot be put there so that the others stay what they are.
    """
    document = document if document.endswith("\n") else f"{document}\n"
    contents = _contents(text)
    new = _contents(document)[0][1]
    if not line:
        end = text if text.endswith("\n") or not text else f"{text}\n"
        return _checked(end + _after_another(document), [*(content for _, content in contents), new])
    found = _at(text, line, column)
    desired = [new if at == (line, column) else content for at, content in contents]
    put = _after_another(document) if found.start else document
    return _checked(text[: found.start] + put + text[found.end :], desired)


def _after_another(document: str) -> str:
    """The document as it can follow another one: with a marker, if it has none."""
    event = next(event for event in events_of(document) if isinstance(event, DocumentStartEvent))
    if not event.explicit:
        return f"{MARKER}\n{document}"
    has_directives = event.version is not None or bool(event.tags)
    return f"{END}\n{document}" if has_directives else document


def _at(text: str, line: int, column: int) -> DocumentText:
    return next(found for found in documents_in(text) if (found.line, found.column) == (line, column))


def _contents(text: str) -> list[tuple[tuple[int, int], Json]]:
    documents, _ = parse(text, "")
    return [((document.root.line, document.root.column), plain(document.root)) for document in documents]


def _checked(text: str, desired: Sequence[Json]) -> str | None:
    documents, findings = parse(text, "")
    same = [plain(document.root) for document in documents] == list(desired)
    return text if same and not findings else None
