"""The status of deployments as a table and as JSON."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import State
from reconciler.core.model.proof.presence import Presence, Sight, Sighting
from reconciler.core.model.status import Status
from reconciler.report.status import status_document, status_lines

SEEN = Presence(
    (
        Sighting(("densenet_onnx", 1), Sight.SERVED),
        Sighting(("resnet", 2), Sight.MISSING, "404: Request for unknown model"),
        Sighting(("resnet", 10), Sight.SILENT, "no answer: \x1b[2J"),
    )
)
ALL_SEEN = Presence((Sighting(("m", 1), Sight.SERVED), Sighting(("m", 2), Sight.SERVED)))


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
        SEEN,
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
    Status("calm", "ocid1.3", State.ACTIVE, "", "", "x", "1", frozenset({("m", 1)}), "", (), ALL_SEEN),
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


def test_what_a_server_says_is_a_part_of_how_it_is() -> None:
    """What could not be seen makes nothing unhealthy."""
    vision, falcon, calm = status_document(ROWS)["deployments"]
    assert vision["presence"] == {
        "served": {"densenet_onnx": [1]},
        "missing": {"resnet": [2]},
        "unseen": {"resnet": [10]},
        "answers": ["404: Request for unknown model", "no answer: \x1b[2J"],
    }
    assert falcon["presence"] is None
    unseen = replace(ROWS[0], presence=Presence(SEEN.unseen))
    assert [vision["healthy"], calm["healthy"], unseen.healthy] == [False, True, True]
