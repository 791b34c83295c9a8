"""What a text is that cannot be read as a config.pbtxt, or what was left in it: so that one mistake is told
as one, and not as the many that it looks like.
"""

import re
from collections.abc import Sequence
from itertools import islice

from reconciler.core.model.findings import Finding
from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut, joined
from reconciler.triton.config.text import place_at

LOOKED_AT = 1 << 12
"""Characters by which a text is recognised."""

MOST_LEFT = 100
"""Things left in a text that are told."""

_STRANGERS = (
    (re.compile(r"version https://git-lfs"), "a stand-in of Git LFS", "Run `git lfs pull` first."),
    (re.compile(r"\s*<(!doctype|html|\?xml)", re.I), "a web page", "Download the file again."),
    (re.compile(r"\s*\{(?![{%])"), "JSON", "Write `field: value`, without braces around all fields."),
    (re.compile(r"---\s*\n|[^\"'{}]*\n[ \t]*- \w+:"), "YAML", "Write lists in [ ] and messages in { }."),
)
"""What starts like this is something else; its name, and what to do."""

_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?= |$)", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{[^{}\n]{0,200}\}\}|\{%[^\n]{0,200}%\}")
PLACEHOLDER = re.compile(r"\$\{[^{}\n]{0,200}\}")


def stranger(text: str) -> Finding | None:
    """What else a text is, by its beginning; None where it may be a config.pbtxt."""
    for pattern, name, advice in _STRANGERS:
        if pattern.match(text[:LOOKED_AT]):
            return Finding(place_at(text, 0), f"this is {name}, not a model configuration", advice)
    return None


def leftover(text: str, at: int) -> Finding | None:
    """What was left in a text that cannot be read at this character; None where it is another mistake."""
    if marks := list(islice(_CONFLICT.finditer(text), MOST_LEFT)):
        what = f"a merge that is not finished; its marks are in {_lines(text, marks)}"
        return Finding(place_at(text, marks[0].start()), what, "Keep one side, and remove the marks.")
    for pattern in (PLACEHOLDER, _TEMPLATE):
        found = list(islice(pattern.finditer(text), MOST_LEFT))
        if any(match.start() <= at <= match.end() for match in found):
            return Finding(place_at(text, found[0].start()), not_filled_in(text, found), FILL_IN)
    return None


FILL_IN = "Write the values in their place."


def not_filled_in(text: str, found: Sequence[re.Match[str]]) -> str:
    """What is said of these placeholders in a text."""
    places: dict[str, list[re.Match[str]]] = {}
    for match in found:
        places.setdefault(cut(match[0], LONGEST_WORD_SHOWN), []).append(match)
    told = [f"{word} ({_lines(text, matches)})" for word, matches in places.items()]
    return f"nobody has filled in {joined(told, ', ')}"


def _lines(text: str, matches: Sequence[re.Match[str]]) -> str:
    numbers = sorted({place_at(text, match.start()).line for match in matches})
    return f"line{'s' * (len(numbers) > 1)} {joined([str(number) for number in numbers], ', ')}"
