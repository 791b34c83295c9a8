"""Errors of the YAML parser, in words for people who do not know the grammar of YAML."""

import re

import yaml

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import location_at

QUOTE_TEMPLATE = (
    'YAML reads a bare {{ as the start of a mapping; put quotes around the whole value: "{{ … }}".'
)

_INDENT = (
    "Fields of one mapping start in the same column; check the spaces before this line and the one above."
)

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "tab character",
        "there is a tab where spaces have to be",
        "YAML indents with spaces only; replace the tab.",
    ),
    (
        "mapping values are not allowed",
        "a ': ' stands inside a plain value",
        "Put quotes around the value, or check the indentation.",
    ),
    ("did not find expected key|expected <block end>", "this line does not fit the lines above it", _INDENT),
    (
        "could not find expected ':'|while scanning a simple key",
        "a ':' is missing after a key",
        "Write `key: value`.",
    ),
    (
        "expected '-' indicator",
        "an entry of a list starts without '- '",
        "Start every entry of the list with '- ', in one column.",
    ),
    (
        "expected ',' or '}'",
        "a mapping in braces is not closed",
        "Close it with '}', and put ',' between its entries.",
    ),
    (
        "expected ',' or '\\]'",
        "a list in brackets is not closed",
        "Close it with ']', and put ',' between its entries.",
    ),
    ("unexpected end of stream", "a quoted text is not closed", "Close the quote that was opened here."),
    (
        "unknown escape|escape sequence|hexdecimal|hexadecimal",
        "a backslash in double quotes starts no known escape",
        "Write two backslashes, or use single quotes.",
    ),
    (
        "block sequence entries are not allowed",
        "a list starts in the middle of a line",
        "Start the list on a line of its own.",
    ),
    ("undefined tag handle|tag", "a tag (!…) is malformed", "Manifests need no tags; remove it."),
    ("node content|document start", "something is missing here, or does not belong here", _INDENT),
    (
        "alias|anchor",
        "an anchor (&) or alias (*) has no proper name",
        "Text that starts with & or * needs quotes.",
    ),
    (
        "directive|version",
        "a directive (%…) is not understood",
        "Manifests need no directives; remove the line.",
    ),
)


def syntax_finding(error: yaml.YAMLError, text: str, path: str) -> Finding:
    """The parser's error as a finding. The parser stops at the first error of a file."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    message = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    if mark is None:
        return Finding(
            Location(path), f"is not valid YAML: {message}", "Check the file with an editor that knows YAML."
        )
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    where = min(Location(path, mark.line + 1, mark.column + 1), end_of(text, path))
    if _bare_template(line) or (mark.line and _bare_template(lines[min(mark.line, len(lines)) - 1])):
        return Finding(where, "is not valid YAML: a template without quotes", QUOTE_TEMPLATE)
    return Finding(where, *_translate(message, line[mark.column : mark.column + 1]))


def end_of(text: str, path: str) -> Location:
    """The last place of a text. The parser counts one line more."""
    return location_at(text, len(text), path)


def _translate(message: str, character: str) -> tuple[str, str]:
    if "cannot start any token" in message:
        if character != "\t":
            what = f"is not valid YAML: a plain value cannot start with {character!r}"
            return what, "Put quotes around the value."
        message = "tab character"
    for pattern, what, advice in _KNOWN:
        if re.search(pattern, message):
            return f"is not valid YAML: {what}", advice
    return f"is not valid YAML: {message}", "Check the file with an editor that knows YAML."


def _bare_template(line: str) -> bool:
    """Whether a value of this line starts with a template that has no quotes around it."""
    return re.search(r"(^|[:\-,\[{]\s+|^\s*)\{\{", line) is not None
