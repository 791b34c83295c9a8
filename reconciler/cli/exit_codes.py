"""Runs a command from its first word to its exit code. Errors are told on stderr, and with `--format json` as
a document on stdout too.
"""

import logging
import sys
import threading
from itertools import pairwise
from typing import Any

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli.output import printing, streams
from reconciler.cli.telling_errors import kind_of, print_unexpected, tell_error
from reconciler.cli.unexpected_errors import is_debugging
from reconciler.cli.verb_list import cli
from reconciler.core.model.errors import Exit, ReconcilerError


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
    code, text = tell_error(error)
    if _json_is_wanted(sys.argv[1:]) and not printing.printed_documents:
        _print_error_document(error, text, code)
    return code


def _json_is_wanted(words: list[str]) -> bool:
    """Whether the command line asks for JSON. It looks at the words alone, because a command line that cannot
    be parsed may ask for it too.
    """
    words = words[: words.index("--")] if "--" in words else words
    return "--format=json" in words or ("--format", "json") in pairwise(words)


def _print_error_document(error: Exception, text: str, code: Exit) -> None:
    from reconciler.report.errors import error_document

    try:
        printing.print_document(error_document(kind_of(error), text, code))
    except ReconcilerError:
        return  # stdout cannot be written to, and that is what the error says already


def _silence_libraries() -> None:
    """Keep threads and loggers of libraries from printing tracebacks of their own."""
    if is_debugging():
        return
    logging.getLogger().addHandler(logging.NullHandler())
    threading.excepthook = _tell_error_of_thread
    sys.unraisablehook = lambda _: None


def _tell_error_of_thread(failure: Any) -> None:
    if failure.exc_value is not None and not isinstance(failure.exc_value, SystemExit):
        print_unexpected(failure.exc_value)
