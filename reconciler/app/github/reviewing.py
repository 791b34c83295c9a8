"""reviewed: which targets of a push can be applied as they were reviewed, and the plans of those as files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.adapters.github.artifact_zips import BadZip
from reconciler.adapters.github.errors import GithubNotAllowed, GithubNotFound
from reconciler.adapters.github.repository import PLAN_FILE, GithubRepository
from reconciler.app.github.merges import Merges
from reconciler.core.model.errors import Failed
from reconciler.core.planning.review.reviewed import (
    ReviewedPull,
    ReviewState,
    TargetReview,
    approval_name,
    review,
)


@dataclass(frozen=True, slots=True)
class Reviews:
    """The decisions for a commit, by target in the order in which they were asked for."""

    commit: str
    targets: tuple[TargetReview, ...]

    def names(self, state: ReviewState) -> tuple[str, ...]:
        """The targets of this state that may go on."""
        return tuple(one.name for one in self.targets if one.state is state and not one.refused)

    @property
    def refused(self) -> tuple[str, ...]:
        """Why targets may not even be approved, a sentence each."""
        return tuple(one.refused for one in self.targets if one.refused)


def reviews(merges: Merges, targets: Sequence[str], out: Path) -> Reviews:
    """Decide for each target, and write the plans of the reviewed ones to `out`/TARGET/NUMBER/plan.json.
    Raises StalePlan when a later commit was applied already.
    """
    _check_empty(out)
    merges.check_newest(targets)
    repository = merges.repository
    facts = merges.facts(targets, uploads=True)
    decided = (_with_plans(review(target, facts), repository, out) for target in targets)
    return Reviews(merges.job.sha, tuple(_with_approval(one, repository) for one in decided))


def plan_place(out: Path, target: str, pull: int) -> Path:
    """Where the reviewed plan of a pull request is written."""
    return out / target / str(pull) / PLAN_FILE


def _check_empty(out: Path) -> None:
    """A plan that lies there from before would count as reviewed."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Failed(
            f"{out}: it is no empty folder, and what is in it would count as reviewed: name another one"
        )


def _with_plans(decided: TargetReview, repository: GithubRepository, out: Path) -> TargetReview:
    """The same, with the plans of a reviewed target written. One that cannot be had makes it unreviewed."""
    if decided.state is ReviewState.UNREVIEWED:
        return decided
    contents: dict[int, bytes] = {}
    reasons: list[str] = []
    for one in decided.pulls:
        try:
            contents[one.pull.number] = _plan_of(one, repository)
        except (BadZip, GithubNotFound, GithubNotAllowed) as error:
            what = f"the plan of pull request #{one.pull.number} at {one.pull.head[:12]} cannot be read"
            reasons.append(f"{what}: {error}" if isinstance(error, BadZip) else f"{what}: it is gone")
    if reasons:
        return replace(decided, reasons=tuple(reasons))
    (out / decided.name).mkdir(parents=True, exist_ok=True)
    for number, content in contents.items():
        place = plan_place(out, decided.name, number)
        place.parent.mkdir()
        place.write_bytes(content)
    return decided


def _plan_of(one: ReviewedPull, repository: GithubRepository) -> bytes:
    if one.plan is None:
        raise AssertionError("a reviewed pull request has its plan")
    return repository.plan_in(one.plan)


def _with_approval(decided: TargetReview, repository: GithubRepository) -> TargetReview:
    """The same; refused when it is unreviewed and nobody has to approve it. GitHub makes an environment that
    does not exist, and it lets everything pass.
    """
    if decided.state is ReviewState.REVIEWED:
        return decided
    name = approval_name(decided.name)
    reviewers = repository.reviewers_of(name)
    if reviewers:
        return decided
    lacks = "has no required reviewers" if reviewers == 0 else "does not exist"
    todo = "Settings > Environments, add it with required reviewers, who then approve what was not reviewed"
    return replace(decided, refused=f"the environment {name} {lacks}: in {todo}")
