"""The table of docs/reviewed.md is the one whose situations are run."""

from tests.support.reviewed_situations import ROWS
from tests.support.workspace import CHECKOUT


def test_the_table_has_the_situations_that_are_run() -> None:
    page = (CHECKOUT / "docs/reviewed.md").read_text()
    lines = page.split("| what has come between | how it ends | why |\n")[1].split("\n\n")[0].splitlines()[1:]
    assert lines == [f"| {row.situation} | {row.ends} | {row.why} |" for row in ROWS]
