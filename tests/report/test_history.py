"""The history of a deployment, as text and as JSON."""

from reconciler.core.planning.history.history import history_of
from reconciler.core.planning.history.traces import Traces
from reconciler.report.history import history_document, history_lines
from reconciler.report.style import ANSI, PLAIN
from tests.support.pasts import full


def test_golden(golden, validate) -> None:
    found = history_of(full(), 30)
    golden("\n".join(history_lines(found, PLAIN)) + "\n", "history.txt")
    validate(history_document(found), "history.v1.json")


def test_what_is_left_of_nothing(golden, validate) -> None:
    found = history_of(Traces("ghost"), 30)
    golden("\n".join(history_lines(found, ANSI)) + "\n", "history-nothing.txt")
    validate(history_document(found), "history.v1.json")
