"""Which commit the manifests are at, and what they were at another, from the git repository around them.

It reads and never writes, and no credentials leave it: a remote URL loses them here.
"""

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from reconciler.core.errors import Failed
from reconciler.core.spec import Revision

if TYPE_CHECKING:
    from git import Repo

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


def checkout_at(root: Path, commit: str, destination: Path) -> Path | None:
    """The files of another commit in `destination`, an empty folder, as a checkout would make them; the place
    in there that `root` has in its repository. Neither the work tree nor the index is touched, and pointers
    of Git LFS stay pointers: their content is not fetched.

    None when `root` is in no repository, or this clone does not have the commit: a name that git does not
    know, or a commit that a shallow clone left out. Raises Failed when it cannot be written.
    """
    try:
        import git
    except ImportError:
        return None
    try:
        with git.Repo(root, search_parent_directories=True) as repository:
            top = Path(str(repository.working_tree_dir)).resolve()
            place = destination / root.resolve().relative_to(top)
            return place if _write_tree(repository, commit, destination) else None
    except (git.InvalidGitRepositoryError, git.NoSuchPathError, ValueError):
        return None
    except git.GitCommandError as error:
        reason = str(error.stderr).strip()
        raise Failed(f"the files of commit {commit} cannot be written to {destination}: {reason}") from error


def _write_tree(repository: "Repo", commit: str, destination: Path) -> bool:
    """By an index of its own. It is git that writes, so paths that lead out of the folder are refused."""
    found = _commit(repository, commit)
    if found is None:
        return False
    run = repository.git
    with TemporaryDirectory() as folder:
        index = str(Path(folder) / "index")
        with run.custom_environment(GIT_INDEX_FILE=index, GIT_LFS_SKIP_SMUDGE="1"):
            run.read_tree("--no-sparse-checkout", found)
            run.checkout_index("--all", "--ignore-skip-worktree-bits", f"--prefix={destination.resolve()}/")
    return True


def _commit(repository: "Repo", name: str) -> str | None:
    """The full name of a commit that is here. The name may come from a tag of the cloud: it is no option."""
    if not _NAME.fullmatch(name):
        return None
    status, found, _ = repository.git.rev_parse(
        "--verify", "--quiet", f"{name}^{{commit}}", with_extended_output=True, with_exceptions=False
    )
    return str(found) if status == 0 else None


def _branch(repository: "Repo") -> str:
    head = repository.head
    if not head.is_detached:
        return str(head.ref.name)
    # A pull request is checked out detached in GitHub Actions, which tells its branch in the environment.
    return os.environ.get("GITHUB_HEAD_REF") or os.environ.get("GITHUB_REF_NAME", "")


def _remote(repository: "Repo") -> str:
    remotes = repository.remotes
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


_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")
"""Commits, tags and branches, and no git expression."""
