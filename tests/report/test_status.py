"""The status of deployments as a table and as JSON."""

import pytest

from reconciler.core.model.live import State
from reconciler.core.model.status import Status
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
