"""`validate` says of every case of the corpus what the real server said of it."""

import pytest

from tests.corpus.case import Case, topics, verdicts_of
from tests.corpus.judged import deliberate, disagreements, judged
from tests.corpus.told import ALL_RULES, told

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


def test_every_rule_tells_something_of_a_case() -> None:
    """A rule of which nobody is ever told says what another one says."""
    assert [rule.name for rule in ALL_RULES if rule.name not in told()] == []


def test_no_two_rules_have_one_name() -> None:
    names = [rule.name for rule in ALL_RULES]
    assert sorted(names) == sorted(set(names))
