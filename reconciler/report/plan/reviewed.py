"""What was reviewed of a push, as text and as JSON (schemas/reviewed.v1.json)."""

from collections.abc import Callable, Iterator, Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.planning.review.reviewed import ReviewedPull, ReviewState, TargetReview
from reconciler.report.style import Paint, Style, clean
from reconciler.report.values import short_revision

API_VERSION = "reconciler.oci/reviewed.v1"

Place = Callable[[str, int], str]
"""Where the plan of a target and a pull request was written."""


def reviewed_lines(targets: Sequence[TargetReview], show: Style) -> list[str]:
    """Each target with its pull requests and reasons."""
    return [line for one in targets for line in _lines(one, show)]


def _lines(one: TargetReview, show: Style) -> Iterator[str]:
    paint = Paint.GOOD if one.state is ReviewState.REVIEWED else Paint.CAREFUL
    applied = f"applied last at {short_revision(one.since)}" if one.since else "no apply is known"
    yield f"{show(clean(one.name), Paint.STRONG)}: {show(one.state.value, paint)}, {applied}"
    for pull in one.pulls:
        plan = "its plan is there" if pull.plan else "without a plan"
        yield f"    pull request #{pull.pull.number} at {short_revision(pull.pull.head)}, {plan}"
    yield from (f"    {clean(reason)}" for reason in one.reasons)
    if one.refused:
        yield show(f"    refused: {clean(one.refused)}", Paint.BAD)


def reviewed_document(commit: str, targets: Sequence[TargetReview], place: Place) -> dict[str, Json]:
    """The decisions as data."""
    return {
        "apiVersion": API_VERSION,
        "commit": commit,
        "targets": [_target(one, place) for one in targets],
    }


def _target(one: TargetReview, place: Place) -> dict[str, Json]:
    return {
        "name": one.name,
        "state": one.state.value,
        "since": one.since,
        "pulls": [_pull(one, pull, place) for pull in one.pulls],
        "reasons": list(one.reasons),
        "refused": one.refused,
    }


def _pull(one: TargetReview, pull: ReviewedPull, place: Place) -> dict[str, Json]:
    written = one.state is ReviewState.REVIEWED
    number = pull.pull.number
    return {"number": number, "head": pull.pull.head, "plan": place(one.name, number) if written else None}
