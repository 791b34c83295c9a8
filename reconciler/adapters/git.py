"""Which commit the manifests are at, from the git repository around them.

It reads and never writes, and no credentials leave it: a remote URL loses them here.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from reconciler.core.spec import Revision

DIRTY = "-dirty"
"""After a commit: the tree has changes that are not in it."""


def revision(root: Path) -> Revision | None:
    """The commit, branch and remote of the repository that `root` is in.

    None when it is in none, when that has no commit yet, or when there is no `git` on this machine: where a
    model came from is worth telling, and never worth failing for.
    """
    try:
        # Imported here: it looks for the git program when it is imported, and raises when there is none.
        import git
    except ImportError:
        return None
    try:
        with git.Repo(root, search_parent_directories=True) as repository:
            # Files that nobody added yet are left out: looking for them costs time in a large tree.
            dirty = DIRTY if repository.is_dirty(untracked_files=False) else ""
            commit = f"{repository.head.commit.hexsha}{dirty}"
            return Revision(commit, _branch(repository), _remote(repository))
    except (git.InvalidGitRepositoryError, git.NoSuchPathError, ValueError):
        return None


def _branch(repository: object) -> str:
    head = repository.head  # type: ignore[attr-defined]  # GitPython is not typed for us
    if not head.is_detached:
        return str(head.ref.name)
    # A pull request is checked out detached in GitHub Actions, which tells its branch in the environment.
    return os.environ.get("GITHUB_HEAD_REF") or os.environ.get("GITHUB_REF_NAME", "")


def _remote(repository: object) -> str:
    remotes = repository.remotes  # type: ignore[attr-defined]
    if not remotes:
        return ""
    named = {remote.name: remote for remote in remotes}
    return without_credentials(str(next(iter(named.get("origin", remotes[0]).urls), "")))


def without_credentials(url: str) -> str:
    """A remote's URL without user, password, query or fragment. The form `git@host:path` carries none."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))
