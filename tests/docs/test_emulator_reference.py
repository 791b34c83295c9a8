"""docs/emulator/reference.md is what the emulator says of itself, and what it says is shown by tests."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.cli.arguments import parse
from datascience_emulator.faults.orders import Fault
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.reference.behaviours import BEHAVIOURS
from datascience_emulator.reference.describe import document
from datascience_emulator.reference.guide import FAULTS, HOME, OPTIONS
from datascience_emulator.reference.refusals import REFUSALS, Refusal
from reconciler.cli.verbs.emulator import start
from tests.support.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_the_emulator_says() -> None:
    page = (ROOT / "docs/emulator/reference.md").read_text()
    assert page == document(), (
        "write it anew: python -m datascience_emulator.reference.describe > docs/emulator/reference.md"
    )


def test_each_behaviour_is_shown_by_a_test() -> None:
    shown = {name for path in (ROOT / "tests").rglob("test_*.py") for name in names_shown(path)}
    assert shown == {one.id for one in BEHAVIOURS}


def sections() -> dict[str, str]:
    """The text of each section of docs/service.md, and of each row of its table 0, by number."""
    service = (ROOT / "docs/service.md").read_text()
    rows = {number: row for row, number in re.findall(r"^(\| (0\.\d+) \|.*)$", service, re.MULTILINE)}
    parts = re.split(r"^##+ (\d+(?:\.\d+)?)\.? ", service, flags=re.MULTILINE)
    return rows | dict(zip(parts[1::2], parts[2::2], strict=True))


def cited(text: str) -> set[str]:
    """Sections of docs/service.md. Of other standards, which stand with a number ("ECMA-48 §8"), none."""
    return set(re.findall(r"(?<!\d )§(\d+(?:\.\d+)*)", text))


@pytest.mark.parametrize("table", [BEHAVIOURS, REFUSALS], ids=["behaviours", "refusals"])
def test_each_section_that_is_cited_is_there(table: tuple[Any, ...]) -> None:
    assert {section for one in table for section in cited(one.source)} <= sections().keys()


def test_each_section_that_the_code_cites_is_there() -> None:
    there = sections().keys()
    lost = {
        f"{path.relative_to(ROOT)}: §{section}"
        for package in ("reconciler", "datascience_emulator")
        for path in (ROOT / package).rglob("*.py")
        for section in cited(path.read_text()) - there
    }
    assert lost == set()


@pytest.mark.parametrize("one", [one for one in REFUSALS if one.verified], ids=lambda one: one.id)
def test_a_verified_refusal_has_its_code_in_a_section_that_it_cites(one: Refusal) -> None:
    there = sections()
    assert any(one.code in there[section] for section in cited(one.source)), one.source


def test_the_links_lead_somewhere() -> None:
    heads = re.findall(r"^##+ (.+)$", document(), re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}
    assert set(re.findall(r"\]\(#([^)]+)\)", document())) <= anchors
    for file, anchor in re.findall(r"\]\(([\w./-]+\.md)(?:#([\w-]+))?\)", document()):
        text = (ROOT / "docs/emulator" / file).read_text()
        assert not anchor or f"\n## {anchor.capitalize()}\n" in text


def test_the_options_are_those_of_both_commands() -> None:
    options = {name.split()[0] for name in OPTIONS}
    assert options == {option for one in start.params for option in one.opts}
    assert options == {f"--{name}" for name in vars(parse(["start"]))} - {"--verb", "--format", "--readings"}


def test_the_faults_are_those_that_can_be_ordered() -> None:
    assert FAULTS.keys() == set(Fault)


def test_the_home_is_what_lies_there(tmp_path: Path) -> None:
    """Of an emulator that has no process of its own, and so no note of where it is and of its options."""
    running = Emulator(tmp_path, Immediate())
    try:
        files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        folders = {path.name for path in tmp_path.iterdir() if path.is_dir()} - {"oci"}
    finally:
        running.close()
    of_a_process = {"emulator.json", "options.json", "start.lock"}
    assert files - {"state.sqlite-wal", "state.sqlite-shm"} | folders == HOME.keys() - of_a_process


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
