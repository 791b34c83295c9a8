"""Whether a problem says where it is, inside of the file, in words that can be printed."""

import re
from collections.abc import Iterable

from reconciler.core.model.findings import Finding, Location

LONGEST = 3000
"""Characters of a message, its advice among them."""

LINE_END = re.compile(r"\r\n|\n|\r")


def check_problems(problems: Iterable[Finding], texts: dict[str, str]) -> None:
    """`texts` are files by the path that problems name; a place in any other has to be its whole."""
    lines = {path: LINE_END.split(text) for path, text in texts.items()}
    for problem in problems:
        assert problem.what.strip(), problem
        assert len(problem.what) + len(problem.advice) < LONGEST, f"{len(str(problem))} characters"
        str(problem).encode("utf-8", "surrogateescape")  # names of files may be any bytes
        check_place(problem.where, lines.get(problem.where.path))


def check_place(where: Location, lines: list[str] | None) -> None:
    if lines is None or where.line == 0:
        assert (where.line, where.column) == (0, 0) or lines is None, where
        return
    assert 1 <= where.line <= len(lines), f"{where} of {len(lines)} lines"
    longest = len(lines[where.line - 1]) + 1
    assert 1 <= where.column <= longest, f"{where} of {longest} columns"
