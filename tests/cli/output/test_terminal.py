"""Colours, with NO_COLOR, FORCE_COLOR and terminals without colours; and what is drawn live."""

import io
import sys

import pytest

from reconciler.cli.output import printing
from reconciler.cli.output.progress import ProgressTeller
from reconciler.cli.output.terminal import use_colours
from reconciler.core.model.live import Project
from reconciler.core.planning.plan import Plan


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("none")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


CASES = [
    ({"TERM": "xterm"}, True, False),
    ({"TERM": "dumb"}, False, False),
    ({"TERM": ""}, False, False),
    ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
    ({"TERM": "xterm", "NO_COLOR": ""}, True, False),
    ({"TERM": "xterm", "FORCE_COLOR": "0"}, False, False),
    ({"TERM": "xterm", "FORCE_COLOR": "false"}, False, False),
    ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ({"TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
]


@pytest.mark.parametrize(("environment", "on_terminal", "elsewhere"), CASES, ids=str)
def test_colours_of_what_is_printed(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    on_terminal: bool,
    elsewhere: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for stream, wanted in ((terminal, on_terminal), (io.StringIO(), elsewhere)):
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        assert use_colours() is wanted
        assert use_colours(err=True) is wanted


@pytest.mark.parametrize(("environment", "coloured", "elsewhere"), CASES, ids=str)
@pytest.mark.parametrize(
    "sizes", [{}, {"COLUMNS": "abc", "LINES": "0"}, {"COLUMNS": "²", "LINES": "-1"}], ids=str
)
def test_colours_of_what_is_drawn_live(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    coloured: bool,
    elsewhere: bool,
    sizes: dict[str, str],
) -> None:
    for name, value in {**environment, **sizes}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    teller = ProgressTeller(Plan("local", "acme", Project("ml", "ocid1.project"), None, ()), "text")
    drawn = environment["TERM"] == "xterm"
    assert (teller._live is not None) is drawn, "a terminal that is only written to gets lines"
    if teller._live is not None:
        console = teller._live.console
        assert console is not None
        assert console.is_terminal
        assert console.no_color is not coloured
        assert console.size.width > 0
        assert console.size.height > 0


def test_a_dumb_terminal_gets_no_line_that_is_redrawn(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    printing.say("working")
    printing.hush()
    assert terminal.getvalue() == ""
    monkeypatch.setenv("TERM", "xterm")
    printing.say("a\x1b[2J\nb")
    assert terminal.getvalue() == "\r\x1b[2Ka\\x1b[2J\\nb"
