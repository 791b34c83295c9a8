"""How verbs print: JSON documents, coloured text, answers of model servers, notes, and what is going on."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable

import click

from reconciler.cli.output import streams
from reconciler.cli.output.terminal import is_dumb, is_terminal, use_colours, width
from reconciler.report.style import ANSI, PLAIN, Style, clean, indented

printed_documents: list[object] = []
"""The JSON documents that were printed: with `--format json`, a program that reads stdout expects one."""


def print_document(data: object) -> None:
    """Print data as JSON. Every JSON document goes through here: its text is printable ASCII, and no part of
    it is a command of GitHub's runner, so that no stream has to change it.
    """
    click.echo(json.dumps(data, indent=2).replace("##[", r"\u0023#[").replace("\x7f", r"\u007f"))
    printed_documents.append(data)


def print_lines(lines: Callable[[Style], Iterable[str]], *, err: bool = False) -> None:
    """Print text for people on stdout, or with `err` on stderr; in colours where that can show them."""
    colours = use_colours(err=err)
    for line in lines(ANSI if colours else PLAIN):
        click.echo(line, err=err, color=colours)


def print_answer(text: str) -> None:
    """Print the answer of a model server. JSON keeps its meaning: what must not be printed is escaped the
    way JSON does it. In any other text the stream escapes it.
    """
    click.echo(_escaped_json(text) if _is_json(text) else text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _escaped_json(text: str) -> str:
    """The same JSON, with invisible characters and workflow commands escaped. Both can only be in strings."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")

    def escaped(match: re.Match[str]) -> str:
        character = match.group()
        if is_unicode and character.isprintable():
            return character
        units = character.encode("utf-16-be", "surrogatepass").hex()
        return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    return _UNUSUAL.sub(escaped, text).replace("##[", r"\u0023#[")


_UNUSUAL = re.compile(r"[^\n\r\t -~]")
"""Anything but printable ASCII and the white space of JSON (RFC 8259 §2)."""


def say(message: str) -> None:
    """Tell a person at a terminal what is going on; each message replaces the one before."""
    if _can_redraw():
        _redraw(clean(message)[: width()])


def hush() -> None:
    """Remove the last message of `say` from the terminal."""
    if _can_redraw():
        _redraw("")


def note(message: str) -> None:
    """Print on stderr something that is worth knowing and changes nothing. It stays there."""
    hush()
    click.echo(f"note: {indented(message)}", err=True)


def warn(title: str, message: str) -> None:
    """Print on stderr what somebody should look at; in GitHub Actions also on the page of the run."""
    note(message)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from reconciler.report.findings import warning_command

        streams.write_workflow_command(warning_command(title, message))


def _can_redraw() -> bool:
    return is_terminal(sys.stderr) and not is_dumb()


def _redraw(text: str) -> None:
    screen = streams.Screen(sys.stderr)
    screen.write(f"\r\x1b[2K{text}")
    screen.flush()
