"""The issue that tells of drift: its text, that it fits, and that nothing in it acts."""

import json

import pytest

from reconciler.report.comment.drift import drift_issue
from reconciler.report.comment.frame import COMMENT_BYTES
from reconciler.report.drift import drift_document
from tests.report.conftest import HOSTILE
from tests.report.test_drift import CASES, every_kind, hostile


@pytest.mark.parametrize("name", [name for name in CASES if name != "nothing"])
def test_golden(golden, name: str) -> None:
    title, text = drift_issue(drift_document(CASES[name]()))
    assert title == "Drift on target prod"
    golden(text, f"issue-drift-{name}.md")


def test_the_document_says_all_that_is_told() -> None:
    """What is told comes from the printed document alone."""
    document = json.loads(json.dumps(drift_document(every_kind())))
    assert drift_issue(document) == drift_issue(drift_document(every_kind()))


def test_it_always_fits_and_counts_what_it_leaves_out() -> None:
    few = drift_document(every_kind())["deployments"]
    for times, said in (
        (100, "Details are left out"),
        (500, "more not shown:** the text would be too long."),
    ):
        _, text = drift_issue({**drift_document(every_kind()), "deployments": few * times})
        assert len(text.encode()) <= COMMENT_BYTES
        assert said in text


def test_it_is_cut_in_unseen_lines_too() -> None:
    document = drift_document(every_kind())
    document["notLookedAt"] = [f"{HOSTILE} {number} " + "x" * 500 for number in range(400)]
    _, text = drift_issue(document)
    assert len(text.encode()) <= COMMENT_BYTES


def test_no_value_acts() -> None:
    document = drift_document(hostile())
    for item in document["deployments"]:
        item.update(why=HOSTILE, notes=[HOSTILE], manifest=HOSTILE)
        item["lastApplied"] = {"revision": "@team", "unknown": HOSTILE}
    _, text = drift_issue(document)
    for sign in ("<b>", "<!--", "](http", "www.h.com", "`a`", "\x1b"):
        assert sign not in text
    words = text.replace("<code>", " <code>").split()
    assert not [word for word in words if word.startswith(("@", "#4", "##[", "::"))]
