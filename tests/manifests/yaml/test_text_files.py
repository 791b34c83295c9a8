"""The place of a character in a text, whatever ends its lines."""

import pytest

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import location_at
from reconciler.manifests.yaml.text_files import decode


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places(end: str) -> None:
    text = f"one{end}two{end}{end}thrée!"
    assert location_at(text, text.index("!"), "f") == Location("f", 4, 6)
    assert location_at(text, text.index("two"), "f") == Location("f", 2, 1)
    assert location_at(text, 0, "f") == Location("f", 1, 1)
    assert location_at(text, len(text), "f") == Location("f", 4, 7)


@pytest.mark.parametrize(
    "data", [b"a: b\rc: \x08", b"a: b\rc: \xff", b"\xef\xbb\xbfa: b\nc: \xff", b"\xef\xbb\xbfa:\nc: \xef\xbb"]
)
def test_what_is_wrong_stands_where_it_is(data: bytes) -> None:
    problem = decode(data, "f")
    assert isinstance(problem, Finding)
    assert problem.where == Location("f", 2, 4)
