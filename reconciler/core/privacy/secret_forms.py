"""The forms that a secret may have in a text, and an index that finds any of many forms without looking for
each.

A secret is written as it is or as one of its lines, in Base64 wherever in a longer text it may have begun,
and in hexadecimal.
"""

import base64
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from reconciler.core.privacy.text_views import Span, dense, views_of

SHORTEST_SECRET = 8
"""Characters. What is shorter is in many texts by chance, and what is left of such a text would tell it: so
all of it is withheld. So many of a secret, at the cut end of a text, count as the secret.
"""

GRAM = 4
"""Characters at the start, and at the end, of a form by which the index finds it. Shorter forms are not
looked for.
"""

SHORTEST_LINE = 4
"""Characters of a line of a secret that is looked for alone: shorter ones, such as `}`, are in every text."""

SHORTEST_PACKED = 3
"""Characters of a secret of which other forms are looked for: those of shorter ones are in every text."""

_CUT = ".…\"'"
"""What a text that was cut may end with."""

_URL_ALPHABET = str.maketrans("+/", "-_")


class FormIndex:
    """Forms of secrets, found in a text without looking for each of them."""

    def __init__(self, forms: Iterable[str]) -> None:
        kept = {form for form in forms if len(form) >= GRAM}
        self._heads = _by(kept, slice(None, GRAM))
        self._tails = _by(kept, slice(-GRAM, None))
        self._longest = max(map(len, kept), default=0)

    def found(self, text: str) -> Iterator[Span]:
        """Where they stand."""
        heads = self._heads
        if not heads:
            return
        for at in range(len(text) - GRAM + 1):
            for form in heads.get(text[at : at + GRAM], ()):
                if text.startswith(form, at):
                    yield at, at + len(form)

    def cut(self, text: str) -> Iterator[Span]:
        """Where the text starts with the end of a form, or ends with the start of one, because somebody cut
        it.
        """
        end = len(text.rstrip(_CUT))
        for at in range(max(0, end - self._longest), end - SHORTEST_SECRET + 1):
            if any(form.startswith(text[at:end]) for form in self._heads.get(text[at : at + GRAM], ())):
                yield at, end
        begin = len(text) - len(text.lstrip(_CUT))
        for at in range(begin + SHORTEST_SECRET, min(len(text), begin + self._longest) + 1):
            if any(form.endswith(text[begin:at]) for form in self._tails.get(text[at - GRAM : at], ())):
                yield begin, at


def _by(forms: Iterable[str], part: slice) -> Mapping[str, list[str]]:
    by_part: dict[str, list[str]] = {}
    for form in forms:
        by_part.setdefault(form[part], []).append(form)
    return by_part


def pieces_of_secret(value: str) -> Iterator[str]:
    """The whole, and its lines: a log has one at a time."""
    yield value
    lines = [line.strip() for line in value.split("\n")]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= SHORTEST_LINE)


def plain_forms(value: str) -> Iterator[str]:
    """As text, in each normal form of Unicode, and in each way to write it."""
    for text in (value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD", "NFKC"))):
        for written in ways_to_write(text):
            # What looks like an escape in the secret itself is read as one too.
            yield from (dense(view).lower() for view in views_of(written))


def ways_to_write(value: str) -> tuple[str, ...]:
    """As it is, with a space as forms of HTML write it, and with a quote as shells and Python's `shlex` do
    (without backslashes: what they mean is read before).
    """
    quotes = (value.replace("'", written) for written in ("'''", "'\"'\"'"))
    return value, value.replace(" ", "+"), *quotes


def hexadecimal_form(value: str) -> str:
    """As the bytes of the text."""
    return value.encode(errors="surrogateescape").hex()


def base64_forms(value: str) -> set[str]:
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
