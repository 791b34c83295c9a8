"""How what we post is found again, and which of two runs may write: pure rules about the first two lines of a
text.

<!-- reconcile:plan:prod -->
<!-- commit 0123…, run 42 -->
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_MADE_FOR = re.compile(r"<!-- commit ([0-9a-f]{40,64}), run ([0-9]{1,18}) -->")


class PostKind(StrEnum):
    """What is posted. A plan and problems take one another's place, and so do a result and differences: what
    holds is the newest.
    """

    PLAN = "plan"
    RESULT = "result"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class MadeFor:
    """The commit and the number of the run that a text was made for."""

    commit: str
    run: int


def marker(kind: PostKind, target: str) -> str:
    """The first line of what is posted, by which it is found again."""
    return f"<!-- reconcile:{kind}:{target} -->"


def headed(kind: PostKind, target: str, made: MadeFor, text: str) -> str:
    """The text with the lines in front by which it is found, and told from older ones."""
    return f"{marker(kind, target)}\n<!-- commit {made.commit}, run {made.run} -->\n{text}"


def made_for(body: str) -> MadeFor | None:
    """What a text was made for; None when it does not say."""
    lines = body.splitlines()
    match = _MADE_FOR.fullmatch(lines[1].strip()) if len(lines) > 1 else None
    return MadeFor(match[1], int(match[2])) if match else None


def may_replace(there: MadeFor | None, ours: MadeFor, head: str) -> bool:
    """Whether our text may take the place of the one that is there. What is made for the branch's newest
    commit, `head`, always may. Of two that are out of date, the later run's stays.
    """
    if there is None or ours.commit == head:
        return True
    return there.commit != head and there.run <= ours.run
