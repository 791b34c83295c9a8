"""A command from its first word to its exit code: what goes wrong is told on stderr, and with `--format json`
as a document on stdout.
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
from reconciler.cli import options, streams
from reconciler.cli.unexpected import debugging, unexpected
from reconciler.cli.verbs import cli
from reconciler.core.model.errors import Exit, InvalidManifests, ReconcilerError
from reconciler.report.style import clean, indented


def run_command() -> int:
    """Run a verb with the standard streams and signals as they should be."""
    with streams.standard(), ends_at_once("interrupted"):
        _hush_libraries()
        return run()


def run() -> int:
    """Run a verb; its exit code."""
    options.told.clear()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        return Exit.FAILED
    except Exception as error:
        return _told(error)
    return code if isinstance(code, int) else Exit.DONE


def _told(error: Exception) -> int:
    """Tell an error; the exit code that it stands for."""
    options.hush()
    match error:
        case InvalidManifests():
            tell_problems(error)
            code, text = error.exit_code, str(error)
        case ReconcilerError():
            code, text = error.exit_code, _say(str(error))
        case click.ClickException():
            code, text = Exit.FAILED, error.format_message()
            error.show()
        case OSError() if not isinstance(error, ImportError):
            code, text = Exit.FAILED, _say(_of_system(error))
        case _:
            text = "\n".join(lines := [clean(line) for line in unexpected(error)])
            code = Exit.FAILED
            for line in lines:
                click.echo(line, err=True)
    if _json_is_wanted(sys.argv[1:]) and not options.told:
        _tell_document(error, text, code)
    return code


def _say(text: str) -> str:
    text = _from_here(text)
    click.echo(f"error: {indented(text)}", err=True)
    return text


def _from_here(text: str) -> str:
    """The text with what lies below the current folder named from there, as a person would."""
    here = re.escape(_here().rstrip("/"))
    return re.sub(rf"(?<![\w./-]){here}/(?=[^/\s])", "", text) if here else text


def _of_system(error: OSError) -> str:
    """What the system said. A folder that is gone is nobody's file."""
    if error.filename is None and not _here():
        return "the current folder does not exist any more, or cannot be read: go to one that does"
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    return f"{place}{streams.why(error)}"


def _here() -> str:
    """The current folder; empty when there is none any more."""
    try:
        return os.getcwd()  # noqa: PTH109 - as text, which may be no path of ours
    except OSError:
        return ""


def tell_problems(error: InvalidManifests) -> None:
    """Every problem on stderr; in GitHub Actions as annotations too."""
    from reconciler.report.problems import annotation, problem_lines

    for line in problem_lines(error.findings):
        click.echo(line, err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for problem in error.findings:
            streams.workflow_command(annotation(problem))


def _json_is_wanted(words: list[str]) -> bool:
    """By the words alone: a command line that cannot be read may say so too."""
    words = words[: words.index("--")] if "--" in words else words
    return "--format=json" in words or ("--format", "json") in pairwise(words)


def _tell_document(error: Exception, text: str, code: Exit) -> None:
    from reconciler.report.problems import failure_document

    kind = type(error).__name__ if isinstance(error, ReconcilerError) else _kind(error)
    try:
        options.document(failure_document(kind, text, code))
    except ReconcilerError:
        return  # stdout cannot be written to, which is what the error says


def _kind(error: Exception) -> str:
    match error:
        case click.ClickException():
            return "UsageError"
        case OSError():
            return "SystemError"
        case _:
            return "Unexpected"


def _hush_libraries() -> None:
    """Threads and loggers of libraries print tracebacks of their own, past everything."""
    if debugging():
        return
    logging.getLogger().addHandler(logging.NullHandler())
    threading.excepthook = _of_thread
    sys.unraisablehook = lambda _: None


def _of_thread(told: Any) -> None:
    if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
        for line in unexpected(told.exc_value):
            click.echo(clean(line), err=True)
