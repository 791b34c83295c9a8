"""Text that we print and did not write does nothing: neither to a terminal nor to GitHub's runner.

What is allowed is said here once, for everything that goes to a standard stream; it changes no meaning, and
of JSON as `options.document` writes it nothing at all.
"""

import re

from reconciler.report.style import Paint, clean_lines

_OURS = re.compile(rf"(\x1b\[(?:0|{'|'.join(Paint)})m)")
"""The colours that we use ourselves, which foreign text may have too: they do no harm."""

_AT_START = re.compile(r"((?:\A|(?<=[\r\n]))\s*):(?=:)")
_ANYWHERE = re.compile(r"##(?=\[)")


def shown(text: str) -> str:
    """Text with its lines, tabs and our colours; any other control character is escaped."""
    if text.isprintable():
        return text
    return "".join(part if number % 2 else clean_lines(part) for number, part in enumerate(_OURS.split(text)))


class Commandless:
    """What is written bit by bit to a log of GitHub Actions, without its workflow commands: there a line that
    starts with `::` after blanks is one, and `##[` anywhere in a line (actions/runner, ActionCommand.cs,
    TryParseV2 and TryParse). A blank inside takes the meaning away and leaves it to be read.
    """

    def __init__(self) -> None:
        self._before = ""

    @property
    def at_start(self) -> bool:
        """Whether the next text begins a line."""
        return not self._before

    def __call__(self, text: str) -> str:
        """The next piece; what went out before counts."""
        whole = self._before + text
        made = _ANYWHERE.sub("## ", _AT_START.sub(r"\1: ", whole))
        written = len(self._before)
        self._remember(whole)
        return made[written:]

    def _remember(self, whole: str) -> None:
        """As much of the last line as may be the beginning of a command."""
        line = re.split(r"[\r\n]", whole)[-1]
        begun = line.lstrip()
        if begun in ("", ":"):
            self._before = " " * (begun != line) + begun
        else:
            self._before = f"x{line[-2:]}"
