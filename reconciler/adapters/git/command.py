"""Runs the program `git` in a repository that nobody has to trust. It is never needed: without it, or when it
refuses, there is a reason instead of an answer.

It asks nobody for anything, and ends in time. Of what the settings of a repository can start, as little as
possible is started, and it finds no secret in its environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.core.model.errors import Failed, quoting

LONGEST_SECONDS = 60.0
"""How long git may take for one answer: a large tree is compared in seconds."""

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "log.showSignature=false",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
)
"""No program that the repository names is started, and nothing is fetched. The filters that a person has set
up, such as Git LFS, are left as they are: without them a file that was only touched would count as changed.
A bare repository among the files of another has settings of its own (git-config(1), safe.bareRepository).
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
"""The variables that git gets of our environment, beside those that start with LC_: what it needs to find a
person's settings. A filter must not find there what was given to us alone, such as a token of the CI. The
variables of a hook that has started us are about the hook's repository, which need not be ours.
"""

CANNOT_BE_STARTED, NO_SUCH_PROGRAM = 126, 127
"""What a program that starts another ends with (POSIX, the utility env)."""

_TOO_LATE = "Timeout: the command "
"""What GitPython says of one that it has ended."""


class NoAnswer(Exception):
    """Git is not here, did not end in time, or refuses; the text is the reason."""


class GitAnswer(NamedTuple):
    """What git ended with and wrote; `data` is `out` before it was made text."""

    code: int
    out: str
    err: str
    data: bytes = b""

    def output(self) -> str:
        """What it wrote, without the end of the last line. Raises NoAnswer when it failed."""
        if self.code:
            raise NoAnswer(self.reason)
        return self.out.removesuffix("\n")

    @property
    def reason(self) -> str:
        """Why it failed, in its words, and what to do about the most frequent reason."""
        lines = [line for line in self.err.split("\n") if line.strip()]
        errors = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
        last = errors[-1] if errors else f"it ended with {self.code}"
        reason = f"git: {last.removeprefix('fatal: ').removeprefix('error: ')}"
        allow = next((line.strip() for line in lines if "--add safe.directory" in line), "")
        return f"{reason}; to trust it: {allow}" if allow else reason


def ask_git(top: Path, *arguments: str, more: Mapping[str, str] | None = None) -> GitAnswer:
    """Ask git, by way of GitPython, which ends it and what it has started when it takes too long. It starts
    in the folder that holds the `.git`, which it looks for first.
    """
    try:
        # Imported here: it looks for the git program when it is imported, and raises when there is none.
        from git import Git, GitError
    except ImportError as error:
        raise NoAnswer("there is no git on this machine") from error
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    passed_on = {name: os.environ[name] for name in os.environ if name in _PASSED_ON or name[:3] == "LC_"}
    variables = {**passed_on, **_ENVIRONMENT, **(more or {})}
    try:
        # -C: GitPython starts it where we are when it cannot enter the folder.
        code, out, err = Git(str(top)).execute(
            ["env", "-i", *map("=".join, variables.items()), "git", "-C", str(top), *settings, *arguments],
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
    errors = err if isinstance(err, str) else err.decode(errors="replace")
    if errors.startswith(_TOO_LATE):
        raise NoAnswer(f"git did not answer within {LONGEST_SECONDS:g} s")
    if code == CANNOT_BE_STARTED:
        raise NoAnswer("git cannot be started")
    if code == NO_SUCH_PROGRAM:
        raise NoAnswer("there is no git on this machine")
    return GitAnswer(code, out.decode(errors="replace"), errors, out)


def told_by_git(top: Path, *arguments: str, more: Mapping[str, str] | None = None) -> GitAnswer:
    """What git answers, where it has to. Raises Failed with its reason when it does not."""
    try:
        answer = ask_git(top, *arguments, more=more)
    except NoAnswer as reason:
        raise quoting(Failed(f"git {arguments[0]}: {reason}"), reason) from reason
    if answer.code:
        raise quoting(Failed(f"git {arguments[0]} failed: {answer.reason}"), answer.reason)
    return answer
