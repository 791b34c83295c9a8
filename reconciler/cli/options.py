"""Options and arguments that several verbs share, and how verbs talk to a person."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

paths = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
target = click.option(
    "-t", "--target", metavar="TARGET", help="A target of reconciler.yaml (default: the local emulator)."
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


def say(message: str) -> None:
    """What is going on: for a person only, over the line before on a terminal, silent elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[2K{message[: _width()]}", err=True, nl=False)


def hush() -> None:
    """Clear what `say` left on the line."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[2K", err=True, nl=False)


def _width() -> int:
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stderr.fileno()).columns)
    except (OSError, ValueError):
        columns = 80
    return max(20, columns - 1)


def colour() -> bool:
    """Whether to colour what goes to stdout: a terminal, and neither NO_COLOR nor a dumb one."""
    if os.environ.get("FORCE_COLOR"):
        return True
    dumb = os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not dumb and not os.environ.get("NO_COLOR")
