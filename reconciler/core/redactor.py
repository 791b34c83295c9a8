"""Takes secrets and control characters out of other people's words: of what the service says, a model server,
a download, git.

Our own text is built without secrets and does not come here. A secret is found as it is, line by line,
escaped as JSON or Python writes it, in URLs, and in Base64, wherever in a longer text it may have begun.
Whoever wants to can write it in other ways, so code of others must not be given real secrets to begin with.

Pure: it only knows what it was made of.
"""

import base64
import html
import json
import unicodedata
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from reconciler.core.causes import cause_in

MASK = "(not shown)"
"""What stands in place of a secret."""

SHORT = 8
"""Characters. What is shorter is in many texts by chance, and what is left of such a text would tell it: so
all of it is withheld.
"""

GRAM = 4
"""Characters of a secret, at the cut end of a text, that count as the secret."""

SHORTEST_LINE = 4
SHORTEST_FORM = 3
"""Characters of another form of a short secret that are looked for: two of Base64 are in every text."""

WITHHELD = f"(withheld: it holds a secret of fewer than {SHORT} characters)"

_CUT = " \t\n.…\"'"
"""What a text that was cut may end with."""

_UNSEEN = {
    code: None
    for code in (*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}
"""Control characters (Unicode, category Cc), and those that turn the direction of text (Unicode Standard
Annex #9, section 2).
"""


def without_controls(text: str) -> str:
    """A text in which nothing moves a cursor: lines and tabs stay."""
    return text.translate(_UNSEEN)


class Redactor:
    """Knows secrets, and what each of them may look like. One is shown like another: which of them it was
    would tell that two are equal.
    """

    def __init__(self, known: Collection[str]) -> None:
        values = {way for value in known for way in (value, without_controls(value)) if way.strip()}
        long = [value for value in values if len(value) >= SHORT]
        self._short = _short_forms(values.difference(long))
        forms = {form for value in long for piece in _pieces(value) for form in _forms(piece)}
        self._heads, self._tails = _by_head(forms), _by_tail(forms)
        self._dense = _by_head({"".join(form.split()) for form in forms})
        self._bare = _by_head(map(_bare, forms))
        self._longest = max(map(len, forms), default=0)

    def text(self, foreign: str) -> str:
        """A text of others without secrets and control characters; nothing of it where a short secret is in
        it.
        """
        text = without_controls(foreign)
        if self._tells_a_short_one(text):
            cause = cause_in(text)
            return f"{WITHHELD} {cause}" if cause else WITHHELD
        if not self._heads:
            return text
        spans = [*_found(text, self._heads), *self._cut_ends(text)]
        spans += _found_among(text, "".join(text.split()), self._dense)
        spans += _found_among(text, _bare(text), self._bare)
        return _without(text, spans)

    def value(self, foreign: str) -> str:
        """A value of others, such as a name or a label, without secrets of full length: short ones, and
        pieces of them, are in such values by chance.
        """
        text = without_controls(foreign)
        return _without(text, _found(text, self._heads))

    def _tells_a_short_one(self, text: str) -> bool:
        bare = _bare(text)
        return any(short in text or (_bare(short) or short) in bare for short in self._short)

    def _cut_ends(self, text: str) -> Iterator["_Span"]:
        """What a text begins or ends with that is the end or the beginning of a secret: it was cut there."""
        end = len(text.rstrip(_CUT))
        for at in range(max(0, end - self._longest), end - GRAM + 1):
            if any(form.startswith(text[at:end]) for form in self._heads.get(text[at : at + GRAM], ())):
                yield at, end
        begin = len(text) - len(text.lstrip(_CUT))
        for at in range(begin + GRAM, min(len(text), begin + self._longest) + 1):
            if any(form.endswith(text[begin:at]) for form in self._tails.get(text[at - GRAM : at], ())):
                yield begin, at


_Span = tuple[int, int]
"""Where something stands that is to go."""

_Index = Mapping[str, list[str]]


def _by_head(forms: Iterable[str]) -> _Index:
    found: dict[str, list[str]] = {}
    for form in set(forms):
        found.setdefault(form[:GRAM], []).append(form)
    return found


def _by_tail(forms: Iterable[str]) -> _Index:
    found: dict[str, list[str]] = {}
    for form in forms:
        found.setdefault(form[-GRAM:], []).append(form)
    return found


def _found(text: str, heads: _Index) -> Iterator[_Span]:
    for at in range(len(text) - GRAM + 1):
        for form in heads.get(text[at : at + GRAM], ()):
            if text.startswith(form, at):
                yield at, at + len(form)


def _found_among(text: str, part: str, heads: _Index) -> Iterator[_Span]:
    """What stands in a part of a text, which lacks some of its characters: words go on in the next line, and
    each log that a text goes through escapes it once more.
    """
    spans = list(_found(part, heads)) if len(part) < len(text) else []
    if not spans:
        return
    # Compact: an answer has millions of characters.
    places, at = array("Q"), 0
    for character in part:
        at = text.index(character, at)
        places.append(at)
        at += 1
    for start, stop in spans:
        yield places[start], places[stop - 1] + 1


def _bare(text: str) -> str:
    return text.replace("\\", "")


def _without(text: str, spans: Iterable[_Span]) -> str:
    """What is in several spans goes once."""
    parts, at = [], 0
    for start, stop in sorted(spans, key=lambda span: (span[0], -span[1])):
        if stop <= at:
            continue
        if start >= at:
            parts += [text[at:start], MASK]
        at = stop
    return "".join([*parts, text[at:]])


# What one secret may look like.


def _pieces(value: str) -> Iterator[str]:
    """The whole, and its lines: a log has one at a time."""
    yield value
    stripped = value.strip()
    if len(stripped) >= SHORT:
        yield stripped
    lines = [line.strip() for line in value.split("\n")]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= SHORTEST_LINE)


def _short_forms(values: Iterable[str]) -> set[str]:
    forms = {form for value in values for form in _forms(value) if len(form) >= SHORTEST_FORM}
    return forms.union(values)


def _forms(value: str) -> set[str]:
    """Of at least as many characters as are looked for at once, or as it has itself."""
    normal = {value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD", "NFKC"))}
    forms = {form for text in normal for form in _escaped(text)} | _packed(value)
    return {form for form in forms if len(form) >= min(GRAM, len(value))}


def _escaped(text: str) -> Iterator[str]:
    yield text
    for ascii_only in (True, False):
        written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (written, written.replace("/", "\\/"), _upper_escapes(written))
        yield json.dumps(written, ensure_ascii=ascii_only)[1:-1]
    yield from (repr(text)[1:-1], ascii(text)[1:-1], text.replace("'", "\\'"), text.replace("'", "'\\''"))
    yield from (html.escape(text), html.escape(text, quote=False))
    yield from _in_urls(text)
    yield from _in_urls(json.dumps(text)[1:-1])


def _in_urls(text: str) -> Iterator[str]:
    for safe in ("", "/", "~@:!$&'()*+,;=/?"):
        quoted = quote(text, safe, errors="surrogateescape")
        yield from (quoted, _lower_percents(quoted))
    plus = quote_plus(text, errors="surrogateescape")
    yield from (plus, _lower_percents(plus))


def _upper_escapes(written: str) -> str:
    """`\\u00e9` as `\\u00E9`."""
    head, *rest = written.split("\\u")
    return "\\u".join([head, *(part[:4].upper() + part[4:] for part in rest)])


def _lower_percents(quoted: str) -> str:
    """`%2F` as `%2f`."""
    head, *rest = quoted.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])


def _packed(value: str) -> set[str]:
    """Base64 in both alphabets, and hexadecimal: of text that may begin anywhere in what is packed, the
    characters that depend on nothing before or after it.
    """
    data = value.encode(errors="surrogateescape")
    forms = {data.hex(), data.hex().upper()}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + data).decode().rstrip("=")
        first = -(-8 * shift // 6)
        last = 8 * (shift + len(data)) // 6
        stable = whole[first:last]
        forms |= {stable, stable.translate(_URL_ALPHABET)}
    return forms


_URL_ALPHABET = str.maketrans("+/", "-_")
