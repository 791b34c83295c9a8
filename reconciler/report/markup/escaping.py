"""Values as Markdown, in which no value acts: neither as Markdown or HTML, nor as what GitHub makes of text.

GitHub reads a text twice. Its parser (CommonMark with GFM) takes no character reference for a sign of
Markdown (CommonMark 0.31 §2.5), but finds mail addresses behind them. What comes after it works on the
finished HTML, where a reference is the character again: it links people, issues, commits and advisories, and
draws emoji and formulas, everywhere but in code.
"""

import re

from reconciler.report.values import one_line

LONGEST_SENTENCE = 1000


class Rendered(str):
    """Finished Markdown: its values are escaped already."""

    __slots__ = ()


def escape(value: object) -> str:
    """Any value as plain text on one line, not too long. A word that GitHub would make something of is set as
    code; so it is told as it is, and can be copied.
    """
    if isinstance(value, Rendered):
        return value
    words = (_word(word) for word in _text(value).split(" "))
    return _START.sub(lambda match: match[1] + _reference(match[2]), " ".join(words))


def code(value: object) -> Rendered:
    """Any value, set as code."""
    return Rendered(f"<code>{_without_signs(_text(value))}</code>")


def link(words: str, url: str) -> Rendered:
    """A link of our own; where the address is none of the web, only its words."""
    if not _WEB_ADDRESS.fullmatch(url):
        return Rendered(escape(words))
    return Rendered(f"[{escape(words)}]({url})")


_SIGN = re.compile(r"[^\w ./,;:()%+→…-]|_|:(?=\S)|(?<=www)\.", re.IGNORECASE)
"""Every character that could be a sign of Markdown or HTML, or make an address a link."""

_START = re.compile(r"\A([0-9]{1,9}(?=[.)])|)([-+.)])")
"""What makes a line an item of a list."""

_MADE_SOMETHING_OF = re.compile(
    r"[@#$]|:[\w+-]+(?::|\Z)|(?<![^\W_])[0-9a-f]{7,40}(?![^\W_])|\b(?:GH|GHSA|CVE)-", re.IGNORECASE
)
"""People and teams, issues, formulas; emoji; commits; issues and advisories (GitHub docs, "Autolinked
references and URLs", "Basic writing and formatting syntax", "Writing mathematical expressions").
"""

_WEB_ADDRESS = re.compile(r"https?://[\w.~:/?&=%+-]+", re.ASCII)


def _text(value: object) -> str:
    return one_line(str(value), LONGEST_SENTENCE).strip(" ")


def _word(word: str) -> str:
    if not _MADE_SOMETHING_OF.search(word):
        return _without_signs(word)
    inner = word.lstrip("('\"")
    core = inner.rstrip(",;.:)'\"")
    before, after = word[: len(word) - len(inner)], inner[len(core) :]
    return f"{_without_signs(before)}<code>{_without_signs(core)}</code>{_without_signs(after)}"


def _without_signs(text: str) -> str:
    marked = _SIGN.sub(lambda match: _reference(match.group()), text)
    return _MAIL_ADDRESS.sub(f"{_AT}{ZERO_WIDTH_SPACE}", marked)


def _reference(sign: str) -> str:
    return f"&#{ord(sign)};"


_AT = _reference("@")
ZERO_WIDTH_SPACE = "&#8203;"
_MAIL_ADDRESS = re.compile(_AT + r"(?=(?:[\w-]|&#95;)*(?:\.|&#46;))")
"""The `@` of what the parser makes a link, even in code (cmark-gfm, extensions/autolink.c), as it is written
here. A zero-width space behind it keeps it from that. An image with its digest has no dot there, and is left.
"""
