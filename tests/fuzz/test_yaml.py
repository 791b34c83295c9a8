"""YAML 1.2: any bytes become documents, or problems with a place in them, for a price that is bounded."""

from pathlib import Path

from hypothesis import strategies as st

from reconciler.core.model.findings import Finding, Location
from reconciler.manifests.yaml.parser import DEEPEST_NESTING, MOST_VALUES, parse
from reconciler.manifests.yaml.text_files import decode
from reconciler.manifests.yaml.tree import Node, Scalar, Table
from tests.fuzz import yaml_texts
from tests.fuzz.corpus import yaml_files
from tests.fuzz.mutation import mutated, repeated, sometimes
from tests.fuzz.places import LINE_END, check_place, check_problems
from tests.fuzz.target import Target, fuzz, guided

NAME = "any.yaml"


def judge(data: bytes) -> object:
    text = decode(data, NAME)
    if isinstance(text, Finding):
        check_problems([text], {NAME: data.decode("utf-8-sig", "replace")})
        return text
    documents, problems = parse(text, NAME)
    check_problems(problems, {NAME: text})
    lines = LINE_END.split(text)
    for document in documents:
        check_tree(document.root, lines)
    return documents, problems


def check_tree(root: Node, lines: list[str]) -> None:
    """Its size and its depth are bounded, aliases followed; it is where it says, and can be written."""
    todo, seen = [(root, 1)], 0
    while todo:
        node, depth = todo.pop()
        seen += 1
        assert seen <= MOST_VALUES
        assert depth <= DEEPEST_NESTING + 1, f"{depth} levels"
        check_place(Location(NAME, node.line, node.column), lines)
        if isinstance(node, Scalar):
            str(node.value).encode()
        elif isinstance(node, Table):
            todo += [(field.node, depth + 1) for field in node.fields.values()]
        else:
            todo += [(item, depth + 1) for item in node.items]


YAML = Target(judge, yaml_files, yaml_texts.WORDS)


def test_any_text() -> None:
    damaged = mutated(yaml_files(), yaml_texts.WORDS)
    fuzz(
        YAML, sometimes(yaml_texts.texts | damaged | st.binary(max_size=60), repeated(yaml_texts.WORDS)), 150
    )


def test_guided(tmp_path: Path) -> None:
    guided("test_yaml:YAML", tmp_path)
