"""Findings of manifests as text, as JSON, and as annotations."""

import json

import pytest

from reconciler.core.model.findings import Finding, Location, Severity
from reconciler.report.findings import annotation, few_notices, finding_lines, findings_document

FINDINGS = (
    Finding(Location("manifests/a,b:c.yaml", 3, 7), "100% wrong", "Do this\r\nor that"),
    Finding(Location("manifests/d.yaml"), "not UTF-8"),
)


def test_lines() -> None:
    assert finding_lines(FINDINGS) == [
        "manifests/a,b:c.yaml:3:7: 100% wrong",
        "    Do this",
        "    or that",
        "manifests/d.yaml: not UTF-8",
        "2 problems in 2 files.",
    ]
    assert finding_lines([]) == []


def test_problems_come_after_warnings_and_are_counted_alone() -> None:
    warning = Finding(Location("manifests/e.yaml"), "odd", severity=Severity.WARNING)
    lines = finding_lines([FINDINGS[1], warning, warning])
    assert lines[0] == "manifests/e.yaml: warning: odd"
    assert lines[-2:] == ["manifests/d.yaml: not UTF-8", "1 problem in 1 file, and 2 warnings."]


def test_of_many_warnings_few_are_told_and_every_danger() -> None:
    warning = Finding(Location("a"), "odd", severity=Severity.WARNING)
    danger = Finding(Location("b"), "unnoticed", severity=Severity.DANGER)
    assert few_notices([warning, danger], 1) == ([danger, warning], "")
    assert few_notices([warning] * 1002 + [danger], 1) == (
        [danger, warning],
        "1,001 more warnings: see `reconcile validate`",
    )
    assert few_notices([warning, warning], 1)[1] == "1 more warning: see `reconcile validate`"


def test_a_warning_is_not_called_a_problem() -> None:
    warning = Finding(Location("a"), "odd", severity=Severity.WARNING)
    assert annotation(warning) == "::warning file=a,title=Manifest warning::odd"


@pytest.mark.parametrize("findings", [(), FINDINGS])
def test_document(findings, validate) -> None:
    document = findings_document(findings, 3)
    validate(document, "validate.v1.json")
    assert document["valid"] is (not findings)
    assert json.loads(json.dumps(document))["ok"] == 3


def test_annotations_are_escaped() -> None:
    assert [annotation(finding) for finding in FINDINGS] == [
        "::error file=manifests/a%2Cb%3Ac.yaml,line=3,col=7,title=Manifest problem::"
        "100%25 wrong%0ADo this%0Aor that",
        "::error file=manifests/d.yaml,title=Manifest problem::not UTF-8",
    ]


def undone(text: str) -> str:
    for code, sign in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_annotations_come_back_as_they_were() -> None:
    head, _, message = annotation(FINDINGS[0])[2:].partition("::")
    assert undone(message) == "100% wrong\nDo this\nor that"
    assert undone(head.split(",")[0]) == "error file=manifests/a,b:c.yaml"
