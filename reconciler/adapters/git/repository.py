"""The git repository around the manifests: the commit that is checked out, the files of another commit, and
which files git tracks.

It reads and never writes. No credentials leave it: a remote URL loses them here.
"""

import os
import re
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

from reconciler.adapters.git.command import NoAnswer, ask_git
from reconciler.core.model.errors import Failed, quoting
from reconciler.core.model.spec import Revision

DIRTY = "-dirty"
"""Follows a commit when the work tree has changes that are not in it."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")
"""Commits, tags and branches, and no git expression. The name may come from a tag of the cloud."""


def revision(root: Path) -> Revision | str:
    """The commit, branch and remote of the repository that `root` is in; or why there is none, which is empty
    when `root` is in no repository. Where a model came from is worth telling, and never worth failing for.
    """
    top = repository_around(root)
    if top is None:
        return ""
    try:
        return _revision(top)
    except NoAnswer as reason:
        return str(reason)


def repository_around(root: Path) -> Path | None:
    """The folder at or above `root` that holds a `.git`, without links. It asks no git: that would take files
    that are called as a repository's are, in a folder between the two, for a repository.
    """
    folder = _real(root)
    return next((above for above in (folder, *folder.parents) if os.path.lexists(above / ".git")), None)


def checkout_at(root: Path, commit: str, destination: Path) -> Path | None:
    """The files of another commit in `destination`, an empty folder, as a checkout would make them; the place
    in there that `root` has in its repository. Neither the work tree nor the index is touched, and pointers
    of Git LFS stay pointers: their content is not fetched.

    None when `root` is in no repository, or this clone does not have the commit: a name that git does not
    know, or a commit that a shallow clone left out. Raises Failed when git refuses, or it cannot be written.
    """
    top = repository_around(root)
    if top is None or not is_name(commit):
        return None
    try:
        answer = ask_git(top, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
        if answer.code and not answer.err:
            return None
        _write_tree(top, answer.output().strip(), destination)
    except NoAnswer as reason:
        what = f"the files of commit {commit} cannot be written to {destination}: {reason}"
        raise quoting(Failed(what), reason) from reason
    return destination / _real(root).relative_to(top)


class Clone(Enum):
    """How much of a repository is here."""

    NONE = auto()
    SHALLOW = auto()
    WHOLE = auto()


def clone_around(root: Path) -> Clone:
    """How much of its repository is around `root`; where git does not say, all of it."""
    top = repository_around(root)
    if top is None:
        return Clone.NONE
    try:
        shallow = ask_git(top, "rev-parse", "--is-shallow-repository").out.strip() == "true"
    except NoAnswer:
        return Clone.WHOLE
    return Clone.SHALLOW if shallow else Clone.WHOLE


def tracked(path: Path) -> Path | None:
    """The link on the way to `path`, or else `path` without links, when something at or below it is in the
    index of a repository. None when nothing is, or git does not say.
    """
    written = Path(os.path.abspath(path))  # noqa: PTH100 - a link on the way is one of the things asked for
    links = [above for above in (written, *written.parents) if above.is_symlink()]
    places = (*(_real(link.parent) / link.name for link in links), _real(path))
    return next((place for place in places if _is_tracked(place)), None)


def is_name(word: str) -> bool:
    """Whether this may be the name of a commit, a tag or a branch, and no option of git."""
    return _NAME.fullmatch(word) is not None


def place_in_repository(root: Path) -> tuple[Path, Path] | None:
    """The folder that holds the `.git` around `root`, and the path of `root` in it; None without one."""
    top = repository_around(root)
    return None if top is None else (top, _real(root).relative_to(top))


def without_credentials(url: str) -> str:
    """A remote's URL without user, password, query or fragment. The form `git@host:path` carries none. Empty
    for what is no URL.
    """
    if "://" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))


def _real(path: Path) -> Path:
    """Never fails: links that lead in a circle are left in it."""
    return Path(os.path.realpath(path))


def _is_tracked(place: Path) -> bool:
    top = repository_around(place.parent)
    if top is None:
        return False
    # No letter case: there are file systems that know none.
    pathspec = f":(top,literal,icase){place.relative_to(top)}"
    try:
        return ask_git(top, "ls-files", "-z", "--error-unmatch", "--", pathspec).code == 0
    except NoAnswer:
        return False


def _revision(top: Path) -> Revision:
    head = ask_git(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.code:
        none_there = head.code == 1 and not head.err.strip()
        raise NoAnswer("HEAD names no commit: there is none yet" if none_there else head.reason)
    branch = ask_git(top, "symbolic-ref", "--quiet", "--short", "HEAD").out.strip()
    # Files that nobody added yet are left out: looking for them costs time in a large tree.
    changed = ask_git(top, "diff", "--no-ext-diff", "--no-textconv", "--quiet", "HEAD", "--")
    if changed.code > 1:
        raise NoAnswer(changed.reason)
    dirty = DIRTY if changed.code else ""
    return Revision(f"{head.out.strip()}{dirty}", branch or _branch_of_job(), _remote(top))


def _branch_of_job() -> str:
    """A pull request is checked out detached in GitHub Actions, which tells its branch in the environment."""
    return os.environ.get("GITHUB_HEAD_REF") or os.environ.get("GITHUB_REF_NAME", "")


def _remote(top: Path) -> str:
    """The URL of `origin`, or else of the first remote."""
    listed = ask_git(top, "config", "--null", "--get-regexp", r"^remote\..*\.url$").out
    entries = [entry.partition("\n") for entry in listed.split("\0") if entry]
    urls = {name: url for name, _, url in reversed(entries)}
    return without_credentials(urls.get("remote.origin.url") or next(reversed(urls.values()), ""))


def _write_tree(top: Path, commit: str, destination: Path) -> None:
    """By an index of its own. It is git that writes, so paths that lead out of the folder are refused."""
    with TemporaryDirectory() as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder) / "index"), "GIT_LFS_SKIP_SMUDGE": "1"}
        ask_git(top, "read-tree", "--no-sparse-checkout", commit, more=own).output()
        prefix = f"--prefix={destination.resolve()}/"
        ask_git(top, "checkout-index", "--all", "--ignore-skip-worktree-bits", prefix, more=own).output()
