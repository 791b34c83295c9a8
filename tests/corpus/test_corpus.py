"""`validate` says of every case of the corpus what the real server said of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules import checking
from reconciler.triton.rules.rule import Fault, Repository, Rule
from reconciler.triton.rules.table import RULES
from tests.corpus.case import Case, topics, verdicts_of
from tests.corpus.judged import deliberate, disagreements, judged

CASES = [
    pytest.param(topic, case, id=f"{topic}-{case.name}")
    for topic, cases in topics().items()
    for case in cases
]


@pytest.mark.parametrize(("topic", "case"), CASES)
def test_validate_says_what_the_server_said(topic: str, case: Case) -> None:
    verdict = verdicts_of(topic)[case.name]
    ours = judged(case)
    differs = disagreements(case, verdict, ours)
    assert bool(differs) == (case.name in deliberate()), (differs, verdict, ours.findings)


def test_every_verdict_is_of_a_case() -> None:
    for topic, cases in topics().items():
        assert sorted(verdicts_of(topic)) == sorted(case.name for case in cases)


def test_no_two_cases_have_one_name() -> None:
    names = [case.name for cases in topics().values() for case in cases]
    assert sorted(names) == sorted(set(names))
    assert set(deliberate()) <= set(names)


def test_every_rule_finds_something_in_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    found: set[str] = set()

    def noting(rule: Rule) -> Rule:
        def check(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
            for fault in rule.check(model, repository):
                found.add(rule.name)
                yield fault

        return replace(rule, check=check)

    monkeypatch.setattr(checking, "RULES", [noting(rule) for rule in RULES])
    for cases in topics().values():
        for case in cases:
            judged(case)
    assert sorted({rule.name for rule in RULES} - found) == []
