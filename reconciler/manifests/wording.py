"""Words and names in messages: the nearest known word, a list of words, a text on one line."""

from collections.abc import Sequence
from difflib import get_close_matches

from reconciler.core.model.text import cut

LONGEST_SHOWN = 60


def nearest(word: str, known: Sequence[str]) -> str:
    """`Did you mean …?`, or nothing when no known word is near."""
    lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    return f"Did you mean '{lower[close[0]]}'?" if close else ""


def short(text: str) -> str:
    """A text on one line, cut where it would fill the screen."""
    flat = " ".join(text.split()) if text.strip() else text
    return cut(flat, LONGEST_SHOWN)


def listed(words: Sequence[str]) -> str:
    """`a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
