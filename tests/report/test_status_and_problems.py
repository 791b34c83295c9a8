"""Rows of deployments, and problems of manifests."""

import json

import pytest

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.live import State
from reconciler.core.model.status import Status
from reconciler.report.findings import annotation, finding_lines, findings_document
from reconciler.report.status import status_document, status_lines

ROWS = (
    Status(
        "vision",
        "ocid1.deployment.1",
        State.ACTIVE,
        "http://localhost:1/ocid1.deployment.1/predict",
        "",
        "image:1",
        "2",
        frozenset({("resnet", 2), ("densenet_onnx", 1), ("resnet", 10)}),
        "0123456789abcdef",
        ("the last try failed: no capacity\x1b[2J", "protected"),
    ),
    Status(
        "falcon",
        "ocid1.deployment.2",
        State.FAILED,
        "",
        "no capacity\nleft \x1b[2J",
        "image",
        "1 to 4",
        None,
        "",
    ),
)
PROBLEMS = (
    Finding(Location("manifests/a,b:c.yaml", 3, 7), "100% wrong", "Do this\r\nor that"),
    Finding(Location("manifests/d.yaml"), "not UTF-8"),
)


def test_table(golden) -> None:
    golden("\n".join(status_lines(ROWS)) + "\n", "status.txt")
    assert all(line.isprintable() for line in status_lines(ROWS))


def test_no_rows() -> None:
    assert status_lines([]) == ["No deployments."]


@pytest.mark.parametrize("rows", [(), ROWS])
def test_status_document(rows, validate) -> None:
    document = status_document(rows)
    validate(document, "status.v1.json")
    assert [row["name"] for row in document["deployments"]] == [row.name for row in rows]


def test_status_document_keeps_numbers_sorted() -> None:
    assert status_document(ROWS)["deployments"][0]["versions"] == {"densenet_onnx": [1], "resnet": [2, 10]}


def test_problem_lines() -> None:
    assert finding_lines(PROBLEMS) == [
        "manifests/a,b:c.yaml:3:7: 100% wrong",
        "    Do this",
        "    or that",
        "manifests/d.yaml: not UTF-8",
        "2 problems in 2 files.",
    ]
    assert finding_lines([]) == []


@pytest.mark.parametrize("problems", [(), PROBLEMS])
def test_problems_document(problems, validate) -> None:
    document = findings_document(problems, 3)
    validate(document, "validate.v1.json")
    assert document["valid"] is (not problems)
    assert json.loads(json.dumps(document))["ok"] == 3


def test_annotations_are_escaped() -> None:
    assert [annotation(problem) for problem in PROBLEMS] == [
        "::error file=manifests/a%2Cb%3Ac.yaml,line=3,col=7,title=Manifest problem::"
        "100%25 wrong%0ADo this%0Aor that",
        "::error file=manifests/d.yaml,title=Manifest problem::not UTF-8",
    ]


def undone(text: str) -> str:
    for code, sign in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_annotations_come_back_as_they_were() -> None:
    head, _, message = annotation(PROBLEMS[0])[2:].partition("::")
    assert undone(message) == "100% wrong\nDo this\nor that"
    assert undone(head.split(",")[0]) == "error file=manifests/a,b:c.yaml"
