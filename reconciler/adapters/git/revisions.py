"""The revisions of the repository around the manifests: what a name stands for, what came before it, and what
it holds that is not in it. It reads and never writes.
"""

from collections.abc import Sequence
from pathlib import Path

from reconciler.adapters.git.command import GitAnswer, NoAnswer, ask_git
from reconciler.adapters.git.repository import is_name, repository_around
from reconciler.core.model.errors import Failed, quoting


def commit_of(root: Path, revision: str) -> str | None:
    """The commit that a person names: by its hash, a branch, a tag, or an expression of git such as HEAD~1.
    None when this clone has none of that name, or `root` is in no repository.
    """
    top = repository_around(root)
    if top is None or "\0" in revision:
        return None
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    answer = _asked(top, *words)
    commit = answer.out.strip()
    # An expression that leaves a commit out is given back with a mark before it.
    return commit if answer.code == 0 and is_name(commit) else None


def is_in_history(root: Path, commit: str) -> bool:
    """Whether what is checked out comes after this commit, or is it. Not so when this clone lacks it."""
    top = repository_around(root)
    if top is None or not is_name(commit):
        return False
    return _asked(top, "merge-base", "--is-ancestor", commit, "HEAD").code == 0


def changes_before(
    root: Path, commit: str, paths: Sequence[str], most: int, after: Sequence[str] = ()
) -> list[str]:
    """The commits up to this one, itself among them, that changed something at these paths below `root`: the
    newest first, at most so many, none of them in the history of those in `after`. What was merged counts as
    one change, by the merge.
    """
    top = repository_around(root)
    if top is None:
        return []
    specs = [f":(top,literal){path}" for path in from_top(root, top, paths)]
    words = ("log", "--first-parent", "--format=%H", f"--max-count={most}", commit)
    return _told(top, *words, *(f"^{one}" for one in after), "--", *specs).splitlines()


def first_parents(root: Path, commit: str, most: int) -> list[str]:
    """This commit and those before it, always by the first parent, so that what was merged counts as one:
    newest first, at most so many. Raises Failed when this clone does not have the commit.
    """
    top = repository_around(root)
    if top is None or not is_name(commit):
        return []
    return _told(top, "rev-list", "--first-parent", f"--max-count={most}", commit, "--").splitlines()


def submodules(root: Path, commit: str) -> list[str]:
    """The paths, from the top of the repository, at which this commit has another repository: only its name
    is in the history, and none of its files.
    """
    top = repository_around(root)
    entries = _told(top, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0") if top else []
    return [entry.partition("\t")[2] for entry in entries if entry.startswith("160000 ")]


def from_top(root: Path, top: Path, paths: Sequence[str]) -> list[str]:
    """Paths below `root` as they are from the top of the repository."""
    inside = root.resolve().relative_to(top)
    return [(inside / path).as_posix() for path in paths]


def _told(top: Path, *arguments: str) -> str:
    answer = _asked(top, *arguments)
    if answer.code:
        raise quoting(Failed(f"git does not tell the history: {answer.reason}"), answer.reason)
    return answer.out


def _asked(top: Path, *arguments: str) -> GitAnswer:
    try:
        return ask_git(top, *arguments)
    except NoAnswer as reason:
        raise quoting(Failed(f"git does not tell the history: {reason}"), reason) from reason
