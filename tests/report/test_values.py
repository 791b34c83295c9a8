"""Single values for people."""

import pytest

from reconciler.report import values
from reconciler.report.markup.escaping import escape
from reconciler.report.values import short_value, value_words


@pytest.mark.parametrize("show", [value_words, short_value, escape])
@pytest.mark.parametrize("text", ["\u202e" * 100_000, "word " * 20_000, "a" * 100_000])
def test_of_a_long_value_no_more_is_looked_at_than_is_shown(show, text, monkeypatch) -> None:
    """What is not printable costs a thousand times what else does."""
    looked_at = []
    monkeypatch.setattr(values, "clean", lambda text: looked_at.append(len(text)) or text)
    shown = show(text)
    assert "characters)" in shown or len(shown) <= values.LONGEST_CELL
    assert max(looked_at) <= 4000


def test_a_long_value_tells_how_long_it_is() -> None:
    assert value_words("a" * 1000) == f"{'a' * 200}… (1,000 characters)"
    assert value_words("\n" * 900) == value_words("\n" * 900)[:200] + "… (1,802 characters)"
    assert value_words("a" * 200) == "a" * 200
