"""docs/emulator.md is what the emulator says of itself, and what it says is shown by tests."""

import ast
from pathlib import Path

from reconciler.emulator.behaviours import BEHAVIOURS
from reconciler.emulator.describe import document

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_the_emulator_says() -> None:
    page = (ROOT / "docs/emulator.md").read_text()
    assert page == document(), "write it anew: python -m reconciler.emulator.describe > docs/emulator.md"


def test_each_behaviour_is_shown_by_a_test() -> None:
    shown = {name for path in (ROOT / "tests").rglob("test_*.py") for name in names_shown(path)}
    assert shown == {one.id for one in BEHAVIOURS}


def names_shown(path: Path) -> list[str]:
    """The arguments of `@pytest.mark.shows(…)` on the tests of a file."""
    return [
        argument.value
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.shows"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
