"""An error as JSON: its kind, its message, and the exit code that it stands for."""

from typing import assert_never

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import Exit, ReconcilerError

API_VERSION = "reconciler.oci/error.v1"


def error_document(kind: str, message: str, code: Exit) -> dict[str, Json]:
    """The document that is printed where there is no other result (schemas/error.v1.json)."""
    return {"apiVersion": API_VERSION, "error": error_words(kind, message, code)}


def error_part(error: ReconcilerError) -> Json:
    """One of our errors as a part of another document."""
    return error_words(type(error).__name__, str(error), error.exit_code)


def error_words(kind: str, message: str, code: Exit) -> Json:
    """An error as a part of another document."""
    return {"kind": kind, "message": message, "exitCode": code.value, "meaning": _meaning(code)}


def _meaning(code: Exit) -> str:
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
