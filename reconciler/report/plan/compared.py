"""A plan beside those that were reviewed: what is more than was reviewed, or other, in words; and its place
in the JSON document.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import assert_never

from reconciler.core.model.configuration import Json
from reconciler.core.model.text import counted
from reconciler.core.planning.plan import Action
from reconciler.core.planning.review.compared import READABLE, Comparison, SeenInReview, Unreviewed
from reconciler.core.planning.review.promises import Promise, PromiseKind
from reconciler.report.plan.words import action_words
from reconciler.report.style import Paint, Style, clean
from reconciler.report.values import short_digests, value_words

NOTHING_REVIEWED = "no plan was reviewed"
UNREADABLE = "a reviewed plan cannot be read: another version of reconcile made it, or it is damaged"
WHAT_TO_DO = (
    "open a pull request: its plan shows this, and merging it says yes to it",
    "or plan again without --compare, look at that plan, and apply it under approval",
)


def compared_lines(comparison: Comparison, show: Style) -> Iterator[str]:
    """What came of the comparison; the last lines of a plan."""
    paint = Paint.GOOD if comparison.covered else Paint.BAD
    yield show(verdict(comparison), paint)
    for name, differences in groupby(comparison.unreviewed, lambda one: one.promise.deployment):
        yield f"  {clean(name) or 'the whole plan'}"
        for one in differences:
            yield f"    {_clean(difference_words(one.promise))}"
            yield from (f"      {_clean(words)}" for words in instead(one))
    if not comparison.covered:
        yield "What can be done:"
        yield from (f"  - {line}" for line in WHAT_TO_DO)


def verdict(comparison: Comparison) -> str:
    """Whether all of it was reviewed, in one sentence."""
    number = len(comparison.reviewed)
    with_what = (
        f"Compared with {counted(number, 'reviewed plan')}" if number else f"Compared: {NOTHING_REVIEWED}"
    )
    if comparison.covered:
        return f"{with_what}: nothing of this plan is more than was reviewed, or other."
    things = counted(len(comparison.unreviewed), "thing")
    verb = "is" if len(comparison.unreviewed) == 1 else "are"
    return f"{with_what}: {things} {verb} more than was reviewed, or other. Nothing of it is applied."


def difference_words(promise: Promise) -> str:
    """What the plan does that nobody reviewed; it follows the name of the deployment."""
    what = promise.what
    match promise.kind:
        case PromiseKind.PLAN:
            return UNREADABLE if what == READABLE else f"{what}: {value_words(promise.new)}"
        case PromiseKind.PROJECT:
            return f"the project {what} will be created"
        case PromiseKind.DEPLOYMENT:
            ocid = f" ({promise.old})" if promise.old else ""
            return f"it {action_words(Action(str(promise.new)))}{ocid}"
        case PromiseKind.STOP:
            return "it stops serving for a while"
        case PromiseKind.DANGER:
            return f"danger: {what}"
        case PromiseKind.FIELD:
            return f"{what}: {_change_words(promise)}"
        case PromiseKind.SETTING:
            return f"created with {what}: {value_words(promise.new)}"
        case PromiseKind.IMAGE:
            return f"the image {what} will be built and pushed"
        case PromiseKind.CATALOG:
            return _entry_words(promise)
        case _:
            assert_never(promise.kind)


def _change_words(promise: Promise) -> str:
    return f"{value_words(promise.old)} → {value_words(promise.new)} [{promise.impact}]"


def _entry_words(promise: Promise) -> str:
    match promise.new:
        case "rename":
            return "its catalog entries are renamed"
        case "release":
            return f"our marks are taken off the catalog entry {promise.what}"
        case _:
            return f"the catalog entry {promise.what} will be deleted"


def instead(one: Unreviewed) -> Iterator[str]:
    """What was reviewed in its place, a line for each plan that says something of it."""
    if not one.seen:
        where = "no reviewed plan names it" if one.promise.deployment else NOTHING_REVIEWED
        yield where
    for seen in one.seen:
        yield f"reviewed in {seen.name}: {_seen_words(one.promise, seen)}"


def _seen_words(promise: Promise, seen: SeenInReview) -> str:
    if seen.unread:
        return seen.unread
    if seen.refused:
        return "the whole plan was refused, and nothing of it was to be sent"
    if promise.kind in VALUES and seen.promises:
        words = _change_words if promise.kind is PromiseKind.FIELD else (lambda old: value_words(old.new))
        return ", or ".join(words(old) for old in seen.promises)
    if seen.promises:
        return ", or ".join(difference_words(old) for old in seen.promises)
    if seen.action is None:
        return "not this"
    silent = seen.action in (Action.UPDATE, promise.new)
    return f"it {action_words(seen.action)}" + (", without this" if silent else "")


VALUES = (PromiseKind.PLAN, PromiseKind.FIELD, PromiseKind.SETTING)


def _clean(text: str) -> str:
    return short_digests(clean(text))


def comparison_document(comparison: Comparison) -> dict[str, Json]:
    """The comparison as plain data. `words` say it all to people."""
    return {
        "covered": comparison.covered,
        "reviewed": [
            {
                "plan": one.name,
                "digest": one.plan.digest if one.plan else None,
                "commit": one.plan.revision.commit if one.plan and one.plan.revision else None,
                "unread": one.unread,
            }
            for one in comparison.reviewed
        ],
        "differences": [_difference(one) for one in comparison.unreviewed],
    }


def _difference(one: Unreviewed) -> Json:
    promise = one.promise
    return {
        "kind": promise.kind.value,
        "deployment": promise.deployment,
        "what": promise.what,
        "old": promise.old,
        "new": promise.new,
        "impact": promise.impact.value if promise.impact else None,
        "words": difference_words(promise),
        "reviewed": list(instead(one)),
    }
