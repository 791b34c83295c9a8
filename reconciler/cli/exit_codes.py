"""Runs a command from its first word to its exit code. Errors are told on stderr, and with `--format json` as
a document on stdout too.
"""

import logging
import os
import re
import sys
import threading
from itertools import pairwise
from typing import Any

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli.output import printing, streams
from reconciler.cli.output.printing_findings import print_findings
from reconciler.cli.unexpected_errors import is_debugging, unexpected_error_lines
from reconciler.cli.verb_list import cli
from reconciler.core.model.errors import Exit, InvalidManifests, ReconcilerError
from reconciler.report.style import clean, indented


def run_command() -> int:
    """Run a verb, with safe standard streams and with signals that end it tidily."""
    with streams.safe_standard_streams(), ends_at_once("interrupted"):
        _silence_libraries()
        return run()


def run() -> int:
    """Run a verb, and give its exit code."""
    printing.printed_documents.clear()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        return Exit.FAILED
    except Exception as error:
        return _tell_error(error)
    return code if isinstance(code, int) else Exit.DONE


def _tell_error(error: Exception) -> int:
    """Print an error; the exit code that belongs to it."""
    printing.hush()
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
            text = _print_unexpected(error)
    if _json_is_wanted(sys.argv[1:]) and not printing.printed_documents:
        _print_error_document(error, text, code)
    return code


def _print_error(text: str) -> str:
    text = _with_relative_paths(text)
    click.echo(f"error: {indented(text)}", err=True)
    return text


def _print_unexpected(error: BaseException) -> str:
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


def _json_is_wanted(words: list[str]) -> bool:
    """Whether the command line asks for JSON. It looks at the words alone, because a command line that cannot
    be parsed may ask for it too.
    """
    words = words[: words.index("--")] if "--" in words else words
    return "--format=json" in words or ("--format", "json") in pairwise(words)


def _print_error_document(error: Exception, text: str, code: Exit) -> None:
    from reconciler.report.errors import error_document

    try:
        printing.print_document(error_document(_kind(error), text, code))
    except ReconcilerError:
        return  # stdout cannot be written to, and that is what the error says already


def _kind(error: Exception) -> str:
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


def _silence_libraries() -> None:
    """Keep threads and loggers of libraries from printing tracebacks of their own."""
    if is_debugging():
        return
    logging.getLogger().addHandler(logging.NullHandler())
    threading.excepthook = _tell_error_of_thread
    sys.unraisablehook = lambda _: None


def _tell_error_of_thread(failure: Any) -> None:
    if failure.exc_value is not None and not isinstance(failure.exc_value, SystemExit):
        _print_unexpected(failure.exc_value)
