"""Names of compute shapes that are probably misspelled.

The list of the service grows, so a shape that is not in `core.planning.capacity.compute_shapes` is taken as
it is written, unless it looks like a typing error in a known one. New shapes differ in their series and
numbers (`E5`, `A100-v2`), so these are left out of the comparison.
"""

import re
from difflib import get_close_matches
from functools import cache

from reconciler.core.planning.capacity.compute_shapes import FIXED, FLEXIBLE

_KNOWN = {name.casefold(): name for name in (*FLEXIBLE, *FIXED)}
_SLIPS = 2
_SERIES = re.compile(r"(?<=\.)[a-z]{1,2}\d+[a-z]?(-v\d+)?(?=\.|$)")


@cache
def misspelled(shape: str) -> str:
    """The known shape that this one is probably meant to be, or nothing."""
    folded = shape.casefold()
    if shape == (known := _KNOWN.get(folded)):
        return ""
    if known:
        return known
    words = _words(folded)
    patterns = {_words(name) for name in _KNOWN}
    if words in patterns or not any(_slips(words, pattern) <= _SLIPS for pattern in patterns):
        return ""
    return _KNOWN[get_close_matches(folded, _KNOWN, n=1, cutoff=0)[0]]


def _words(folded: str) -> str:
    """A name without series, numbers, and whether it is a virtual or a bare machine."""
    return re.sub(r"\d+", "0", _SERIES.sub("#", re.sub(r"^[vb]m\.", "*.", folded)))


def _slips(text: str, other: str) -> int:
    """How many letters must be inserted, removed or changed to get from one text to the other."""
    if abs(len(text) - len(other)) > _SLIPS:
        return _SLIPS + 1
    row = list(range(len(other) + 1))
    for above, letter in enumerate(text):
        diagonal, row[0] = row[0], above + 1
        for column, expected in enumerate(other, start=1):
            changed = diagonal + (letter != expected)
            diagonal, row[column] = row[column], min(changed, row[column] + 1, row[column - 1] + 1)
    return row[-1]
