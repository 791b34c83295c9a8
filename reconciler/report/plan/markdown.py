"""A plan as Markdown, for the comment on a pull request and the summary of a CI job.

Risks come first, and the text always fits into a comment. No value can act as Markdown or HTML: every
expression of the templates is escaped.
"""

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from reconciler.core.model.text import counted
from reconciler.core.planning.capacity.changes import PlanCapacity, capacity_of
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.report.plan import words
from reconciler.report.plan.capacity import capacity_lines, total_lines
from reconciler.report.plan.steps import named_steps, step_details, step_words
from reconciler.report.style import clean
from reconciler.report.values import short_digests, shorten, value_words
from reconciler.shipped import template_text

if TYPE_CHECKING:
    from jinja2 import Template

MAX_BYTES = 65_536
"""The largest comment that GitHub takes. Its limit is 65,536 characters; we count bytes, to be safe."""

LONGEST_SENTENCE = 1000
BLANK_LINE = len("\n\n")

FORMS = ("full", "short", "line", "")
"""How much of a deployment is shown: all with its steps, without steps, one line, nothing."""


def plan_markdown(
    plan: Plan, *, unchanged: bool = True, prices: Prices | None = None, room: int = MAX_BYTES
) -> str:
    """The plan in at most `room` bytes of UTF-8. If it is longer, the least important parts are left out, and
    the text says so. With `unchanged` it also names the deployments that stay as they are, with `prices` it
    tells the cost.
    """
    capacity = capacity_of(plan, prices)
    parts = [_Part.of(item, capacity) for item in sorted(_changing(plan), key=_importance)]
    empty: dict[str, list[str]] = {section: [] for section in SECTIONS}
    lines = tuple(words.unchanged_lines(plan)) if unchanged else ()
    around = partial(_render, "plan.md.j2", plan=plan, unchanged=lines, capacity=tuple(total_lines(capacity)))
    frame = around(sections=empty, hidden=len(parts), cut=True)
    levels = _levels(parts, room - len(frame.encode()))
    sections: dict[str, list[str]] = {}
    for part, level in zip(parts, levels, strict=True):
        if part.forms[level]:
            sections.setdefault(_section(part.item), []).append(part.forms[level])
    hidden = levels.count(len(FORMS) - 1)
    return around(sections=sections, hidden=hidden, cut=any(levels))


@dataclass(frozen=True, slots=True)
class _Part:
    """A deployment in each of `FORMS`, the longest first."""

    item: DeploymentPlan
    forms: tuple[str, ...]

    @classmethod
    def of(cls, item: DeploymentPlan, capacity: PlanCapacity) -> "_Part":
        lines = tuple(capacity_lines(capacity.of(item), capacity.prices))
        forms = [
            _render("plan-deployment.md.j2", item=item, form=form, capacity=lines).strip() if form else ""
            for form in FORMS
        ]
        return cls(item, tuple(Rendered(form) for form in forms))


class Rendered(str):
    """Finished Markdown: its values are escaped already."""

    __slots__ = ()


def _changing(plan: Plan) -> list[DeploymentPlan]:
    return [item for item in plan.deployments if item.action is not Action.NOTHING]


SECTIONS = (
    "Refused",
    "These stop serving or go",
    "These may break clients",
    "Updates",
    "New",
    "Paused",
    "Unused in the catalog",
    "Released",
)


def _section(item: DeploymentPlan) -> str:
    if item.action is Action.BLOCKED:
        return SECTIONS[0]
    if item.action in {Action.REPLACE, Action.DELETE} or words.stops(item):
        return SECTIONS[1]
    if item.dangers:
        return SECTIONS[2]
    if item.action is Action.PAUSED:
        return SECTIONS[5]
    if item.action is Action.CLEAN_UP:
        return SECTIONS[6]
    if item.action is Action.RELEASE:
        return SECTIONS[7]
    return SECTIONS[4] if item.action is Action.CREATE else SECTIONS[3]


def _importance(item: DeploymentPlan) -> tuple[int, bool, str]:
    return SECTIONS.index(_section(item)), item.action is Action.DELETE, item.name


def _levels(parts: list[_Part], room: int) -> list[int]:
    """Which form each part gets, so that all of them fit together. First steps are left out, then details,
    then whole deployments, always from the least important one on.
    """
    sizes = [[len(form.encode()) + BLANK_LINE if form else 0 for form in part.forms] for part in parts]
    levels = [0] * len(parts)
    total = sum(size[0] for size in sizes)
    for level in range(1, len(FORMS)):
        for index in reversed(range(len(parts))):
            if total <= room:
                return levels
            total += sizes[index][level] - sizes[index][level - 1]
            levels[index] = level
    return levels


def _render(name: str, **values: object) -> Rendered:
    return Rendered(_template(name).render(**values))


@cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, StrictUndefined

    # Markdown has to be escaped too, not HTML alone: `finalize` sees every expression.
    environment = Environment(
        autoescape=False,  # noqa: S701 - as above
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        action=words.action_words,
        rollback=words.rollback_words,
        by_update=words.by_update,
        code=code,
        details=step_details,
        count=counted,
        heading=words.heading,
        kept=words.kept_line,
        step=step_words,
        steps=named_steps,
        stops=words.stops,
        title=words.title,
        unseen=words.unseen_lines,
        unset=words.unset_lines,
        value=value_words,
    )
    environment.globals.update(
        STOP=Impact.STOP, REPLACE=Impact.REPLACE, WHOLE_PLAN_REFUSED=words.WHOLE_PLAN_REFUSED
    )
    return environment.from_string(template_text(name))


_SPECIAL = re.compile(r"[^\w ./,;:()%+→…-]|_|:(?=\S)|(?<=www)\.", re.IGNORECASE)


def escape(value: object) -> str:
    """Any value as plain text on one line, not too long, that neither Markdown nor HTML interprets.

    A character reference never acts as a sign of Markdown (CommonMark 0.31 §2.5), so every character that
    could be one becomes a reference. A zero-width space after `@` keeps GitHub from notifying people.
    """
    if isinstance(value, Rendered):
        return value
    return _escaped(value).replace(AT, f"{AT}&#8203;")


def code(value: object) -> Rendered:
    """Any value, set as code."""
    return Rendered(f"<code>{_escaped(value)}</code>")


AT = f"&#{ord('@')};"


def _escaped(value: object) -> str:
    text = shorten(short_digests(clean(str(value))), LONGEST_SENTENCE)
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", text)
