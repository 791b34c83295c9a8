"""Makes text of others harmless: it controls neither the terminal nor GitHub's runner.

Everything that goes to a standard stream passes here. JSON as `print_document` writes it stays as it is.
"""

import re

from reconciler.report.style import Paint, clean_lines

_COLOURS = re.compile(rf"(\x1b\[(?:0|{'|'.join(Paint)})m)")
"""The colours that we use ourselves. Text of others may have them too: they do no harm."""

_COMMAND_AT_START = re.compile(r"((?:\A|(?<=[\r\n]))\s*):(?=:)")
_COMMAND_ANYWHERE = re.compile(r"##(?=\[)")


def escaped(text: str) -> str:
    """The text with its lines, tabs and our colours; every other control character is escaped."""
    if text.isprintable():
        return text
    parts = enumerate(_COLOURS.split(text))
    return "".join(part if number % 2 else clean_lines(part) for number, part in parts)


class WorkflowCommandFilter:
    """Takes workflow commands out of text that is written piece by piece to a log of GitHub Actions.

    A line that starts with `::` after white space is a command, and so is `##[` anywhere in a line
    (actions/runner, ActionCommand.cs, TryParseV2 and TryParse). A blank inside makes it ordinary text, which
    people can still read.
    """

    def __init__(self) -> None:
        self._before = ""

    @property
    def at_start(self) -> bool:
        """Whether the next piece begins a line."""
        return not self._before

    def __call__(self, text: str) -> str:
        """The next piece, filtered; a command may have begun in the pieces before."""
        whole = self._before + text
        filtered = _COMMAND_ANYWHERE.sub("## ", _COMMAND_AT_START.sub(r"\1: ", whole))
        written = len(self._before)
        self._remember(whole)
        return filtered[written:]

    def _remember(self, whole: str) -> None:
        """Keep as much of the last line as could be the beginning of a command."""
        line = re.split(r"[\r\n]", whole)[-1]
        begun = line.lstrip()
        if begun in ("", ":"):
            self._before = " " * (begun != line) + begun
        else:
            self._before = f"x{line[-2:]}"
