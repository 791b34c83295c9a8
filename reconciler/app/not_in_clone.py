"""What is said of revisions that this clone does not have, and how they come here. It only asks git."""

import re
from pathlib import Path

from reconciler.adapters.git.repository import Clone, clone_around

_COMMIT = re.compile("[0-9a-f]{7,64}")
"""What is no commit may come from a tag that somebody wrote, and never becomes part of a command to copy."""


def not_in_clone(root: Path, revision: str) -> str:
    """That a revision is not in the clone around this folder, and what to do about it."""
    lacking = f"revision {revision} is not in this clone"
    match clone_around(root):
        case Clone.NONE:
            return f"{lacking}: this folder is in no git repository"
        case Clone.SHALLOW:
            fetch = "git fetch --unshallow brings it; in a workflow, actions/checkout with fetch-depth: 0"
            return f"{lacking}, which is shallow: {fetch}"
        case Clone.WHOLE if _COMMIT.fullmatch(revision):
            return f"{lacking}: git fetch origin {revision} brings it, if it was pushed"
        case Clone.WHOLE:
            return f"{lacking}: git fetch brings what was pushed"


def older_missing(root: Path) -> str:
    """That older commits are not in the clone around this folder, and how they come; empty when all are."""
    if clone_around(root) is not Clone.SHALLOW:
        return ""
    return "this clone is shallow, so older commits are not here: git fetch --unshallow brings them"
