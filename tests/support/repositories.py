"""Git repositories that tests make."""

import subprocess
from pathlib import Path

AUTHOR = ("-c", "user.name=tests", "-c", "user.email=tests@example.com")
PLAIN = ("-c", "core.compression=0", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main")
"""Model files hardly compress, and nothing of the person's who runs this counts."""


def git(root: Path, *arguments: str) -> str:
    """What git says; raises when it fails."""
    command = ["git", *AUTHOR, *PLAIN, *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, message: str = "x") -> str:
    """Put everything into a commit; its hash."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)
    return git(root, "rev-parse", "HEAD")
