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
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from reconciler.core.causes import cause_in

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
    """Knows secrets, each with what is shown in its place."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._short: set[str] = set()
        self._forms: dict[str, str] = {}
        self._packed: dict[str, str] = {}
        for value, shown in known.items():
            self._learn(without_controls(value), shown)
        self._heads, self._tails = _by_head(self._forms), _by_tail(self._forms)
        self._packed_heads = _by_head(self._packed)
        self._bare_heads = _by_head({_bare(form): shown for form, shown in self._forms.items()})
        self._longest = max(map(len, self._forms), default=0)

    def text(self, foreign: str) -> str:
        """A text of others without secrets and control characters; nothing of it where a short secret is in
        it.
        """
        text = without_controls(foreign)
        if self._tells_a_short_one(text):
            cause = cause_in(text)
            return f"{WITHHELD} {cause}" if cause else WITHHELD
        spans = [*_found(text, self._heads), *self._cut_ends(text)]
        spans += _found_among(text, "".join(text.split()), self._packed_heads)
        spans += _found_among(text, _bare(text), self._bare_heads)
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

    def _learn(self, value: str, shown: str) -> None:
        if not value.strip():
            return
        if len(value) < SHORT:
            forms = {*_written(value), *_packed(value)} - {value}
            self._short |= {value, *(form for form in forms if len(form) >= SHORTEST_FORM)}
            return
        for piece in _pieces(value):
            for form in _written(piece):
                self._forms.setdefault(form, shown)
            for form in _packed(piece):
                self._packed.setdefault(form, shown)
                self._forms.setdefault(form, shown)

    def _cut_ends(self, text: str) -> Iterator["_Span"]:
        """What a text begins or ends with that is the end or the beginning of a secret: it was cut there."""
        end = len(text.rstrip(_CUT))
        for at in range(max(0, end - self._longest), end - GRAM + 1):
            for form, shown in self._heads.get(text[at : at + GRAM], ()):
                if form.startswith(text[at:end]):
                    yield at, end, shown
        begin = len(text) - len(text.lstrip(_CUT))
        for at in range(begin + GRAM, min(len(text), begin + self._longest) + 1):
            for form, shown in self._tails.get(text[at - GRAM : at], ()):
                if form.endswith(text[begin:at]):
                    yield begin, at, shown


_Span = tuple[int, int, str]
"""Where something stands that is to go, and what stands in its place."""

_Index = Mapping[str, list[tuple[str, str]]]


def _by_head(forms: Mapping[str, str]) -> _Index:
    found: dict[str, list[tuple[str, str]]] = {}
    for form, shown in forms.items():
        found.setdefault(form[:GRAM], []).append((form, shown))
    return found


def _by_tail(forms: Mapping[str, str]) -> _Index:
    found: dict[str, list[tuple[str, str]]] = {}
    for form, shown in forms.items():
        found.setdefault(form[-GRAM:], []).append((form, shown))
    return found


def _found(text: str, heads: _Index) -> Iterator[_Span]:
    for at in range(len(text) - GRAM + 1):
        for form, shown in heads.get(text[at : at + GRAM], ()):
            if text.startswith(form, at):
                yield at, at + len(form), shown


def _found_among(text: str, part: str, heads: _Index) -> Iterator[_Span]:
    """What stands in a part of a text, which lacks some of its characters: Base64 goes on in the next line,
    and each log that a text goes through escapes it once more.
    """
    spans = list(_found(part, heads)) if len(part) < len(text) else []
    if not spans:
        return
    places, at = [], 0
    for character in part:
        at = text.index(character, at)
        places.append(at)
        at += 1
    for start, stop, shown in spans:
        yield places[start], places[stop - 1] + 1, shown


def _bare(text: str) -> str:
    return text.replace("\\", "")


def _without(text: str, spans: Iterable[_Span]) -> str:
    """What is in several spans goes once."""
    parts, at = [], 0
    for start, stop, shown in sorted(spans, key=lambda span: (span[0], -span[1])):
        if stop <= at:
            continue
        if start >= at:
            parts += [text[at:start], shown]
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


def _written(value: str) -> set[str]:
    """The forms that are text still; each of at least as many characters as are looked for at once."""
    normal = {value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD", "NFKC"))}
    forms = {form for text in normal for form in _escaped(text)}
    return {form for form in forms if len(form) >= min(GRAM, len(value))}


def _escaped(text: str) -> Iterator[str]:
    yield text
    for ascii_only in (True, False):
        written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (written, written.replace("/", "\\/"), _upper_escapes(written))
        yield json.dumps(written, ensure_ascii=ascii_only)[1:-1]
    yield from (repr(text)[1:-1], ascii(text)[1:-1], text.replace("'", "\\'"), text.replace("'", "'\\''"))
    yield from (html.escape(text), html.escape(text, quote=False))
    for quoted in (quote(text, safe=""), quote(text), quote_plus(text), quote(text, safe="~@:!$&'()*+,;=/?")):
        yield quoted
        yield _lower_percents(quoted)


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
    data = value.encode()
    forms = {data.hex(), data.hex().upper()}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + data).decode().rstrip("=")
        first = -(-8 * shift // 6)
        last = 8 * (shift + len(data)) // 6
        stable = whole[first:last]
        forms |= {stable, stable.translate(_URL_ALPHABET)}
    return forms


_URL_ALPHABET = str.maketrans("+/", "-_")
