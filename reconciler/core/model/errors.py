"""The errors that end a command or a deployment, as one tree. Errors that become findings are beside their
code.

    ReconcilerError
    ├── InvalidManifests        exit 3   the input is wrong; every finding is listed
    ├── StalePlan               exit 4   the cloud is no longer what the plan saw
    ├── Refused                 exit 5   a safety rule says no
    └── Failed                  exit 1   something was tried and did not work
        ├── NotSeen                      its result could not be looked at: no rollback, no mark
        ├── NotAsAsked                   the service says done, and it is not as desired: no rollback
        ├── Interrupted                  a signal ended the run: what was begun is finished, the rest is left
        ├── CloudError                   the service answered with an error
        │   ├── NotAllowed               401 or 403: who we are is not, or no longer, accepted
        │   ├── NotFound                 404
        │   ├── IncorrectState           409: busy with something else
        │   ├── Conflict                 409 for good: for example a spent retry token
        │   ├── EtagMismatch             412: changed since it was read
        │   └── Transient                429, 5xx, connection lost: the same call may work later
        ├── Unexpected                   a bug, or a machine that lacks something, such as room on a disk
        ├── StepFailed                   a step was accepted and its work request failed
        │   ├── StepRefused              the service refused a write for good: nothing was begun
        │   ├── NotServed                it was carried out, and its server lacks a version
        │   ├── ProbesFailed             it was carried out, and what it answers is wrong
        │   └── RolledBack               it failed, and what was before is there again
        └── SetupError                   this machine or its settings lack something

Whether to try again is a type (`Transient`), never a guess from a message. Adapters translate once, at the
edge, and chain the cause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, TypeVar

from reconciler.core.model.findings import Finding


class Exit(IntEnum):
    """Exit codes of the process (see `reconcile --help` and docs/updates.md)."""

    DONE = 0
    FAILED = 1
    DIFFERENCES = 2
    INVALID = 3
    STALE = 4
    REFUSED = 5


HEAVIEST_FIRST = (Exit.FAILED, Exit.INVALID, Exit.STALE, Exit.REFUSED, Exit.DIFFERENCES, Exit.DONE)


def heaviest(codes: Iterable[Exit]) -> Exit:
    """The one of several that the process ends with; DONE when there is none."""
    return min(codes, key=HEAVIEST_FIRST.index, default=Exit.DONE)


class ReconcilerError(Exception):
    """The root; `exit_code` is what the command line ends with, `foreign` are the parts of the message that
    others have said. They are redacted where they come in; the rest is ours, and is not.
    """

    exit_code: ClassVar[Exit] = Exit.FAILED
    foreign: tuple[str, ...] = ()


class InvalidManifests(ReconcilerError):
    """Something is wrong with the manifests: all findings, sorted by place."""

    exit_code = Exit.INVALID

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(str(finding) for finding in self.findings))


class StalePlan(ReconcilerError):
    """The cloud has moved on since the plan was made."""

    exit_code = Exit.STALE


class Refused(ReconcilerError):
    """A safety rule says no; the message names the way to allow it."""

    exit_code = Exit.REFUSED


class Failed(ReconcilerError):
    """Something was tried and did not work."""


class NotSeen(Failed):
    """The result of a step could not be read: an outage, an expired session. That is no failure, so nothing
    is rolled back (docs/updates.md, When the service cannot be asked).
    """


class NotAsAsked(Failed):
    """The service says that a step is done, and what is read back is not what was sent. Nothing failed, so
    there is no rollback, and no failure is remembered.
    """


class Interrupted(Failed):
    """A signal ended the run: the step in hand was brought to its end, the rest is left."""


class Unexpected(Failed):
    """Something that no part of this program foresees: a bug, or a machine that lacks something."""


class SetupError(Failed):
    """This machine, or its settings, lack something; the message says what to install or to set."""


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What the service said of an error: HTTP status (0: it never answered), its code, message and opc-
    request-id; and after how many seconds to come again, if it says so. As text it is one line.
    """

    operation: str
    status: int = 0
    code: str = ""
    message: str = ""
    request_id: str = ""
    retry_after: float | None = None

    def __str__(self) -> str:
        said = f"{self.operation}: {self.status or 'no answer'} {self.code}".rstrip()
        said += f": {self.message}" if self.message else ""
        said += f" (opc-request-id {self.request_id})" if self.request_id else ""
        return " ".join(filter(None, (line.strip() for line in said.split("\n"))))


class CloudError(Failed):
    """The service answered a call with an error that trying again will not mend."""

    def __init__(self, answer: ServiceAnswer) -> None:
        self.answer = answer
        super().__init__(str(answer))


class NotAllowed(CloudError):
    """401 or 403: who we are is not, or no longer, accepted. Also when a token has run out and no new one is
    to be had.
    """

    def __init__(self, answer: ServiceAnswer) -> None:
        super().__init__(answer)
        advice = MAY_NOT if answer.status == FORBIDDEN else SIGN_IN_AGAIN
        Exception.__init__(self, f"{answer}\n    {advice}")


FORBIDDEN = 403
MAY_NOT = "A policy of the tenancy has to allow it to whoever signs in."
SIGN_IN_AGAIN = (
    "Sign in again, and run it once more: `oci session authenticate` for auth: session; otherwise check the "
    "key, its fingerprint and this machine's clock."
)


class NotFound(CloudError):
    """404: it does not exist, or we may not see it (the service does not tell which)."""


class IncorrectState(CloudError):
    """409 IncorrectState: the resource is busy with something else."""


class Conflict(CloudError):
    """409 for good: for example a retry token that was used for another request."""


class EtagMismatch(CloudError):
    """412: changed by somebody since it was read."""


class Transient(CloudError):
    """429, 5xx or a lost connection: the same call may work later."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a failed work request left behind: its errors and log lines, oldest first; and the opc-request-id
    of the call that began it.
    """

    work_request: str = ""
    errors: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    request_id: str = ""


class StepFailed(Failed):
    """A step was accepted, and then its work request, or the state it should have led to, failed."""

    def __init__(self, what: str, trouble: Trouble = Trouble()) -> None:
        self.what, self.trouble = what, trouble
        errors = "\n".join(trouble.errors)
        logs = [line for line in trouble.logs[-LAST_LOG_LINES:] if line not in errors]
        lines = [what, *(f"    error: {_indented(error)}" for error in trouble.errors)]
        lines += [f"    log: {_indented(line)}" for line in logs]
        if trouble.work_request:
            lines.append(f"    work request: {trouble.work_request}")
        if trouble.request_id:
            lines.append(f"    opc-request-id: {trouble.request_id}")
        super().__init__("\n".join(lines))


def _indented(text: str) -> str:
    """Lines after the first one stand below it."""
    return text.strip().replace("\n", "\n           ")


class StepRefused(StepFailed):
    """The service refused a write for good: nothing was begun. `answer` is what it said."""

    def __init__(self, what: str, answer: ServiceAnswer) -> None:
        super().__init__(what)
        self.answer = answer


class NotServed(StepFailed):
    """An update was carried out, and the model server says that it does not have what it should serve."""


class ProbesFailed(StepFailed):
    """An update was carried out, and the live endpoint does not answer as expected."""


class RolledBack(StepFailed):
    """A step failed, and the rollback has come to its end; the message tells both."""


LAST_LOG_LINES = 5

E = TypeVar("E", bound=ReconcilerError)


def quoting(error: E, *others: object) -> E:
    """The error, whose message repeats these words of others, or these errors. Of an error of ours only those
    parts count that others have said.
    """
    error.foreign = tuple(words for other in others for words in _said_by_others(other) if words)
    return error


def _said_by_others(words: object) -> tuple[str, ...]:
    if isinstance(words, ReconcilerError) and not isinstance(words, CloudError):
        return words.foreign
    return (str(words),)


def also(error: ReconcilerError, more: str) -> ReconcilerError:
    """The same kind of error, saying more."""
    longer = error.__class__.__new__(error.__class__)
    longer.__dict__.update(error.__dict__)
    Exception.__init__(longer, f"{error}\n    {more}")
    return longer
