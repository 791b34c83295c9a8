"""What GitHub answers that is not what was asked for, as errors of ours.

GithubFailed              it says no, or something that cannot be believed
├── GithubNotAllowed      403: the token may not; or 410: that is switched off in the repository
├── GithubNotFound        404: it is not there, or the token may not know of it
└── GithubNoAnswer        no answer, or 5xx, however often it was asked: a write may have been done
"""

from http import HTTPStatus

from reconciler.core.model.errors import Failed, SetupError, quoting
from reconciler.core.model.text import cut

LONGEST_WORDS = 300
"""Characters that are kept of what GitHub says."""


class GithubFailed(Failed):
    """GitHub refuses, or says what cannot be believed."""


class GithubNotAllowed(GithubFailed):
    """The token may not do this, or it is switched off in the repository."""


class GithubNotFound(GithubFailed):
    """It is not there, or the token may not know that it is."""


class GithubNoAnswer(GithubFailed):
    """GitHub did not answer, or with an error of its own: what was asked for may have been done or not."""


def no_answer(what: str, why: object) -> GithubNoAnswer:
    """The error for a request that nothing came back for."""
    words = cut(str(why), LONGEST_WORDS)
    error = GithubNoAnswer(f"GitHub: {what}: no answer ({words}). Run the job again later")
    return quoting(error, words)


def refused(what: str, status: int, said: str, request_id: str) -> Failed:
    """The error for an answer of this status."""
    words, identity = cut(said, LONGEST_WORDS), cut(request_id, LONGEST_WORDS)
    known = f" (x-github-request-id {identity})" if identity else ""
    message = f"GitHub: {what}: {status}{f' {words}' if words else ''}{known}"
    kind: type[Failed] = GithubFailed
    match status:
        case HTTPStatus.UNAUTHORIZED:
            kind, message = SetupError, f"{message}\n    GITHUB_TOKEN is not, or no longer, accepted."
        case HTTPStatus.FORBIDDEN:
            kind, message = GithubNotAllowed, f"{message}\n    {_MAY_NOT}"
        case HTTPStatus.GONE:
            kind = GithubNotAllowed
        case HTTPStatus.NOT_FOUND:
            kind = GithubNotFound
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = GithubNoAnswer
    return quoting(kind(message), words, identity)


_MAY_NOT = "The job's token may not do this: give it the permission with `permissions:` in the workflow."


def unlike(what: str, why: str) -> GithubFailed:
    """The error for an answer that is no answer of GitHub's."""
    words = cut(why, LONGEST_WORDS)
    return quoting(
        GithubFailed(f"GitHub: {what}: {words}. Is a proxy in between, or GITHUB_API_URL wrong?"), words
    )
