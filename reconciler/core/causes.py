"""Whether the cause of a failure passes by itself, so that the very same is worth another try later: the
service has no room now, or is asked too much.

Pure. What to do about it is for the planner and the engine to say.
"""

import re

from reconciler.core.errors import CloudError, StepFailed

PASSING_CODES = frozenset({"LimitExceeded", "QuotaExceeded", "TooManyRequests"})
"""Codes of the service that depend on what else there is at the moment (docs/service.md §5.5)."""

TOO_MANY_REQUESTS, NOT_IMPLEMENTED, SERVER_ERRORS = 429, 501, 500

PASSING_TEXTS = re.compile(
    r"\b(no|out of|not enough|insufficient)\s+(host\s+|available\s+)?capacity\b"
    r"|\blimits?\s+((was|were|is|are|has been|have been)\s+)?exceeded\b"
    r"|\bquotas?\b"
    r"|\btoo many requests\b"
    rf"|\b({'|'.join(sorted(PASSING_CODES))})\b",
    re.IGNORECASE,
)
"""What work requests say of it (docs/service.md §2.2), and the codes where they are quoted."""


def passes_by_itself(told: str | BaseException) -> bool:
    """Whether this error, or the text of one, tells of a cause that passes without anything being changed."""
    match told:
        case str():
            return PASSING_TEXTS.search(told) is not None
        case CloudError(answer=answer):
            return answer.code in PASSING_CODES or _passing_status(answer.status)
        case StepFailed(what=what, trouble=trouble):
            return any(passes_by_itself(text) for text in (what, *trouble.errors))
        case _:
            return False


def _passing_status(status: int) -> bool:
    """0: it never answered."""
    return status in (0, TOO_MANY_REQUESTS) or (status >= SERVER_ERRORS and status != NOT_IMPLEMENTED)
