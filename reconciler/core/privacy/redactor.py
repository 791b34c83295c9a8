"""Takes secrets and control characters out of other people's words: of what the service says, a model server,
a download, git.

Our own text is built without secrets and does not come here. A text is looked at as it is, and as what it
means when escapes of JSON, Python, HTML and URLs are read, any number of them, without its white space and in
small letters. In that a secret is found as it is, line by line, in Base64 wherever in a longer text it may
have begun, and in hexadecimal. Whoever wants to can write it in other ways, so code of others must not be
given real secrets to begin with.

Pure: it only knows what it was made of.
"""

import base64
import re
import unicodedata
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler.core.model.temporary_causes import temporary_cause_in
from reconciler.core.privacy.unescaping import Piece, pieces_of, unescaped

MASK = "(not shown)"
"""What stands in place of a secret."""

SHORT = 8
"""Characters. What is shorter is in many texts by chance, and what is left of such a text would tell it: so
all of it is withheld. So many of a secret, at the cut end of a text, count as the secret.
"""

WITHHELD = f"(withheld: it holds a secret of fewer than {SHORT} characters)"
WITHHELD_LONG = "(withheld: it holds a secret, and is too long to be looked through)"

LONGEST = 1 << 18
"""Characters of a text in which places are looked for: the table of them takes many times its room."""

GRAM = 4
SHORTEST_LINE = 4
SHORTEST_PACKED = 3
"""Characters of a secret of which other forms are looked for: those of shorter ones are in every text."""

DEEPEST = 5
"""How often escapes are read: each log that a text goes through adds some."""

_CUT = ".…\"'"
"""What a text that was cut may end with."""

_UNSEEN = {
    code: None
    for code in (*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}
"""Control characters (Unicode, category Cc), and those that turn the direction of text (Unicode Standard
Annex #9, section 2).
"""

_EMPTY = {
    **_UNSEEN,
    **dict.fromkeys(
        map(ord, " \t\n\u00a0\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufeff")
    ),
    **dict.fromkeys(range(0xFE00, 0xFE10)),
}
"""White space, and what takes no room on a screen."""

_BETWEEN_DIGITS = re.compile(r"0x|[:,;|()\[\]\"'\\_-]")
"""What may stand between the bytes of a text in hexadecimal."""


def without_controls(text: str) -> str:
    """A text in which nothing moves a cursor: lines and tabs stay."""
    return text.translate(_UNSEEN)


class Redactor:
    """Knows secrets. One is shown like another: which of them it was would tell that two are equal."""

    def __init__(self, known: Collection[str]) -> None:
        values = {value for value in known if value.strip()}
        long = {value for value in values if len(without_controls(value).strip()) >= SHORT}
        short = [value for value in values - long if not long.intersection({value})]
        pieces = {piece for value in long for piece in _pieces(value)}
        self._plain = _Index(form for piece in pieces for form in _plain(piece))
        self._packed = _Index(form.lower() for piece in pieces for form in _packed(piece))
        self._digits = _Index(form for piece in pieces for form in _digits(piece))
        self._short = {_dense(value) or value for value in short}
        self._short |= {form for value in short if len(value) >= SHORTEST_PACKED for form in _packed(value)}
        self._short_digits = {
            form for value in short if len(value) >= SHORTEST_PACKED for form in _digits(value)
        }

    def text(self, foreign: str) -> str:
        """A text of others without secrets and control characters; nothing of it where a short secret is in
        it.
        """
        text = without_controls(foreign)
        views = list(_views(text))
        if any(self._tells_a_short_one(view) for view in views):
            cause = temporary_cause_in(text)
            return f"{WITHHELD} {cause}" if cause else WITHHELD
        if not any(self._finds(_dense(view).lower()) for view in views):
            return text
        return WITHHELD_LONG if len(text) > LONGEST else _without(text, list(self._spans(text)))

    def value(self, foreign: str) -> str:
        """A value of others, such as a name or a label, without secrets of full length: short ones, and
        pieces of them, are in such values by chance.
        """
        text = without_controls(foreign)
        if not any(self._plain.found(_dense(text).lower())):
            return text
        return _without(text, list(_View.of(text).dense().places(self._plain.found)))

    def _tells_a_short_one(self, view: str) -> bool:
        dense = _dense(view)
        if any(form in dense for form in self._short):
            return True
        digits = _BETWEEN_DIGITS.sub("", dense.lower()) if self._short_digits else ""
        return any(form in digits for form in self._short_digits)

    def _finds(self, dense: str) -> bool:
        indexes = (self._plain, self._packed)
        return (
            any(True for index in indexes for _ in index.found(dense))
            or any(True for index in indexes for _ in index.cut(dense))
            or any(True for _ in self._digits.found(_BETWEEN_DIGITS.sub("", dense)))
        )

    def _spans(self, text: str) -> Iterator["_Span"]:
        view = _View.of(text)
        for _ in range(DEEPEST + 1):
            dense = view.dense()
            yield from dense.places(self._plain.found)
            yield from dense.places(self._plain.cut)
            yield from dense.places(self._packed.found, around=1)
            yield from dense.places(self._packed.cut)
            yield from dense.digits().places(self._digits.found)
            deeper = view.unescaped()
            if deeper.text == view.text:
                return
            view = deeper


_Span = tuple[int, int]
"""Where something stands that is to go."""


class _Index:
    """Forms of secrets, found in a text without looking for each of them."""

    def __init__(self, forms: Iterable[str]) -> None:
        kept = {form for form in forms if len(form) >= GRAM}
        self._heads = _by(kept, slice(None, GRAM))
        self._tails = _by(kept, slice(-GRAM, None))
        self._longest = max(map(len, kept), default=0)

    def found(self, text: str) -> Iterator[_Span]:
        """Where they stand."""
        heads = self._heads
        if not heads:
            return
        for at in range(len(text) - GRAM + 1):
            for form in heads.get(text[at : at + GRAM], ()):
                if text.startswith(form, at):
                    yield at, at + len(form)

    def cut(self, text: str) -> Iterator[_Span]:
        """What a text begins or ends with that is the end or the beginning of one: it was cut there."""
        end = len(text.rstrip(_CUT))
        for at in range(max(0, end - self._longest), end - SHORT + 1):
            if any(form.startswith(text[at:end]) for form in self._heads.get(text[at : at + GRAM], ())):
                yield at, end
        begin = len(text) - len(text.lstrip(_CUT))
        for at in range(begin + SHORT, min(len(text), begin + self._longest) + 1):
            if any(form.endswith(text[begin:at]) for form in self._tails.get(text[at - GRAM : at], ())):
                yield begin, at


def _by(forms: Iterable[str], part: slice) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for form in forms:
        found.setdefault(form[part], []).append(form)
    return found


def _views(text: str) -> Iterator[str]:
    """The text, and what it means once more escapes of it are read."""
    yield text
    for _ in range(DEEPEST):
        deeper = unescaped(text)
        if deeper == text:
            return
        yield (text := deeper)


def _dense(text: str) -> str:
    return text.translate(_EMPTY)


class _View(NamedTuple):
    """A text that was made of another; `starts` and `stops` say of which part of that each character is."""

    text: str
    starts: "array[int]"
    stops: "array[int]"

    @classmethod
    def of(cls, text: str) -> "_View":
        return cls(text, array("Q", range(len(text))), array("Q", range(1, len(text) + 1)))

    def unescaped(self) -> "_View":
        return self._made(pieces_of(self.text))

    def dense(self) -> "_View":
        """Without what takes no room, in small letters."""
        kept = (at for at, character in enumerate(self.text) if ord(character) not in _EMPTY)
        return self._made(Piece(self.text[at], at, at + 1) for at in kept)._small()

    def digits(self) -> "_View":
        """Without what may stand between the bytes of a text in hexadecimal."""
        gaps = {at for found in _BETWEEN_DIGITS.finditer(self.text) for at in range(*found.span())}
        kept = (at for at in range(len(self.text)) if at not in gaps)
        return self._made(Piece(self.text[at], at, at + 1) for at in kept)

    def places(self, find: Callable[[str], Iterator[_Span]], around: int = 0) -> Iterator[_Span]:
        """Where in the first text something is that `find` finds here, with characters `around` it."""
        for start, stop in find(self.text):
            first, last = max(0, start - around), min(len(self.text), stop + around) - 1
            yield self.starts[first], self.stops[last]

    def _small(self) -> "_View":
        small = self.text.lower()
        return self._replace(text=small) if len(small) == len(self.text) else self

    def _made(self, pieces: Iterable[Piece]) -> "_View":
        texts, starts, stops = [], array("Q"), array("Q")
        for piece in pieces:
            texts.append(piece.text)
            starts.extend([self.starts[piece.start]] * len(piece.text))
            stops.extend([self.stops[piece.stop - 1]] * len(piece.text))
        return _View("".join(texts), starts, stops)


def _without(text: str, spans: Iterable[_Span]) -> str:
    """What is in several spans goes once."""
    parts, at = [], 0
    for start, stop in sorted(set(spans), key=lambda span: (span[0], -span[1])):
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
    lines = [line.strip() for line in value.split("\n")]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= SHORTEST_LINE)


def _plain(value: str) -> Iterator[str]:
    """As text, in each normal form of Unicode, with a space as forms of HTML write it, and a quote as shells
    do.
    """
    for text in (value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD", "NFKC"))):
        for way in (text, text.replace(" ", "+"), text.replace("'", "'''")):
            # What looks like an escape in the secret itself is read as one too.
            yield from (_dense(view).lower() for view in _views(way))


def _digits(value: str) -> set[str]:
    return {value.encode(errors="surrogateescape").hex()}


def _packed(value: str) -> set[str]:
    """Base64 in both alphabets: of text that may begin anywhere in what is packed, the characters that depend
    on nothing before or after it.
    """
    forms: set[str] = set()
    for data in (value.encode(errors="surrogateescape"), value.encode("utf-16-le", "surrogatepass")):
        for shift in range(3):
            whole = base64.b64encode(bytes(shift) + data).decode().rstrip("=")
            stable = whole[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]
            forms |= {stable, stable.translate(_URL_ALPHABET)}
    return {form for form in forms if len(form) >= SHORTEST_PACKED}


_URL_ALPHABET = str.maketrans("+/", "-_")
