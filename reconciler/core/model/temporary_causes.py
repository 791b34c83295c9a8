"""Whether the cause of a failure passes by itself, so that the same thing is worth another try later: the
service has no room now, or gets too many requests.

What to do about it is for the planner and the engine to say.
"""

import re

from reconciler.core.model.errors import CloudError, RolledBack, StepFailed, StepRefused

PASSING_CODES = frozenset({"LimitExceeded", "QuotaExceeded", "TooManyRequests"})
"""Codes of the service that depend on what else there is at the moment (docs/service.md §5.5)."""

TOO_MANY_REQUESTS, NOT_IMPLEMENTED, SERVER_ERRORS = 429, 501, 500

PASSING_TEXTS = re.compile(
    r"\b(no capacity for the specified shape|out of (host )?capacity)\b"
    r"|\bservice limits? (was|were) exceeded\b"
    r"|\bcompartment quotas? (was|were|has been) exceeded\b"
    rf"|\b({'|'.join(sorted(PASSING_CODES))})\b",
    re.IGNORECASE,
)
"""What the service says of such causes (docs/service.md §2.2, §5.5), and its codes where they are quoted.
No more than that: a model server may complain of limits of its own.
"""


def passes_by_itself(error: str | BaseException) -> bool:
    """Whether an error, or what the service says of one, tells of a cause that passes without anything being
    changed.
    """
    match error:
        case str():
            return PASSING_TEXTS.search(error) is not None
        case CloudError(answer=answer) | StepRefused(answer=answer):
            return answer.code in PASSING_CODES or may_pass(answer.status)
        case RolledBack(__cause__=cause) if cause is not None:
            return passes_by_itself(cause)
        case StepFailed(trouble=trouble):
            return any(passes_by_itself(text) for text in trouble.errors)
        case _:
            return False


def temporary_cause_in(text: str) -> str:
    """What a text says of a cause that passes by itself; empty when it says nothing of one."""
    match = PASSING_TEXTS.search(text)
    return match.group() if match else ""


def may_pass(status: int) -> bool:
    """Whether the same request may be answered otherwise later: 429 and 5xx, but 501 stays. The status 0
    stands for no answer at all.
    """
    return status in (0, TOO_MANY_REQUESTS) or (status >= SERVER_ERRORS and status != NOT_IMPLEMENTED)
