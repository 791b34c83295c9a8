"""A patch of a manifest is a JSON merge patch (RFC 7386), and every value of the result knows its place."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.overlays.merging import merged
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.tree import Node, plain, scalars
from tests.support.examples import examples
from tests.support.merge_patch import reference

KEYS = st.sampled_from(["a", "b", "c", "d"])
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["x", "y z", ""])
VALUES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4), max_leaves=9
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4)

RFC = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""Examples of its appendix A, of those whose patch is an object."""


def tree(value: Any, lines_before: int = 0) -> Node:
    (document,), findings = parse("\n" * lines_before + json.dumps(value, indent=1), "file.yaml")
    assert findings == []
    return document.root


@pytest.mark.parametrize(("target", "patch", "result"), RFC)
def test_the_examples_of_the_rfc(target: Any, patch: Any, result: Any) -> None:
    assert reference(target, patch) == result
    assert plain(merged(tree(target), tree(patch))) == result


@settings(max_examples=examples(40))
@given(TABLES, TABLES)
def test_every_patch_does_what_the_rfc_says(target: dict[str, Any], patch: dict[str, Any]) -> None:
    assert plain(merged(tree(target), tree(patch))) == reference(target, patch)


@settings(max_examples=examples(20))
@given(TABLES, TABLES)
def test_every_value_knows_its_place(target: dict[str, Any], patch: dict[str, Any]) -> None:
    """Also where both have the same: the patch stands below the target, and says what holds."""
    above = json.dumps(target, indent=1)
    text = f"{above}\n{json.dumps(patch, indent=1)}"
    lines = text.split("\n")
    for scalar in scalars(merged(tree(target), tree(patch, above.count("\n") + 1))):
        found, _ = json.JSONDecoder().raw_decode(lines[scalar.line - 1][scalar.column - 1 :])
        assert found == scalar.value


@settings(max_examples=examples(10))
@given(TABLES)
def test_a_patch_with_nothing_in_it_changes_nothing(target: dict[str, Any]) -> None:
    assert merged(tree(target), tree({})) == tree(target)
