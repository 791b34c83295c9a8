"""Which commit the manifests are at, and what they were at another, from the git repository around them.

It asks the program `git`, which is never needed: without it, or when it refuses, there is a reason instead of
an answer. It reads and never writes, asks nobody for anything, and ends in time; of what a repository's own
settings can start, as little as possible is started, and it finds no secret in its environment. No
credentials leave it: a remote URL loses them here.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from reconciler.core.model.errors import Failed, quoting
from reconciler.core.model.spec import Revision

DIRTY = "-dirty"
"""After a commit: the tree has changes that are not in it."""

LONGEST_SECONDS = 60.0
"""How long git may take for one answer: a large tree is compared in seconds."""

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
)
"""No program of the repository's choice is started, and nothing is fetched. The filters that a person has set
up, such as Git LFS, are left as they are: without them a file that was only touched would count as changed.
A bare repository among the files of another brings settings of its own (git-config(1), safe.bareRepository).
"""

_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}

_PASSED_ON = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_TEST_ASSUME_DIFFERENT_OWNER",
        "HOME",
        "LANG",
        "LOGNAME",
        "PATH",
        "TMPDIR",
        "USER",
        "XDG_CONFIG_HOME",
    }
)
"""What git gets of our environment, and all that starts with LC_: what it needs to find a person's settings.
A filter must not find there what was given to us alone, such as a token of the CI; and what git gives to its
hooks is of the repository of the hook, which need not be ours.
"""


CANNOT_BE_STARTED, NO_SUCH_PROGRAM = 126, 127
"""What a program that starts another ends with (POSIX, the utility env)."""


_TOO_LATE = "Timeout: the command "
"""What GitPython says of one that it has ended."""


class NoAnswer(Exception):
    """Git is not here, did not end in time, or refuses; the text is the reason."""


class _Answer(NamedTuple):
    code: int
    out: str
    err: str


def revision(root: Path) -> Revision | str:
    """The commit, branch and remote of the repository that `root` is in; or why there is none, which is empty
    when `root` is in no repository. Where a model came from is worth telling, and never worth failing for.
    """
    top = _around(root)
    if top is None:
        return ""
    try:
        return _revision(top)
    except NoAnswer as reason:
        return str(reason)


def checkout_at(root: Path, commit: str, destination: Path) -> Path | None:
    """The files of another commit in `destination`, an empty folder, as a checkout would make them; the place
    in there that `root` has in its repository. Neither the work tree nor the index is touched, and pointers
    of Git LFS stay pointers: their content is not fetched.

    None when `root` is in no repository, or this clone does not have the commit: a name that git does not
    know, or a commit that a shallow clone left out. Raises Failed when git refuses, or it cannot be written.
    """
    top = _around(root)
    if top is None or not _NAME.fullmatch(commit):
        return None
    try:
        found = _ask(top, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
        if found.code and not found.err:
            return None
        _said(found)
        _write_tree(top, found.out.strip(), destination)
    except NoAnswer as reason:
        told = f"the files of commit {commit} cannot be written to {destination}: {reason}"
        raise quoting(Failed(told), reason) from reason
    return destination / _real(root).relative_to(top)


def tracked(path: Path) -> Path | None:
    """The link on the way to `path`, or else `path` without links, when something at or below it is in the
    index of a repository. None when nothing is, or git does not say.
    """
    written = Path(os.path.abspath(path))  # noqa: PTH100 - a link on the way is one of the things asked for
    links = [above for above in (written, *written.parents) if above.is_symlink()]
    places = (*(_real(link.parent) / link.name for link in links), _real(path))
    return next((place for place in places if _is_tracked(place)), None)


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


def _around(root: Path) -> Path | None:
    """The folder at or above `root` that holds a `.git`, without links. It asks no git: that would take files
    that are called as a repository's are, in a folder between the two, for a repository.
    """
    folder = _real(root)
    return next((above for above in (folder, *folder.parents) if os.path.lexists(above / ".git")), None)


def _real(path: Path) -> Path:
    """Never fails: links that lead in a circle are left in it."""
    return Path(os.path.realpath(path))


def _is_tracked(place: Path) -> bool:
    top = _around(place.parent)
    if top is None:
        return False
    # No letter case: there are file systems that know none.
    wanted = f":(top,literal,icase){place.relative_to(top)}"
    try:
        return _ask(top, "ls-files", "-z", "--error-unmatch", "--", wanted).code == 0
    except NoAnswer:
        return False


def _revision(top: Path) -> Revision:
    head = _ask(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.code:
        none_there = head.code == 1 and not head.err.strip()
        raise NoAnswer("HEAD names no commit: there is none yet" if none_there else _reason(head))
    branch = _ask(top, "symbolic-ref", "--quiet", "--short", "HEAD").out.strip()
    # Files that nobody added yet are left out: looking for them costs time in a large tree.
    changed = _ask(top, "diff", "--no-ext-diff", "--no-textconv", "--quiet", "HEAD", "--")
    if changed.code > 1:
        raise NoAnswer(_reason(changed))
    dirty = DIRTY if changed.code else ""
    return Revision(f"{head.out.strip()}{dirty}", branch or _branch_of_job(), _remote(top))


def _branch_of_job() -> str:
    """A pull request is checked out detached in GitHub Actions, which tells its branch in the environment."""
    return os.environ.get("GITHUB_HEAD_REF") or os.environ.get("GITHUB_REF_NAME", "")


def _remote(top: Path) -> str:
    """The URL of `origin`, or else of the first remote."""
    asked = _ask(top, "config", "--null", "--get-regexp", r"^remote\..*\.url$").out
    found = (entry.partition("\n") for entry in asked.split("\0") if entry)
    urls = {name: url for name, _, url in reversed([*found])}
    return without_credentials(urls.get("remote.origin.url") or next(reversed(urls.values()), ""))


def _write_tree(top: Path, commit: str, destination: Path) -> None:
    """By an index of its own. It is git that writes, so paths that lead out of the folder are refused."""
    with TemporaryDirectory() as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder) / "index"), "GIT_LFS_SKIP_SMUDGE": "1"}
        _said(_ask(top, "read-tree", "--no-sparse-checkout", commit, more=own))
        prefix = f"--prefix={destination.resolve()}/"
        _said(_ask(top, "checkout-index", "--all", "--ignore-skip-worktree-bits", prefix, more=own))


def _said(answer: _Answer) -> str:
    if answer.code:
        raise NoAnswer(_reason(answer))
    return answer.out.removesuffix("\n")


def _reason(answer: _Answer) -> str:
    """What git said, and what to do about what it says most often."""
    lines = [line for line in answer.err.split("\n") if line.strip()]
    told = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
    reason = (
        told[-1].removeprefix("fatal: ").removeprefix("error: ") if told else f"it ended with {answer.code}"
    )
    if allow := next((line.strip() for line in lines if "--add safe.directory" in line), ""):
        reason += f"; to trust it: {allow}"
    return f"git: {reason}"


def _ask(top: Path, *arguments: str, more: Mapping[str, str] | None = None) -> _Answer:
    """Ask git, by way of GitPython, which ends it and what it has started when it takes too long. It starts
    in the folder that holds the `.git`, which it looks for first.
    """
    try:
        # Imported here: it looks for the git program when it is imported, and raises when there is none.
        from git import Git, GitError
    except ImportError as error:
        raise NoAnswer("there is no git on this machine") from error
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    given = [f"{name}={value}" for name, value in {**_passed_on(), **_ENVIRONMENT, **(more or {})}.items()]
    try:
        # -C: GitPython starts it where we are when it cannot enter the folder.
        code, out, err = Git(str(top)).execute(
            ["env", "-i", *given, "git", "-C", str(top), *settings, *arguments],
            kill_after_timeout=LONGEST_SECONDS,
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
        )
    except GitError as error:
        raise NoAnswer("there is no git on this machine") from error
    except (OSError, ValueError) as error:
        raise NoAnswer(f"git cannot be started ({getattr(error, 'strerror', None) or error})") from error
    told = err if isinstance(err, str) else err.decode(errors="replace")
    if told.startswith(_TOO_LATE):
        raise NoAnswer(f"git did not answer within {LONGEST_SECONDS:g} s")
    if code == CANNOT_BE_STARTED:
        raise NoAnswer("git cannot be started")
    if code == NO_SUCH_PROGRAM:
        raise NoAnswer("there is no git on this machine")
    return _Answer(code, out.decode(errors="replace"), told)


def _passed_on() -> dict[str, str]:
    own = os.environ.items()
    return {name: value for name, value in own if name in _PASSED_ON or name.startswith("LC_")}


_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")
"""Commits, tags and branches, and no git expression. The name may come from a tag of the cloud."""
