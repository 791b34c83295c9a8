"""docs/validate.md has every rule of the table, each with what it says of a case of the corpus.
UPDATE_GOLDEN=1 writes it.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module

import pytest

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules import checking
from reconciler.triton.rules.rule import Fault, Repository, Rule
from reconciler.triton.rules.table import RULES
from tests.corpus.case import topics
from tests.corpus.judged import judged
from tests.support.workspace import CHECKOUT

PAGE = CHECKOUT / "docs" / "validate.md"
BEGIN = "<!-- The rules, written by tests/docs/test_validate_page.py -->\n"
LONGEST = 220


def test_the_page_has_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    said = first_faults(monkeypatch)
    by_hand, begin, _ = PAGE.read_text().partition(BEGIN)
    assert begin
    page = by_hand + begin + "".join(f"{line}\n" for line in table(said))
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def first_faults(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Fault]:
    """Of each rule, by its name, the shortest that it says of a case."""
    said: dict[str, Fault] = {}

    def noting(rule: Rule) -> Rule:
        def check(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
            for fault in rule.check(model, repository):
                before = said.get(rule.name)
                if before is None or (len(fault.what), fault.what) < (len(before.what), before.what):
                    said[rule.name] = fault
                yield fault

        return replace(rule, check=check)

    monkeypatch.setattr(checking, "RULES", [noting(rule) for rule in RULES])
    for cases in topics().values():
        for case in cases:
            judged(case)
    return said


def table(said: Mapping[str, Fault]) -> Iterator[str]:
    section = ""
    for rule in RULES:
        module = import_module(rule.check.__module__)
        if section != module.__name__:
            section = module.__name__
            title = (module.__doc__ or "").split(" (")[0].split(".")[0].split(":")[0]
            yield from (
                "",
                f"## {' '.join(title.split())}",
                "",
                "| rule | it says, for example | source |",
                "| --- | --- | --- |",
            )
        fault = said[rule.name]
        word = "" if fault.severity == "error" else f"{fault.severity}: "
        yield f"| `{rule.name}` | {word}{plain(fault.what)} | {plain(rule.source)} |"


def plain(text: str) -> str:
    """As one cell."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return " ".join(cut.split()).replace("|", "\\|").replace("<", "&lt;")
