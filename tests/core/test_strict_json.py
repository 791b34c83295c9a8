"""JSON that programs read in different ways is refused."""

import pytest

from reconciler.core.strict_json import AmbiguousJson, strict_json


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": {"b": 1, "b": 2}}', "b twice in one object"),
        ('{"a": 1, "\\u0061": 1}', "a twice in one object"),
        ("[NaN]", "NaN for a number"),
        ("[-Infinity]", "-Infinity for a number"),
        ("[-1e400]", "-1e400 for a number"),
    ],
)
def test_what_programs_read_differently_is_refused(text: str, what: str) -> None:
    with pytest.raises(AmbiguousJson, match=f"^{what}$"):
        strict_json(text)


def test_everything_else_is_read() -> None:
    assert strict_json('{"a": [1, 1e300, -0.5, null, true, "1e400"], "b": {"a": {}}}') == {
        "a": [1, 1e300, -0.5, None, True, "1e400"],
        "b": {"a": {}},
    }
