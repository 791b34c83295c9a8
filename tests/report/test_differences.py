"""The comment that says why a merged change was not applied: golden, hostile, and never too long."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model.errors import Failed
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.review.compared import ReviewedPlan, compare_with_reviewed
from reconciler.report.comment.differences import LARGEST, differences_comment
from reconciler.report.markup.fitting import MAX_BYTES
from reconciler.report.plan.compared import compared_lines
from reconciler.report.plan.compared_markdown import above_the_plan
from reconciler.report.plan.json import plan_document
from reconciler.report.plan.markdown import plan_markdown
from reconciler.report.style import PLAIN
from tests.report.conftest import HOSTILE
from tests.support.reviews import all_groups, new_content

TAGS = re.compile(r"<[^>]*>")


def compared(plan: Plan, *reviewed: Plan) -> dict[str, Any]:
    """What `plan --compare --format json` prints."""
    named = [ReviewedPlan(f"reviewed/{41 + at}/plan.json", one) for at, one in enumerate(reviewed)]
    return plan_document(plan, comparison=compare_with_reviewed(plan, named))


def otherwise_reviewed() -> dict[str, Any]:
    """All that differs at once: another image, one field not seen, and a deployment that nobody saw."""
    plan = all_groups()
    (item,) = plan.deployments
    changes = tuple(
        replace(change, new=f"{change.new}-rc1") if change.field == "spec.image" else change
        for change in item.changes
        if change.field != "metadata.labels.stage"
    )
    reviewed = replace(plan, deployments=(replace(item, changes=changes),))
    more = tuple(replace(one, name="another") for one in new_content().deployments if one.steps)
    return compared(replace(plan, deployments=(*more, item)), reviewed)


def test_golden(golden: Callable[[str, str], None]) -> None:
    golden(differences_comment(otherwise_reviewed()), "comment-differences.md")


def test_golden_text(golden: Callable[[str, str], None], made) -> None:
    plan = made("downtime_allowed")
    reviewed = [
        ReviewedPlan("41/plan.json", made("renamed_version")),
        ReviewedPlan("42/plan.json", None, "no"),
    ]
    lines = compared_lines(compare_with_reviewed(plan, reviewed), PLAIN)
    golden("\n".join(lines) + "\n", "compared.txt")


def test_a_covered_plan_has_nothing_to_do_about_it() -> None:
    plan = all_groups()
    text = differences_comment(compared(plan, plan))
    assert "the plan is what was reviewed" in text
    assert "What to do" not in text


def test_nothing_of_a_plan_acts_as_markup(made) -> None:
    """Neither of the plan, nor of what claims to have been reviewed."""
    plan = made("hostile")
    forged = replace(plan, target=HOSTILE, owner=HOSTILE, deployments=plan.deployments[:1])
    named = [ReviewedPlan(HOSTILE, forged), ReviewedPlan(f"{HOSTILE}/2", None, HOSTILE)]
    comparison = compare_with_reviewed(plan, named)
    assert len(comparison.unreviewed) > 4
    document = plan_document(plan, comparison=comparison) | {"target": HOSTILE}
    for text in (differences_comment(document), above_the_plan(comparison)):
        assert set(TAGS.findall(text)) <= {
            f"<{slash}{name}>" for slash in ("", "/") for name in ("code", "details", "summary")
        }
        plain = re.sub("&#[0-9]+;", "", text)
        assert not re.search(r"@g|www\.h|`|\]\(|\x1b|::|##\[", plain)
        lines = [line.lstrip() for line in plain.splitlines() if line]
        assert {line[:1] for line in lines} <= {"#", "*", "-", "T", "<"}


def times(document: dict[str, Any], number: int) -> dict[str, Any]:
    """The same, as if so many deployments were in it."""
    one = document["comparison"]["differences"][0]
    many = [{**one, "deployment": f"deployment-{at}"} for at in range(number)]
    return {**document, "comparison": {**document["comparison"], "differences": many}}


@pytest.mark.parametrize("number", [1000, 9000])
def test_it_always_fits_and_counts_what_is_missing(number: int) -> None:
    text = differences_comment(times(otherwise_reviewed(), number))
    assert LARGEST * 0.9 < len(text.encode()) <= LARGEST
    shown = text.count("**deployment-")
    hidden = re.search(r"\*\*([0-9,]+) more differences not shown", text)
    assert hidden is not None
    assert shown + int(hidden[1].replace(",", "")) == number
    assert "What to do now" in text


def test_above_a_plan_it_leaves_room_for_the_plan(many) -> None:
    plan = many(60)
    above = above_the_plan(compare_with_reviewed(plan, ()))
    assert len(above.encode()) <= MAX_BYTES // 2
    whole = above + plan_markdown(plan, room=MAX_BYTES - len(above.encode()))
    assert len(whole.encode()) <= MAX_BYTES
    assert whole.startswith("**Compared: no plan was reviewed")


def test_a_long_difference_is_cut() -> None:
    document = otherwise_reviewed()
    for one in document["comparison"]["differences"]:
        one["words"], one["reviewed"] = "x" * 100_000, ["y" * 100_000] * 1000
    assert len(differences_comment(document).encode()) <= LARGEST


@pytest.mark.parametrize("wrong", [None, [], "x", 1])
def test_a_document_without_a_comparison_is_no_reason_for_a_comment(wrong: object) -> None:
    with pytest.raises(Failed, match="reconcile plan --compare"):
        differences_comment({"target": "prod", "comparison": wrong})


@pytest.mark.parametrize("wrong", [None, "x", 1, [1, None, "x"], {"a": 1}])
def test_a_damaged_comparison_is_shown_as_far_as_it_goes(wrong: object) -> None:
    comparison = {"covered": wrong, "differences": wrong, "reviewed": wrong}
    assert "nothing was applied" in differences_comment({"target": "prod", "comparison": comparison})
