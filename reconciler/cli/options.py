"""Options and arguments that several verbs share, and how verbs talk to people and programs."""

import json
import os
import re
import sys
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from reconciler.cli import streams, unexpected
from reconciler.report.style import clean, indented

if TYPE_CHECKING:
    from reconciler.app.workspace import Workspace
    from reconciler.core.model.configuration import Pairs
    from reconciler.core.model.target import Target

F = TypeVar("F", bound=Callable[..., Any])


class Place(click.Path):
    """A path that somebody gave. The empty one, as an unset variable of a shell leaves it, is none: it would
    mean the current folder.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(path_type=Path, **given)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Fails when it is empty, or no path of this system."""
        text = os.fspath(value)
        if not text:
            self.fail("the path is empty", param, ctx)
        if "\0" in text:
            self.fail("no path has a NUL in it", param, ctx)
        try:
            return super().convert(value, param, ctx)
        except OSError as error:
            self.fail(f"{click.format_filename(text)}: {error.strerror}", param, ctx)


class NewFile(Place):
    """A file to write, where `-` is none: it would become a file of that name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Fails for `-`, too."""
        if os.fspath(value) == "-":
            self.fail("- is no file: choose one; to print there is --format json", param, ctx)
        return super().convert(value, param, ctx)


class Verbs(click.Group):
    """Verbs of which the nearest one is named for one that there is not."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that is asked for. Fails with the nearest ones."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            nearest = get_close_matches(name, known, NEAREST)
            advice = f"Did you mean {' or '.join(nearest)}?" if nearest else f"There are {', '.join(known)}."
            ctx.fail(f"No such command '{name}'. {advice}")
        return super().resolve_command(ctx, args)


NEAREST = 3
"""Most words that are offered instead of one that is wrong."""


class Word(click.types.StringParamType):
    """A word that somebody gave. The empty one, as an unset variable of a shell leaves it, means nothing: of
    a target it would mean the default.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word as it is. Fails when it is empty."""
        if not value:
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


paths = click.argument("paths", nargs=-1, type=Place())
target = click.option(
    "-t",
    "--target",
    type=Word(),
    metavar="TARGET",
    help="A target of reconciler.yaml (default: the local emulator).",
)


class ValueOption(click.types.StringParamType):
    """`values.NAME=TEXT`, as a pair of the place below `values` and the text."""

    name = "values.NAME=TEXT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The pair. Fails for what names no value."""
        if isinstance(value, tuple):
            return value
        place, equals, text = str(value).partition("=")
        if not equals or not _PLACE.fullmatch(place):
            self.fail(f"{place!r}: write values.NAME=TEXT, such as values.tag=1.2.3", param, ctx)
        return place.removeprefix("values."), text


_PLACE = re.compile(r"values(\.[\w-]+)+")

given = click.option(
    "--set",
    "given",
    type=ValueOption(),
    multiple=True,
    metavar="values.NAME=TEXT",
    help="A value for {{ values.NAME }} in manifests, in place of the target's; it is text, of which "
    "`| int` makes a number. May be given several times.",
)


def formats(*names: str) -> Callable[[F], F]:
    """`--format`, with the first name as the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="How to print the result.",
    )


def open_workspace(target: str | None, given: "Pairs" = ()) -> "tuple[Workspace, Target]":
    """The repository around the current folder, and a target. From here on what nobody foresees is told
    without the secrets of its manifests.
    """
    from reconciler.app.workspace import open_workspace as find

    workspace, chosen = find(target, given)
    unexpected.shown = workspace.redaction.text
    return workspace, chosen


def document(data: object) -> None:
    """Print data as JSON: the only way to do it. All of it is printable ASCII, and none of it is a command of
    GitHub's runner, so no stream changes it.
    """
    click.echo(json.dumps(data, indent=2).replace("##[", r"\u0023#[").replace("\x7f", r"\u007f"))
    told.append(data)


told: list[object] = []
"""The documents that were printed: a program that reads stdout expects one."""


def answer(text: str) -> None:
    """Print what a model server said. JSON means the same in any spelling, so it stays whole; other text is
    shown as far as it can be seen.
    """
    click.echo(_plain(text) if _is_json(text) else text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _plain(text: str) -> str:
    """The same JSON with what is not seen, or would be a command, escaped: only strings can hold it."""
    whole = (sys.stdout.encoding or "").lower().startswith("utf")

    def escaped(found: re.Match[str]) -> str:
        character = found.group()
        if whole and character.isprintable():
            return character
        units = character.encode("utf-16-be", "surrogatepass").hex()
        return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    return _UNUSUAL.sub(escaped, text).replace("##[", r"\u0023#[")


_UNUSUAL = re.compile(r"[^\n\r\t -~]")
"""All that is not printable ASCII, or a blank of JSON (RFC 8259 §2)."""


def say(message: str) -> None:
    """What is going on: for a person only, over the line before on a terminal, silent elsewhere."""
    if _can_be_redrawn():
        _redraw(clean(message)[: _width()])


def hush() -> None:
    """Clear what `say` left on the line."""
    if _can_be_redrawn():
        _redraw("")


def note(message: str) -> None:
    """Something worth knowing that changes nothing; on stderr, and it stays there."""
    hush()
    click.echo(f"note: {indented(message)}", err=True)


def _can_be_redrawn() -> bool:
    return is_terminal(sys.stderr) and not dumb()


def _redraw(text: str) -> None:
    screen = streams.Screen(sys.stderr)
    screen.write(f"\r\x1b[2K{text}")
    screen.flush()


def _width() -> int:
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stderr.fileno()).columns)
    except (OSError, ValueError):
        columns = 80
    return max(20, columns - 1)


def colour(*, err: bool = False) -> bool:
    """Whether to colour what goes to stdout, or with `err` to stderr. NO_COLOR wins (no-color.org), then
    FORCE_COLOR, of which 0 means none (force-color.org; chalk); else a terminal that can.
    """
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced:
        return forced.lower() not in ("0", "false")
    return is_terminal(sys.stderr if err else sys.stdout) and not dumb()


def dumb() -> bool:
    """Whether a terminal can only be written to, line by line (terminfo)."""
    return os.environ.get("TERM", "") in ("", "dumb", "unknown")


def is_terminal(stream: TextIO) -> bool:
    """Whether this stream is one."""
    try:
        return stream.isatty()
    except (OSError, ValueError):
        return False
