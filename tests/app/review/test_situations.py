"""Reviewed is what is applied: what may come between the two, and how each ends."""

from pathlib import Path

import pytest

from reconciler.report.plan.compared import compared_lines, comparison_document
from reconciler.report.plan.json import plan_document
from reconciler.report.style import PLAIN
from tests.support.reviewed_situations import (
    APPLIED,
    ROWS,
    Row,
    Story,
    blocked_now,
    nothing_to_do,
    taken_back,
)
from tests.support.schemas import fits_schema


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.situation)
def test_each_ends_as_the_table_says(row: Row, tmp_path: Path) -> None:
    story = Story(tmp_path / "reviewed")
    plan = row.story(story)
    assert plan.sends is (row.story not in (blocked_now, nothing_to_do, taken_back))
    comparison = story.compare(plan)
    told = "\n".join(compared_lines(comparison, PLAIN))
    assert comparison.covered is (row.ends == APPLIED), told
    assert [words for words in row.told if words not in told] == [], told
    assert bool(comparison_document(comparison)["differences"]) is not comparison.covered
    if not comparison.covered:
        fits_schema(plan_document(plan, comparison=comparison), "plan.v1.json")


def test_the_table_has_each_situation_once() -> None:
    assert len({row.situation for row in ROWS}) == len(ROWS) >= 20
    assert len({row.story for row in ROWS}) == len(ROWS)
