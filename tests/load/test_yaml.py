"""YAML 1.2's core schema, and what is refused before it can cost anything."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.values import Json
from reconciler.load.tree import Listing, Scalar, Table, follow, plain
from reconciler.load.yaml12 import MOST_VALUES, parse, resolve


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
