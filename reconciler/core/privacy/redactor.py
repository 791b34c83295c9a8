"""Takes secrets and control characters out of the words of others: of the service, a model server, a
download, git.

Our own text is built without secrets and does not come here. A text is looked through as it is and as what
it means when escapes of JSON, Python, HTML and URLs are read (`text_views`), for a secret as it is, in
Base64 and in hexadecimal (`secret_forms`); and for what has the form of a credential, whoever's it is
(`credential_patterns`). Whoever wants to can write a secret in other ways, so code of
others must not be given real secrets to begin with.
"""

from collections.abc import Collection, Iterable, Iterator

from reconciler.core.model.temporary_causes import temporary_cause_in
from reconciler.core.privacy.credential_patterns import credential_spans
from reconciler.core.privacy.secret_forms import (
    SHORTEST_PACKED,
    SHORTEST_SECRET,
    FormIndex,
    base64_forms,
    hexadecimal_form,
    pieces_of_secret,
    plain_forms,
    ways_to_write,
)
from reconciler.core.privacy.text_views import (
    BETWEEN_DIGITS,
    DEEPEST_ESCAPES,
    Span,
    View,
    dense,
    views_of,
    without_controls,
)

MASK = "(not shown)"
"""What stands in place of a secret."""

WITHHELD = f"(withheld: it holds a secret of fewer than {SHORTEST_SECRET} characters)"
WITHHELD_LONG = "(withheld: it holds a secret, and is too long to be looked through)"

LONGEST_TEXT = 1 << 18
"""Characters of a text in which places are looked for: the table of them takes many times its room."""


class Redactor:
    """Knows secrets, and takes them out of texts. One mask for all: different masks would show which secrets
    are equal.
    """

    def __init__(self, known: Collection[str]) -> None:
        values = {value for value in known if value.strip()}
        long = {value for value in values if len(dense(value)) >= SHORTEST_SECRET}
        short = values - long
        packed = [value for value in short if len(value) >= SHORTEST_PACKED]
        pieces = {piece for value in long for piece in pieces_of_secret(value)}
        self._plain = FormIndex(form for piece in pieces for form in plain_forms(piece))
        self._packed = FormIndex(form.lower() for piece in pieces for form in base64_forms(piece))
        self._digits = FormIndex(map(hexadecimal_form, pieces))
        self._short = {dense(form) or value for value in short for form in ways_to_write(value)}
        self._short |= {form for value in packed for form in base64_forms(value)}
        self._short_digits = set(map(hexadecimal_form, packed))

    def text(self, foreign: str) -> str:
        """A text of others without secrets and control characters. Where a short secret is in it, all of it
        is withheld.
        """
        text = without_controls(foreign)
        views = list(views_of(text))
        if any(self._holds_a_short_one(view) for view in views):
            cause = temporary_cause_in(text)
            return f"{WITHHELD} {cause}" if cause else WITHHELD
        if not any(self._finds(dense(view).lower()) for view in views):
            return without_credentials(text)
        return (
            WITHHELD_LONG
            if len(text) > LONGEST_TEXT
            else _without(text, [*self._spans(text), *credential_spans(text)])
        )

    def value(self, foreign: str) -> str:
        """A value of others, such as a name or a label, without secrets of full length: short ones, and
        pieces of them, are in such values by chance.
        """
        text = without_controls(foreign)
        if not any(self._plain.found(dense(text).lower())):
            return without_credentials(text)
        return _without(text, [*View.of(text).dense().places(self._plain.found), *credential_spans(text)])

    def _holds_a_short_one(self, view: str) -> bool:
        text = dense(view)
        if any(form in text for form in self._short):
            return True
        digits = BETWEEN_DIGITS.sub("", text.lower()) if self._short_digits else ""
        return any(form in digits for form in self._short_digits)

    def _finds(self, text: str) -> bool:
        indexes = (self._plain, self._packed)
        return (
            any(True for index in indexes for _ in index.found(text))
            or any(True for index in indexes for _ in index.cut(text))
            or any(True for _ in self._digits.found(BETWEEN_DIGITS.sub("", text)))
        )

    def _spans(self, text: str) -> Iterator[Span]:
        view = View.of(text)
        for _ in range(DEEPEST_ESCAPES + 1):
            packed = view.dense()
            yield from packed.places(self._plain.found)
            yield from packed.places(self._plain.cut)
            yield from packed.places(self._packed.found, around=1)
            yield from packed.places(self._packed.cut)
            yield from packed.digits().places(self._digits.found)
            deeper = view.unescaped()
            if deeper.text == view.text:
                return
            view = deeper


def without_credentials(text: str) -> str:
    """The text with a mask in place of what has the form of a credential, whoever's it is. That tells nobody
    anything of a secret that is known, so our own words may be masked so, too.
    """
    return _without(text, credential_spans(text))


def _without(text: str, spans: Iterable[Span]) -> str:
    """The text with a mask in place of each span; where spans overlap, there is one mask."""
    parts, at = [], 0
    for start, stop in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if stop <= at:
            continue
        if start >= at:
            parts += [text[at:start], MASK]
        at = stop
    return "".join([*parts, text[at:]])
