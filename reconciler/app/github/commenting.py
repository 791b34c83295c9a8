"""comment: tells on GitHub what other verbs have found, in the job's summary always, and where people look:
on pull requests, in the status of a commit, in an issue.

Where the token may not write, the summary has to do, and that is told. Nothing else is forgiven.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.adapters.github.errors import GithubNotAllowed
from reconciler.adapters.github.repository import CommitState, CommitStatus
from reconciler.app.github.connecting import GithubHere, github_of
from reconciler.app.github.drift_issues import tell_drift
from reconciler.app.github.job import Job
from reconciler.app.github.merges import Merges
from reconciler.app.github.places import places_of
from reconciler.app.github.posting import Post, post_comment
from reconciler.app.github.runner_files import add_to_summary
from reconciler.app.github.texts import DriftFound, Ended, Found, Texts
from reconciler.app.privacy.redaction import Redaction
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.target import Target
from reconciler.core.planning.review.posts import MadeFor, PostKind
from reconciler.core.planning.review.reviewed import MergedPull, concerned_since, status_name
from reconciler.report.comment.in_short import ApplyEnd

MOST_TOLD = 20
"""Pull requests on which one result is told: the newest. More than that are merged when nothing could be
applied for long.
"""

STATES = {
    ApplyEnd.GOOD: CommitState.SUCCESS,
    ApplyEnd.BLOCKED: CommitState.ERROR,
    ApplyEnd.BAD: CommitState.FAILURE,
}


@dataclass(slots=True)
class Told:
    """What was done, and what could not be, in sentences."""

    done: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Commenting:
    """Tells it in one job. `opened` is the repository that is checked out; problems are told without it."""

    job: Job
    target: str
    opened: tuple[Workspace, Target] | None
    redaction: Redaction

    def tell(self, found: Found) -> Told:
        """Tell what was found, where it belongs."""
        match found:
            case Texts():
                return self._tell_pull_request(found)
            case Ended():
                return self._tell_end(found)
            case DriftFound():
                return self._tell_drift(found)
            case _:
                assert_never(found)

    def _tell_pull_request(self, texts: Texts) -> Told:
        """Tell it on the pull request of the event, updated in place."""
        told = Told()
        self._summarize(texts.comment("") + (f"\n{texts.rest}" if texts.rest else ""), told)
        pull = self.job.pull
        if pull is None:
            told.done.append("the run is about no pull request, so nothing was posted")
            return told

        def post() -> None:
            github = github_of(self.job, self.redaction)
            head = github.repository.head_of(pull.number)
            text = texts.comment(head if head != pull.head else "")
            one = self._post(PostKind.PLAN, pull.head, text)
            told.done.append(post_comment(github.posts, pull.number, one, head))

        _as_far_as_allowed(post, "the comment was not written", told)
        return told

    def _tell_end(self, ended: Ended) -> Told:
        """Tell how an apply ended: on every pull request merged since the one before, and as the status of
        the commit.
        """
        told = Told()
        self._summarize(ended.text, told)
        github = github_of(self.job, self.redaction)
        # Read first: the status below is what it is counted from.
        pulls, failure = self._merged(github, told)
        _as_far_as_allowed(lambda: self._set_status(github, ended, told), "the status was not set", told)
        for pull in pulls[-MOST_TOLD:]:
            one = self._post(PostKind.RESULT, self.job.sha, ended.text)

            def post(number: int = pull.number, one: Post = one) -> None:
                told.done.append(post_comment(github.posts, number, one, ""))

            _as_far_as_allowed(post, f"the comment on pull request #{pull.number} was not written", told)
        if len(pulls) > MOST_TOLD:
            told.warnings.append(f"it is told on the newest {MOST_TOLD} of {len(pulls)} pull requests")
        if failure:
            raise failure
        return told

    def _tell_drift(self, found: DriftFound) -> Told:
        """Open, update or close the issue about this target's drift."""
        told = Told()
        self._summarize(f"### {found.title}\n\n{found.text}" if found.text else "", told)
        text = self.redaction.posted(found.text)

        def post() -> None:
            posts = github_of(self.job, self.redaction).posts
            made = MadeFor(self.job.sha, self.job.run)
            told.done.extend(
                tell_drift(posts, self.target, DriftFound(found.title, text, found.unseen), made)
            )

        _as_far_as_allowed(post, "the issue was not written", told)
        return told

    def _merged(self, github: GithubHere, told: Told) -> tuple[tuple[MergedPull, ...], Failed | None]:
        """The pull requests that are told, oldest first. An error waits until the status is set."""
        if self.job.event.startswith("pull_request") or self.opened is None:
            return (), None
        workspace, target = self.opened
        merges = Merges(workspace.root, self.job, github.repository, lambda _: places_of(workspace, target))
        try:
            return concerned_since(self.target, merges.facts((self.target,), uploads=False)), None
        except GithubNotAllowed as error:
            told.warnings.append(f"it is not known what was merged ({error})")
            return (), None
        except Failed as error:
            return (), error

    def _set_status(self, github: GithubHere, ended: Ended, told: Told) -> None:
        if self.job.event.startswith("pull_request"):
            return  # its commit is a merge that is on no branch
        state = STATES[ended.end]
        short = self.redaction.posted(ended.short)
        github.repository.set_status(
            self.job.sha, CommitStatus(status_name(self.target), state, short, self.job.url)
        )
        told.done.append(f"commit {self.job.sha[:12]}: status {status_name(self.target)} is {state}")

    def _post(self, kind: PostKind, commit: str, text: str) -> Post:
        return Post(kind, self.target, MadeFor(commit, self.job.run), self.redaction.posted(text))

    def _summarize(self, text: str, told: Told) -> None:
        if text and add_to_summary(self.job.summary, self.redaction.posted(text)):
            told.done.append("the job's summary has all of it")


def _as_far_as_allowed(post: Callable[[], None], lacking: str, told: Told) -> None:
    try:
        post()
    except GithubNotAllowed as error:
        told.warnings.append(f"{lacking}: the job's summary has to do ({error})")
