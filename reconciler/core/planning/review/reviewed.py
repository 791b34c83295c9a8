"""Which targets of a push are reviewed: for every pull request merged since a target was applied last, the
plan that its reviewers saw is there. Anything else is unreviewed, with the reasons.

What GitHub and git say comes as values. A guard against accidents, not against whoever may write workflows:
who may write statuses and artifacts is believed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.model.text import counted, joined

PUSH = "push"
APPROVED_BY_HAND = "workflow_dispatch"


def plan_name(target: str, pull: int, head: str) -> str:
    """The name of the artifact that holds the plan of a pull request's head for this target."""
    return f"reconcile-plan.{target}.{pull}.{head}"


def status_name(target: str) -> str:
    """The context of the commit status that says how a target was applied at a commit."""
    return f"reconcile/{target}"


def approval_name(target: str) -> str:
    """The environment whose reviewers let an unreviewed plan for this target pass."""
    return f"{target}-approval"


class ReviewState(StrEnum):
    """Whether the plans that were reviewed are all there."""

    REVIEWED = "reviewed"
    UNREVIEWED = "unreviewed"


@dataclass(frozen=True, slots=True)
class MergedPull:
    """A pull request that was merged; `head` is its last commit, `repository` the id of the one that it comes
    from, 0 when that is gone; `merged` is the time, in the form in which an artifact's is told.
    """

    number: int
    head: str
    base: str
    repository: int
    merged: str


@dataclass(frozen=True, slots=True)
class UploadedPlan:
    """An artifact: `head` and `repository` are those of the run that has uploaded it, `digest` that of its
    zip file, empty where GitHub does not say.
    """

    id: int
    name: str
    head: str
    repository: int
    expired: bool
    created: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class BranchCommit:
    """A commit of the branch, the targets that were applied at it, and the pull requests that brought it.
    `concerns`: the targets whose manifests it can have changed; None: all of them.
    """

    sha: str
    applied: frozenset[str] = frozenset()
    pulls: tuple[MergedPull, ...] = ()
    concerns: frozenset[str] | None = None

    def is_about(self, target: str) -> bool:
        """Whether somebody must have reviewed it for this target. What changes other files starts no plan."""
        return self.concerns is None or target in self.concerns


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """What is known of a push. `commits`: along the first parents from the pushed one, newest first, as far
    as a target needs; `later`: those that came after it on the branch. `uploads`: artifacts by their name.
    `repository`: the id of our own. `whole`: the history was read to its very first commit.
    """

    event: str
    branch: str
    repository: int
    commits: tuple[BranchCommit, ...]
    later: tuple[BranchCommit, ...] = ()
    uploads: Mapping[str, tuple[UploadedPlan, ...]] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ReviewedPull:
    """A merged pull request, and its reviewed plan; None when there is none to go by."""

    pull: MergedPull
    plan: UploadedPlan | None


@dataclass(frozen=True, slots=True)
class TargetReview:
    """The decision for one target. `since`: the commit at which it was applied last, empty when that is not
    known. `reasons`: why it is unreviewed. `refused`: why nobody can approve it either.
    """

    name: str
    since: str
    pulls: tuple[ReviewedPull, ...]
    reasons: tuple[str, ...]
    refused: str = ""

    @property
    def state(self) -> ReviewState:
        """Whether what is applied can be compared with what was reviewed."""
        return ReviewState.UNREVIEWED if self.reasons else ReviewState.REVIEWED


def since(target: str, commits: Iterable[BranchCommit]) -> tuple[str, tuple[BranchCommit, ...]]:
    """The newest commit at which the target was applied, empty when there is none; and the commits after it,
    newest first.
    """
    newer: list[BranchCommit] = []
    for commit in commits:
        if target in commit.applied:
            return commit.sha, tuple(newer)
        newer.append(commit)
    return "", tuple(newer)


def merged_since(target: str, facts: BranchFacts) -> tuple[MergedPull, ...]:
    """The pull requests that the target has not seen applied, oldest first, each once. When nothing is known
    of an earlier apply, only those of the pushed commit: what came before may be years of history.
    """
    return _pulls_of(_unapplied(target, facts), facts)


def concerned_since(target: str, facts: BranchFacts) -> tuple[MergedPull, ...]:
    """Those of them that can have changed what the target is asked for."""
    return _pulls_of([one for one in _unapplied(target, facts) if one.is_about(target)], facts)


def _unapplied(target: str, facts: BranchFacts) -> tuple[BranchCommit, ...]:
    applied, newer = since(target, facts.commits)
    return newer if applied else newer[:1]


def _pulls_of(commits: Sequence[BranchCommit], facts: BranchFacts) -> tuple[MergedPull, ...]:
    pulls = (pull for commit in reversed(commits) for pull in _of_branch(commit, facts))
    return tuple(dict.fromkeys(pulls))


def applied_later(targets: Iterable[str], facts: BranchFacts) -> str:
    """A sentence that names a later commit at which one of the targets was applied; empty when there is none.
    Applying the older commit would undo it.
    """
    wanted = frozenset(targets)
    for commit in facts.later:
        if found := sorted(wanted & commit.applied):
            return f"{commit.sha[:12]}, a later commit of {facts.branch}, was applied to {found[0]} already"
    return ""


def review(target: str, facts: BranchFacts) -> TargetReview:
    """Whether everything that was merged since the last apply was reviewed for this target."""
    applied, newer = since(target, facts.commits)
    if not applied:
        return TargetReview(target, "", (), (*_by_hand(facts), _never_applied(facts)))
    concerned = concerned_since(target, facts)
    found = (_with_plan(target, pull, facts) for pull in merged_since(target, facts))
    pulls = tuple(one for one in found if one.plan or one.pull in concerned)
    reasons = [*_by_hand(facts), *_pushed_directly(target, newer, facts)]
    reasons += [why for one in pulls if one.plan is None for why in (_why_none(target, one.pull, facts),)]
    return TargetReview(target, applied, pulls, tuple(reasons))


def _of_branch(commit: BranchCommit, facts: BranchFacts) -> tuple[MergedPull, ...]:
    """The pull requests that brought the commit to this very branch."""
    return tuple(pull for pull in commit.pulls if pull.base == facts.branch)


def _by_hand(facts: BranchFacts) -> Iterator[str]:
    if facts.event == APPROVED_BY_HAND:
        yield "the run was started by hand"
    elif facts.event != PUSH:
        yield f"the run was started by {facts.event}, not by a push"
    elif not facts.branch:
        yield "the run is for no branch"


def _never_applied(facts: BranchFacts) -> str:
    if facts.whole:
        return "no commit of the branch was applied to it yet"
    return f"none of the last {counted(len(facts.commits), 'commit')} was applied to it"


def _pushed_directly(target: str, newer: Iterable[BranchCommit], facts: BranchFacts) -> Iterator[str]:
    concern = (commit for commit in newer if commit.is_about(target))
    direct = [commit.sha[:12] for commit in concern if not _of_branch(commit, facts)]
    if direct:
        yield f"pushed without a pull request to {facts.branch}: {joined(direct, ', ')}"


def _with_plan(target: str, pull: MergedPull, facts: BranchFacts) -> ReviewedPull:
    seen = [upload for upload in _its_own(target, pull, facts) if _before_the_merge(upload, pull)]
    fresh = [upload for upload in seen if not upload.expired]
    newest = max(fresh, key=lambda upload: (upload.created, upload.id), default=None)
    return ReviewedPull(pull, newest if pull.repository == facts.repository else None)


def _uploads(target: str, pull: MergedPull, facts: BranchFacts) -> tuple[UploadedPlan, ...]:
    return facts.uploads.get(plan_name(target, pull.number, pull.head), ())


def _its_own(target: str, pull: MergedPull, facts: BranchFacts) -> list[UploadedPlan]:
    return [upload for upload in _uploads(target, pull, facts) if _is_its_own(upload, pull, facts)]


def _before_the_merge(upload: UploadedPlan, pull: MergedPull) -> bool:
    """Whether a reviewer can have seen it. A plan job that is run again later shows what nobody reviewed."""
    return "" < upload.created <= pull.merged


def _is_its_own(upload: UploadedPlan, pull: MergedPull, facts: BranchFacts) -> bool:
    """Whether a run of this repository, at the pull request's head, has made it: anybody's fork may upload
    artifacts of any name.
    """
    return (
        upload.name.endswith(f".{pull.head}")
        and upload.head == pull.head
        and upload.repository == facts.repository
    )


def _why_none(target: str, pull: MergedPull, facts: BranchFacts) -> str:
    named = f"pull request #{pull.number}"
    if pull.repository != facts.repository:
        return f"{named} comes from a fork: no plan is made for those"
    own = _its_own(target, pull, facts)
    if any(_before_the_merge(upload, pull) for upload in own):
        return f"the plan of {named} at {pull.head[:12]} has expired"
    if own:
        return f"the plan of {named} at {pull.head[:12]} was made after the merge, so nobody reviewed it"
    if _uploads(target, pull, facts):
        return f"the plan of {named} was not made by a run of this repository at {pull.head[:12]}"
    return f"no plan of {named} at {pull.head[:12]} was saved: its plan job did not run, or not end well"
