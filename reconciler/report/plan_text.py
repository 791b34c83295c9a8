"""A plan as text, for a person at a terminal or in a log."""

from collections.abc import Iterator
from typing import assert_never

from reconciler.core.fields import Change
from reconciler.core.plan import Action, DeploymentPlan, Plan, Refusal, Step
from reconciler.report.steps import group_words, step_details, step_words
from reconciler.report.style import Paint, Style, clean
from reconciler.report.values import short_digests, table_lines, value_words
from reconciler.report.words import action_words, heading, stops, summary, unchanged_lines


def plan_lines(plan: Plan, show: Style) -> list[str]:
    """The whole plan: what happens to every deployment, why, by which steps; at the end one line that sums
    it up.
    """
    lines = [show(_said(heading(plan)), Paint.FAINT), ""]
    if plan.project_step is not None:
        lines += [f"First: {_step(plan.project_step)}", ""]
    for item in plan.deployments:
        if item.action is not Action.NOTHING:
            lines += [*_deployment(item, show), ""]
    lines += [_said(line) for line in unchanged_lines(plan)]
    return [*lines, show(summary(plan), Paint.STRONG)]


def _deployment(item: DeploymentPlan, show: Style) -> Iterator[str]:
    mark, paint = _mark(item)
    stop = " and stops serving for a while" if stops(item) else ""
    name = show(f"{mark} {clean(item.name)} {action_words(item.action)}{stop}", paint)
    yield f"{name}: {_said(item.reason)}"
    if item.manifest:
        yield show(f"    {clean(item.manifest)}", Paint.FAINT)
    for line in table_lines([_change(change) for change in item.changes]):
        yield f"    {line}"
    for refusal in item.refusals:
        yield from _refusal(refusal, show)
    for note in item.notes:
        yield "    " + show("note: ", Paint.CAREFUL) + _said(note)
    for number, step in enumerate(item.steps, start=1):
        yield f"    {number:>2}. {_step(step)}"


def _mark(item: DeploymentPlan) -> tuple[str, Paint]:
    match item.action:
        case Action.CREATE:
            return "+", Paint.GOOD
        case Action.UPDATE:
            return "~", Paint.BAD if stops(item) else Paint.CAREFUL
        case Action.REPLACE:
            return "±", Paint.BAD
        case Action.DELETE:
            return "-", Paint.BAD
        case Action.BLOCKED:
            return "!", Paint.BAD
        case Action.WAIT | Action.NOTHING:
            return " ", Paint.FAINT
        case _:
            assert_never(item.action)


def _change(change: Change) -> tuple[str, ...]:
    values = f"{value_words(change.old)} → {value_words(change.new)}"
    return f"{clean(change.field)}:", values, f"[{group_words(change.group)}: {change.impact}]"


def _refusal(refusal: Refusal, show: Style) -> Iterator[str]:
    yield "    " + show("refused: ", Paint.BAD) + _said(refusal.reason)
    if refusal.choices:
        yield "    what can be done:"
    for choice in refusal.choices:
        yield f"      - {_said(choice)}"


def _step(step: Step) -> str:
    details = step_details(step)
    return clean(step_words(step) + (f": {details}" if details else ""))


def _said(text: str) -> str:
    return short_digests(clean(text))
