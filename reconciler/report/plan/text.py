"""A plan as text, for a person at a terminal or in a log."""

from collections.abc import Iterator
from typing import assert_never

from reconciler.core.planning.capacity.changes import PlanCapacity, capacity_of
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal
from reconciler.report.plan import words
from reconciler.report.plan.capacity import capacity_lines, total_lines
from reconciler.report.plan.steps import named_steps, step_details, step_words
from reconciler.report.style import Paint, Style, clean
from reconciler.report.values import short_digests, table_lines, value_words


def plan_lines(plan: Plan, show: Style, *, unchanged: bool = True, prices: Prices | None = None) -> list[str]:
    """The whole plan: what happens to each deployment, why, and by which steps. With `unchanged` it also
    names the deployments that stay as they are. The first and the last line sum it up. With `prices` it tells
    the cost.
    """
    capacity = capacity_of(plan, prices)
    lines = [
        show(_clean(words.title(plan)), Paint.STRONG),
        show(_clean(words.heading(plan)), Paint.FAINT),
        "",
    ]
    if plan.refusals:
        lines += [*_whole_plan(plan, show), ""]
    not_seen = (*words.unset_lines(plan), *words.unseen_lines(plan))
    if not_seen:
        lines += [*(show("! ", Paint.CAREFUL) + _clean(line) for line in not_seen), ""]
    if plan.project_step is not None:
        lines += [f"First: {_step(step_words(plan.project_step), step_details(plan.project_step))}", ""]
    for item in plan.deployments:
        if item.action is not Action.NOTHING:
            lines += [*_deployment(item, show, capacity), ""]
    if unchanged:
        lines += [_clean(line) for line in words.unchanged_lines(plan)]
    lines += [_clean(line) for line in filter(None, [words.kept_line(plan)])]
    lines += [_clean(line) for line in total_lines(capacity)]
    return [*lines, show(words.summary(plan), Paint.STRONG)]


def _whole_plan(plan: Plan, show: Style) -> Iterator[str]:
    """Why nothing at all is sent. The plan that would be sent follows."""
    yield show(f"! {words.WHOLE_PLAN_REFUSED}", Paint.BAD)
    for refusal in plan.refusals:
        yield from _refusal(refusal, show)


def blocked_lines(plan: Plan) -> Iterator[str]:
    """Which deployments are blocked, why, and what can be done: the last lines of an apply."""
    for item in plan.blocked:
        for refusal in item.refusals:
            yield f"blocked: {clean(item.name)}: {_clean(refusal.reason)}"
            yield from (f"    - {_clean(choice)}" for choice in refusal.choices)


def _deployment(item: DeploymentPlan, show: Style, capacity: PlanCapacity) -> Iterator[str]:
    yield headline(item, show)
    if item.manifest:
        yield show(f"    {clean(item.manifest)}", Paint.FAINT)
    yield from warning_lines(item, show)
    yield from _change_lines(item, show)
    yield from (f"    {_clean(line)}" for line in capacity_lines(capacity.of(item), capacity.prices))
    yield from step_lines(item)


def headline(item: DeploymentPlan, show: Style) -> str:
    """What happens to a deployment, and why."""
    mark, paint = _mark(item)
    stop = " and stops serving for a while" if words.stops(item) else ""
    name = show(f"{mark} {clean(item.name)} {words.action_words(item.action)}{stop}", paint)
    return f"{name}: {_clean(item.reason)}"


def warning_lines(item: DeploymentPlan, show: Style) -> Iterator[str]:
    """What a reader must know before the changes: dangers, refusals with their choices, notes."""
    for danger in item.dangers:
        yield "    " + show("danger: ", Paint.BAD) + _clean(danger)
    for refusal in item.refusals:
        yield from _refusal(refusal, show)
    for note in item.notes:
        yield "    " + show("note: ", Paint.CAREFUL) + _clean(note)


def step_lines(item: DeploymentPlan) -> Iterator[str]:
    """The steps, and what happens when one of them fails."""
    for number, text in enumerate(step_texts(item), start=1):
        yield f"    {number:>2}. {text}"
    if rollback := words.rollback_words(item):
        yield f"    if a step fails: {clean(rollback)}"


def step_texts(item: DeploymentPlan) -> Iterator[str]:
    """Each step on one line."""
    return (_step(name, details) for name, details in named_steps(item))


def _change_lines(item: DeploymentPlan, show: Style) -> Iterator[str]:
    """Each update with its changes and their reasons. All changes are one table, so that columns align."""
    lines = iter(table_lines([_change(change) for part in words.by_update(item) for change in part.changes]))
    for part in words.by_update(item):
        if part.title:
            yield "    " + show(clean(part.title), Paint.STRONG)
        yield from (f"      {next(lines)}" for _ in part.changes)
        yield from (show(f"      why: {clean(reason)}", Paint.FAINT) for reason in part.reasons)


def _mark(item: DeploymentPlan) -> tuple[str, Paint]:
    match item.action:
        case Action.CREATE:
            return "+", Paint.GOOD
        case Action.UPDATE:
            return "~", Paint.BAD if words.stops(item) or item.dangers else Paint.CAREFUL
        case Action.REPLACE:
            return "±", Paint.BAD
        case Action.DELETE:
            return "-", Paint.BAD
        case Action.CLEAN_UP:
            return "-", Paint.CAREFUL
        case Action.RELEASE:
            return "<", Paint.CAREFUL
        case Action.BLOCKED:
            return "!", Paint.BAD
        case Action.PAUSED:
            return "=", Paint.CAREFUL
        case Action.WAIT | Action.NOTHING:
            return " ", Paint.FAINT
        case _:
            assert_never(item.action)


def _change(change: Change) -> tuple[str, ...]:
    values = f"{value_words(change.old)} → {value_words(change.new)}"
    return f"{clean(change.field)}:", values, f"[{change.impact}]"


def _refusal(refusal: Refusal, show: Style) -> Iterator[str]:
    yield "    " + show("refused: ", Paint.BAD) + _clean(refusal.reason)
    if refusal.choices:
        yield "    what can be done:"
    for choice in refusal.choices:
        yield f"      - {_clean(choice)}"


def _step(name: str, details: str) -> str:
    return clean(name + (f": {details}" if details else ""))


def _clean(text: str) -> str:
    return short_digests(clean(text))
