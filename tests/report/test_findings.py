"""Findings of manifests as text, as JSON, and as annotations."""

import json

import pytest

from reconciler.core.model.findings import Finding, Location
from reconciler.report.findings import annotation, finding_lines, findings_document

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
