"""What was merged since targets were applied last: git says which commits, GitHub what is known of each."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.adapters.git.repository import Clone, clone_around
from reconciler.adapters.git.revisions import changes_before, first_parents
from reconciler.adapters.github.repository import CommitState, GithubRepository
from reconciler.app.github.job import Job
from reconciler.app.not_in_clone import not_in_clone
from reconciler.core.model.errors import Failed, StalePlan
from reconciler.core.planning.review.reviewed import (
    PUSH,
    BranchCommit,
    BranchFacts,
    applied_later,
    merged_since,
    plan_name,
    status_name,
)

MOST_COMMITS = 200
"""Commits that are looked through for one at which a target was applied. Each is a question to GitHub, which
answers a job's token a thousand an hour.
"""

MOST_LATER = 300
"""Commits of a branch that may have come after the one that a run is for."""

LATE_PULLS = 4
"""How often a run asks once more for the pull request of a commit: GitHub may know it some seconds late."""


@dataclass(frozen=True, slots=True)
class Merges:
    """Reads what was merged. `root` has reconciler.yaml; `places` are the paths from there at which lies what
    a target is made of.
    """

    root: Path
    job: Job
    repository: GithubRepository
    places: Callable[[str], Sequence[str]]

    def facts(self, targets: Collection[str], *, uploads: bool) -> BranchFacts:
        """What is known of the pushed commit and those before it, as far as these targets need; with
        `uploads`, the plans that were saved too.
        """
        commits, whole = self._commits(targets)
        facts = BranchFacts(
            self.job.event,
            self.job.branch,
            self.repository.identity(),
            self._with_pulls(commits, targets),
            whole=whole,
        )
        if not uploads:
            return facts
        names = {
            plan_name(target, pull.number, pull.head)
            for target in targets
            for pull in merged_since(target, facts)
            if pull.repository == facts.repository
        }
        found = {name: self.repository.uploads(name) for name in sorted(names)}
        return BranchFacts(
            facts.event, facts.branch, facts.repository, facts.commits, uploads=found, whole=whole
        )

    def check_newest(self, targets: Collection[str]) -> None:
        """Raise StalePlan when a later commit of the branch was applied already, as before a run that is made
        again: applying this one would undo that.
        """
        if not self.job.branch:
            return
        later = self.repository.commits_after(self.job.sha, self.job.branch, MOST_LATER)
        if later is None:
            raise StalePlan(
                f"{self.job.sha[:12]} is not among the newest {MOST_LATER} commits of its branch: "
                "the run is for an older one, or the branch was moved. Nothing was done: run the newest one"
            )
        for commit in later:
            known = BranchCommit(commit, self._applied(commit, targets))
            facts = BranchFacts(self.job.event, self.job.branch, 0, (), later=(known,))
            if why := applied_later(targets, facts):
                raise StalePlan(f"{why}. Nothing was done: run the newest commit instead")

    def _commits(self, targets: Collection[str]) -> tuple[list[BranchCommit], bool]:
        """The commits from the pushed one back to where all targets were applied; whether these are all that
        the branch has.
        """
        shas = self._history()
        commits: list[BranchCommit] = []
        missing = set(targets)
        for sha in shas[:MOST_COMMITS]:
            commits.append(BranchCommit(sha, self._applied(sha, targets)))
            missing -= commits[-1].applied
            if not missing:
                return commits, False
        if len(shas) <= MOST_COMMITS and clone_around(self.root) is Clone.SHALLOW:
            raise Failed(
                f"none of the {len(shas)} commits in this clone was applied to {sorted(missing)[0]}, and "
                "it is shallow, so older ones cannot be looked at: actions/checkout takes fetch-depth: 0"
            )
        return commits, len(shas) <= MOST_COMMITS

    def _history(self) -> Sequence[str]:
        try:
            shas = first_parents(self.root, self.job.sha, MOST_COMMITS + 1)
        except Failed as error:
            raise Failed(not_in_clone(self.root, self.job.sha)) from error
        if not shas:
            raise Failed(not_in_clone(self.root, self.job.sha))
        return shas

    def _applied(self, commit: str, targets: Collection[str]) -> frozenset[str]:
        """What was blocked does not hold up those after it: their plans show it anew. A run that is made
        again at the same commit still has it to do.
        """
        done = {CommitState.SUCCESS} if commit == self.job.sha else {CommitState.SUCCESS, CommitState.ERROR}
        ended = self.repository.ended_at(commit, done)
        return frozenset(target for target in targets if status_name(target) in ended)

    def _with_pulls(
        self, commits: Sequence[BranchCommit], targets: Collection[str]
    ) -> tuple[BranchCommit, ...]:
        return tuple(self._each_with_pulls(commits, targets))

    def _each_with_pulls(
        self, commits: Sequence[BranchCommit], targets: Collection[str]
    ) -> Iterator[BranchCommit]:
        """Pull requests are asked for only where a target has not seen them applied; where it never was
        applied, of the pushed commit alone.
        """
        ever = frozenset(target for commit in commits for target in commit.applied)
        # The oldest was applied, or is not looked at: it says where to stop.
        after = [commit.sha for commit in commits[1:][-1:]]
        concerning = {target: self._concerning(target, after) for target in targets}
        waiting, pauses = set(targets), iter(range(1, LATE_PULLS + 1))
        for number, commit in enumerate(commits):
            waiting -= commit.applied
            wanted = waiting if number == 0 else waiting & ever
            concerns = frozenset(one for one in targets if commit.sha in concerning[one])
            pulls = self.repository.pulls_of(commit.sha) if wanted else ()
            while wanted & concerns and not pulls and self.job.event == PUSH and (turn := next(pauses, 0)):
                self.repository.transport.patience.wait_after(turn)
                pulls = self.repository.pulls_of(commit.sha)
            yield replace(commit, pulls=pulls, concerns=concerns)

    def _concerning(self, target: str, after: Sequence[str]) -> frozenset[str]:
        """The commits that changed what the target is made of."""
        found = changes_before(self.root, self.job.sha, self.places(target), MOST_COMMITS, after)
        return frozenset(found)
