"""Text of others that we print controls neither a terminal nor GitHub's runner."""

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from itertools import product
from typing import Any

import pytest

from reconciler.cli.output import printing, streams
from reconciler.cli.output.escaping import WorkflowCommandFilter, escaped
from reconciler.cli.output.streams import SafeStream, Screen
from reconciler.core.model.findings import Finding, Location
from reconciler.report.findings import annotation
from reconciler.report.style import ANSI, Paint


def commands(text: str) -> list[str]:
    """The lines that the runner takes for commands (actions/runner, ActionCommand.cs)."""
    return [line for line in re.split(r"\r\n|\r|\n", text) if second(line) or first(line)]


def second(line: str) -> bool:
    trimmed = line.lstrip(" \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u2003\u2028\u3000")
    return trimmed.startswith("::") and "::" in trimmed[2:]


def first(line: str) -> bool:
    return "##[" in line and "]" in line.partition("##[")[2]


class Written(io.StringIO):
    encoding = "utf-8"


def stream() -> tuple[SafeStream, Written]:
    under = Written()
    return SafeStream(under, lambda error: None, WorkflowCommandFilter()), under


HOSTILE = [
    "::error::x",
    "  \t ::error::x",
    "\xa0\u2003::add-mask::a",
    "a\n::stop-commands::t\n::t::",
    "a\r::error::x",
    "a ##[command]b",
    "##[error]x",
    "###[error]x",
    "##[[error]x]",
    ":::error::x",
    "\n\n :: error::x::",
    "::::",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_workflow_command_passes_however_the_text_is_split(text: str) -> None:
    assert commands(text)
    for cut, again in product(range(len(text) + 1), repeat=2):
        a, b = sorted((cut, again))
        written, under = stream()
        for piece in (text[:a], text[a:b], text[b:]):
            written.write(piece)
        assert commands(under.getvalue()) == []


def test_bytes_are_filtered_too() -> None:
    written, under = stream()
    buffer = written.buffer
    for byte in "é ::x\n::error::ü##[error]\x1b[2J\n".encode():
        buffer.write(bytes([byte]))
    assert under.getvalue() == "é ::x\n: :error::ü## [error]\\x1b[2J\n"


@pytest.mark.parametrize(
    "text", ["a::b", "std::vector", "# [x]", "##x[", "a\nb :: c", "http://[::1]/", "x: y"]
)
def test_text_without_a_command_is_unchanged(text: str) -> None:
    for cut in range(len(text) + 1):
        written, under = stream()
        written.write(text[:cut])
        written.write(text[cut:])
        assert under.getvalue() == text


def test_our_own_command_gets_a_line_of_its_own() -> None:
    written, under = stream()
    written.write("begun")
    written.write_command("::error file=a::b")
    written.write("::error::c\n")
    assert commands(under.getvalue()) == ["::error file=a::b"]
    assert under.getvalue() == "begun\n::error file=a::b\n: :error::c\n"


def test_a_finding_cannot_add_commands_to_its_annotation() -> None:
    hostile = "x\n::stop-commands::t\r::error::y\x1b[2J\u202e ##[error]"
    told = annotation(Finding(Location(f"a{hostile}", 1, 2), hostile, hostile))
    written, under = stream()
    written.write_command(told)
    assert commands(under.getvalue()) == [told]
    assert told.isprintable()


SEEN = "a\tb\nc é 漢 ✓ 🙂"
UNSEEN = "\x00\x07\x08\x0b\x0c\x0e\x1b\x7f\x80\x9b\x9d\u200b\u200e\u202a\u202e\u2066\u2069\u2028\ufeff\ud800"


def test_only_lines_tabs_and_our_colours_reach_a_terminal() -> None:
    assert escaped(SEEN) == SEEN
    coloured = ANSI("x", Paint.BAD)
    assert escaped(coloured) == coloured
    for character in UNSEEN:
        told = escaped(f"a{character}b\n")
        assert told.isascii()
        assert told[:-1].isprintable()
    for sequence in (
        "\x1b[2J",
        "\x1b]8;;http://x\x07link\x1b]8;;\x07",
        "\x1b[8m",
        "\x1b[38;5;1m",
        "\r\x1b[K",
    ):
        assert "\x1b" not in escaped(sequence)
        assert "\r" not in escaped(sequence)
    assert escaped("a\r\nb\rc") == "a\nb\\rc"


def test_drawing_on_the_screen_is_unchanged() -> None:
    written, under = stream()
    Screen(written).write("\r\x1b[2Kworking")
    assert under.getvalue() == "\r\x1b[2Kworking"


def printed(tell: Callable[[Any], None], said: Any, encoding: str = "utf-8") -> str:
    written, under = stream()
    under.encoding = encoding
    with redirect_stdout(written):
        tell(said)
    return under.getvalue()


DATA = {
    "a": [
        "::error::x",
        " ::x::",
        "##[command]y",
        "###[",
        "\x1b[2J\x7f\x9b\u202e\u2028\ud800 é 🙂",
        "\n::x::\r",
    ]
}


def test_documents_are_unchanged() -> None:
    text = printed(printing.print_document, DATA)
    assert json.loads(text) == DATA
    assert commands(text) == []
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [None, 1])
def test_an_answer_in_json_keeps_its_meaning(ascii_only: bool, indent: int | None) -> None:
    data = json.loads(json.dumps(DATA).replace("\\ud800", "?"))
    text = printed(printing.print_answer, json.dumps(data, ensure_ascii=ascii_only, indent=indent))
    assert json.loads(text) == data
    assert commands(text) == []
    assert ("é" in text) is not ascii_only


def test_an_answer_in_json_keeps_its_meaning_in_ascii() -> None:
    text = printed(printing.print_answer, json.dumps(["é🙂"], ensure_ascii=False), "ascii")
    assert text.isascii()
    assert json.loads(text) == ["é🙂"]


def test_any_other_answer_is_escaped() -> None:
    text = printed(printing.print_answer, "a\n::error::b\x1b[2J\t\x00c")
    assert text == "a\n: :error::b\t\\x00c\n"
    deep = "[" * 10_000
    assert printed(printing.print_answer, deep) == f"{deep}\n"


def test_the_lines_of_an_error_cannot_look_like_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.cli import exit_codes
    from reconciler.core.model.errors import Failed

    written, under = stream()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setattr("sys.argv", ["reconcile"])
    assert (
        exit_codes._tell_error(Failed("the service said: no\nerror: all is lost\n    and more\n::error::x"))
        == 1
    )
    assert under.getvalue() == (
        "error: the service said: no\n    error: all is lost\n    and more\n    : :error::x\n"
    )


def test_a_workflow_command_without_our_stream_is_printed_too(capsys: pytest.CaptureFixture[str]) -> None:
    streams.write_workflow_command("::error::x")
    assert capsys.readouterr().err == "::error::x\n"
