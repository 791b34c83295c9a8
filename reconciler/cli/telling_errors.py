"""Tells an error on stderr, in the words that its kind has; and what exit code it stands for."""

import os
import re

import click

from reconciler.cli.output import streams
from reconciler.cli.output.printing_findings import print_findings
from reconciler.cli.unexpected_errors import unexpected_error_lines
from reconciler.core.model.errors import Exit, InvalidManifests, ReconcilerError
from reconciler.report.style import clean, indented


def tell_error(error: Exception) -> tuple[Exit, str]:
    """Print an error; the exit code that belongs to it, and what was printed."""
    code = Exit.FAILED
    match error:
        case InvalidManifests():
            print_findings(error.findings)
            code, text = error.exit_code, str(error)
        case ReconcilerError():
            code, text = error.exit_code, _print_error(str(error))
        case click.ClickException():
            text = error.format_message()
            error.show()
        case OSError() if not isinstance(error, ImportError):
            text = _print_error(_system_error_words(error))
        case _:
            text = print_unexpected(error)
    return code, text


def _print_error(text: str) -> str:
    text = _with_relative_paths(text)
    click.echo(f"error: {indented(text)}", err=True)
    return text


def print_unexpected(error: BaseException) -> str:
    """Print an error that no part of the program foresees; what was printed."""
    lines = [clean(line) for line in unexpected_error_lines(error)]
    for line in lines:
        click.echo(line, err=True)
    return "\n".join(lines)


def _with_relative_paths(text: str) -> str:
    """The text, with paths below the current folder as a person would write them: relative to it."""
    folder = re.escape(_current_folder().rstrip("/"))
    return re.sub(rf"(?<![\w./-]){folder}/(?=[^/\s])", "", text) if folder else text


def _system_error_words(error: OSError) -> str:
    """The message of the operating system, with the file if the error names one."""
    if error.filename is None and not _current_folder():
        return "the current folder does not exist any more, or cannot be read: go to one that does"
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    return f"{place}{streams.system_message(error)}"


def _current_folder() -> str:
    """The current folder; empty when it does not exist any more."""
    try:
        return os.getcwd()  # noqa: PTH109 - as text, which need not be a path that we can use
    except OSError:
        return ""


def kind_of(error: Exception) -> str:
    """The kind of an error in the document (schemas/error.v1.json)."""
    match error:
        case ReconcilerError():
            return type(error).__name__
        case click.ClickException():
            return "UsageError"
        case OSError():
            return "SystemError"
        case _:
            return "Unexpected"
