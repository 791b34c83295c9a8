"""The core schema of YAML 1.2, and what is refused before it can cost time or memory."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model.configuration import Json
from reconciler.manifests.yaml.core_schema import resolve
from reconciler.manifests.yaml.parser import MOST_VALUES, parse
from reconciler.manifests.yaml.tree import Listing, Scalar, Table, follow, plain


def only(text: str) -> Json:
    documents, problems = parse(text, "file.yaml")
    assert problems == []
    (document,) = documents
    return plain(document.root)


def refused(text: str) -> str:
    _, problems = parse(text, "file.yaml")
    assert len(problems) == 1
    return str(problems[0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("off", "off"), ("y", "y"),
        ("true", True), ("TRUE", True), ("False", False), ("tRue", "tRue"),
        ("null", None), ("~", None), ("", None), ("NULL", None), ("nil", "nil"),
        ("12", 12), ("-7", -7), ("+3", 3), ("007", 7), ("0o17", 15), ("0x1F", 31), ("0b11", "0b11"),
        ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("2026-01-01", "2026-01-01"),
        ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("-1.5E-2", -0.015), ("1.2.3", "1.2.3"),
        (".inf", math.inf), ("-.INF", -math.inf), ("-", "-"), (".", "."), ("9" * 41, "9" * 41), ("=", "="),
    ],
)  # fmt: skip
def test_core_schema(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_without_libyaml_all_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x [no, 0o17, 'é']\nb: {c: *x}\n---\n- |\n  x\n"
    with_libyaml = parse(text, "file.yaml")
    monkeypatch.delattr("yaml.CBaseLoader")
    assert parse(text, "file.yaml") == with_libyaml
    assert "tab" in refused("a:\n\tb: 1\n")
    assert "template without quotes" in refused("a: {{ x }}")
    assert "escape" in refused('a: "\\ud800"')


def test_quotes_and_blocks_are_text() -> None:
    assert only("a: 'no'\nb: \"1\"\nc: |\n  1\nd: !!str 1\n") == {"a": "no", "b": "1", "c": "1\n", "d": "1"}


def test_every_value_knows_its_place() -> None:
    (document,), _ = parse("a:\n  - x\n  - b: é\n    c: {d: 1}\n", "file.yaml")
    assert str(document.location(follow(document.root, ("a", 1, "c", "d")))) == "file.yaml:4:12"
    table = follow(document.root, ("a", 1))
    assert isinstance(table, Table)
    assert str(document.location(table.fields["c"])) == "file.yaml:4:5"


def test_several_documents_and_windows_line_ends() -> None:
    documents, problems = parse("a: 1\r\n---\r\nb: 2\r\n", "file.yaml")
    assert problems == []
    assert [plain(document.root) for document in documents] == [{"a": 1}, {"b": 2}]


def test_aliases_stand_for_values() -> None:
    assert only("a: &x [1]\nb: *x\n") == {"a": [1], "b": [1]}


def test_documents_before_a_mistake_are_kept() -> None:
    documents, problems = parse("a: 1\n---\nb: [\n", "file.yaml")
    assert [plain(document.root) for document in documents] == [{"a": 1}]
    assert len(problems) == 1


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "a:\n "])
def test_depth_costs_nothing(opening: str) -> None:
    started = time.thread_time()
    _, problems = parse(opening * 200_000, "file.yaml")
    assert problems
    assert time.thread_time() - started < 5


def test_aliases_cannot_multiply() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    started = time.thread_time()
    assert f"{MOST_VALUES:,}" in refused("\n".join(lines))
    assert time.thread_time() - started < 5


@pytest.mark.parametrize(
    "text",
    ["a: &a {b: *a}", "a: !!python/name:os.system x", "a: !x 1", '"\\0": 1', 'a: "\\0"', "*a: 1", "[a]: 1"],
)
def test_refused(text: str) -> None:
    assert refused(text)


@given(st.text())
def test_any_text_gives_documents_or_problems(text: str) -> None:
    documents, problems = parse(text, "file.yaml")
    for document in documents:
        assert isinstance(document.root, Scalar | Listing | Table)
    for problem in problems:
        assert problem.what


@given(st.text(alphabet="{}[]:,-?&*!|>'\"%@`#~ \n\tab1.{{}}", max_size=60))
def test_any_punctuation_gives_documents_or_problems(text: str) -> None:
    parse(text, "file.yaml")


@pytest.mark.parametrize("links", [2, 3, 60])
def test_aliases_do_not_nest_deeper_than_brackets_may(links: int) -> None:
    lines = ["a0: &a0 x", *(f"a{n}: &a{n} {'[' * 20}*a{n - 1}{']' * 20}" for n in range(1, links + 1))]
    assert "file.yaml:3:29: nested deeper than 40 levels" in refused("\n".join(lines))


def test_aliases_may_nest_as_deep_as_brackets() -> None:
    value = only(f"a: &a {'[' * 19}x{']' * 19}\nb: {'{b: ' * 20}*a{'}' * 20}")
    assert isinstance(value, dict)


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_line_ends_of_yaml_1_1_are_refused_where_they_stand(character: str) -> None:
    assert f"file.yaml:2:5: holds U+{ord(character):04X}" in refused(f"a: é\nb: x{character}y\nc: *")
    escape = f"\\u{ord(character):04x}"
    assert only(f'a: "{escape}"') == {"a": character}


@pytest.mark.parametrize(
    ("text", "place"),
    [("$:\n.", "2:2"), ("a: b\nc: [", "2:5"), ("a: 'x\n\n", "3:1"), ("- a\n- 'b", "2:5"), ("? !\rx", "2:2")],
)
def test_what_is_wrong_at_the_end_has_a_place_in_the_file(text: str, place: str) -> None:
    assert refused(text).startswith(f"file.yaml:{place}: ")


def test_a_value_that_is_left_out_at_the_end_has_a_place_in_the_file() -> None:
    documents, _ = parse("a: 1\n---", "file.yaml")
    assert documents[1].root[1:3] == (2, 4)


@pytest.mark.parametrize("text", ["a: !{} x", "a: *{}", "{}: 1\n{}: 2", "1{}: 2"])
def test_messages_are_short_whatever_a_name_is(text: str) -> None:
    assert len(refused(text.replace("{}", "1" * 30 + "x" * 50_000 if "*" in text else "1" * 50_000))) < 300
