"""A plan as Markdown, for the summary of a CI job, or to be posted somewhere.

Risks come first, and the text always fits into a comment. No value can act as Markdown or HTML: every
expression of the templates is escaped.
"""

from functools import partial

from reconciler.core.planning.capacity.changes import capacity_of
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.plan import Plan
from reconciler.report.markup.escaping import Rendered, escape
from reconciler.report.markup.fitting import MAX_BYTES, fitted
from reconciler.report.plan import words
from reconciler.report.plan.capacity import total_lines
from reconciler.report.plan.markdown_parts import (
    FORMS,
    MOST_LEFT_OUT,
    SECTIONS,
    changing,
    deployment_part,
    in_order,
    left_out_words,
    line_part,
    refused_parts,
    render,
    unseen_parts,
)

LAST = "last"
IN_THE_SAVED_PLAN = "The saved plan holds them all."


def plan_markdown(
    plan: Plan, *, unchanged: bool = True, prices: Prices | None = None, room: int = MAX_BYTES
) -> str:
    """The plan in at most `room` bytes of UTF-8. If it is longer, the least important parts are left out, and
    the text says so. With `unchanged` it also names the deployments that stay as they are, with `prices` it
    tells the cost.
    """
    capacity = capacity_of(plan, prices)
    lines = (*(words.unchanged_lines(plan) if unchanged else ()), *total_lines(capacity))
    deployments = [deployment_part(item, capacity) for item in changing(plan)]
    parts = [
        *refused_parts(plan),
        *(part for part in deployments if part.risky),
        *unseen_parts(plan),
        *(part for part in deployments if not part.risky),
        *(line_part(Rendered(escape(line)), LAST) for line in lines),
    ]
    around = partial(render, "plan.md.j2", plan=plan)
    headings: dict[str, list[str]] = {title: [] for title in ("", *SECTIONS)}
    frame = around(sections=headings, last=(), left_out=left_out_words(MOST_LEFT_OUT, IN_THE_SAVED_PLAN))
    told = fitted(parts, room - len(frame.encode()), len(FORMS))
    sections = in_order(told.sections, ("", *SECTIONS))
    last = told.sections.get(LAST, ())
    return around(sections=sections, last=last, left_out=left_out_words(told, IN_THE_SAVED_PLAN))
