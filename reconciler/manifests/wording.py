"""Words and names in messages: a list of words, a text on one line."""

from collections.abc import Sequence

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut


def short(text: str) -> str:
    """A text on one line, cut where it would fill the screen."""
    flat = " ".join(text.split()) if text.strip() else text
    return cut(flat, LONGEST_WORD_SHOWN)


def listed(words: Sequence[str]) -> str:
    """`a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
