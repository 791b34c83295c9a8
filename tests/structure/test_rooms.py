"""The house stays one in which a stranger finds the way: small modules, functions and folders, one name for
one thing. Which room may use which is held by the import contracts in pyproject.toml.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.workspace import CHECKOUT

LINES, LINES_OF_A_FUNCTION, MODULES = 300, 40, 15
PACKAGES = ("reconciler", "datascience_emulator")
MODULES_OF = {package: sorted((CHECKOUT / package).rglob("*.py")) for package in PACKAGES}
ALL = [path for modules in MODULES_OF.values() for path in modules]


def shown(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def definitions(path: Path) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_module_is_long() -> None:
    lengths = {shown(path): len(path.read_text().splitlines()) for path in ALL}
    assert {path: length for path, length in lengths.items() if length > LINES} == {}


def test_no_function_is_long() -> None:
    lengths = {
        f"{shown(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in ALL
        for node in definitions(path)
        if not isinstance(node, ast.ClassDef)
    }
    assert {name: length for name, length in lengths.items() if length > LINES_OF_A_FUNCTION} == {}


def test_no_folder_holds_many_modules() -> None:
    folders: defaultdict[str, int] = defaultdict(int)
    for path in ALL:
        folders[shown(path.parent)] += path.name != "__init__.py"
    assert {folder: number for folder, number in folders.items() if number > MODULES} == {}


def test_no_two_public_classes_of_the_reconciler_have_one_name() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in MODULES_OF["reconciler"]:
        for node in definitions(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(shown(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_path_is_one_of_files(package: str) -> None:
    """`Path` is pathlib's, and nothing else is called so."""
    own = [
        f"{shown(path)}:{node.lineno}"
        for path in MODULES_OF[package]
        for node in definitions(path)
        if node.name == "Path"
    ]
    assert own == []
