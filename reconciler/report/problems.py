"""Problems of manifests as text, JSON, and annotations on a pull request."""

from collections.abc import Sequence
from typing import assert_never

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import Exit
from reconciler.core.model.findings import Finding
from reconciler.report.style import clean, clean_lines
from reconciler.report.values import count

API_VERSION = "reconciler.oci/validate.v1"
ERROR_VERSION = "reconciler.oci/error.v1"


def problem_lines(problems: Sequence[Finding]) -> list[str]:
    """Every problem with its place and advice, and how many there are."""
    lines = [line for problem in problems for line in _lines(problem)]
    if problems:
        files = len({problem.where.path for problem in problems})
        lines.append(f"{count(len(problems), 'problem')} in {count(files, 'file')}.")
    return lines


def _lines(problem: Finding) -> list[str]:
    """Advice is indented on every line: what comes from a manifest must not look like another message."""
    advice = [f"    {clean(line)}" for line in problem.advice.splitlines()]
    return [clean(f"{problem.where}: {problem.what}"), *advice]


def problems_document(problems: Sequence[Finding], ok: int) -> dict[str, Json]:
    """The result of `validate` as data (schemas/validate.v1.json); `ok` is how many manifests are fine."""
    return {
        "apiVersion": API_VERSION,
        "valid": not problems,
        "ok": ok,
        "problems": [_problem(problem) for problem in problems],
    }


def _problem(problem: Finding) -> dict[str, Json]:
    where = problem.where
    return {
        "file": where.path,
        "line": where.line,
        "column": where.column,
        "what": problem.what,
        "advice": problem.advice,
    }


def failure_document(kind: str, message: str, code: Exit) -> dict[str, Json]:
    """What went wrong as data (schemas/error.v1.json), where there is no other result."""
    return {"apiVersion": ERROR_VERSION, "error": failure(kind, message, code)}


def failure(kind: str, message: str, code: Exit) -> Json:
    """One error: its kind, its message, and the exit code that it stands for, with what that means."""
    return {"kind": kind, "message": message, "exitCode": code.value, "meaning": exit_words(code)}


def exit_words(code: Exit) -> str:
    """What an exit code says."""
    match code:
        case Exit.DONE:
            return "done, or nothing to do"
        case Exit.FAILED:
            return "failed"
        case Exit.DIFFERENCES:
            return "there are differences"
        case Exit.INVALID:
            return "manifests are invalid"
        case Exit.STALE:
            return "the plan is stale: plan again"
        case Exit.REFUSED:
            return "refused by a safety rule"
        case _:
            assert_never(code)


def annotation(problem: Finding) -> str:
    """The workflow command that puts a problem beside its line (GitHub docs, "Workflow commands for GitHub
    Actions", setting an error message).
    """
    where = problem.where
    place = f",line={where.line},col={where.column}" if where.line else ""
    message = clean_lines("\n".join(part for part in (problem.what, problem.advice) if part))
    return f"::error file={_property(clean(where.path))}{place},title=Manifest problem::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as the runner undoes it (actions/toolkit, packages/core/src/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
