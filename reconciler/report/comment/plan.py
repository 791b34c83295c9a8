"""The comment on a pull request: what its branch changes against its base, and what an apply will do to what
is live. Counts and risks come first. It always fits: the least important parts are shortened, then left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from reconciler.core.model.text import counted
from reconciler.core.planning.capacity.changes import PlanCapacity, capacity_of
from reconciler.core.planning.capacity.prices import Prices
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.review.branch import BranchChanges
from reconciler.core.planning.review.two_views import TwoViews
from reconciler.report.comment.branch_parts import BRANCH, RULES, branch_parts, rule_parts
from reconciler.report.comment.frame import COMMENT_BYTES, made_words, where_words
from reconciler.report.comment.look_first import NO_RISK, branch_lines, risk_lines
from reconciler.report.markup.escaping import Rendered, code, escape
from reconciler.report.markup.fitting import TextPart, fitted
from reconciler.report.plan import words
from reconciler.report.plan.capacity import total_lines
from reconciler.report.plan.markdown_parts import (
    FORMS,
    MOST_LEFT_OUT,
    SECTIONS,
    changing,
    deployment_part,
    left_out_words,
    line_part,
    refused_parts,
    render,
    unseen_parts,
)
from reconciler.report.values import short_revision

BESIDE_BRANCH, APPLY, LAST = "Beside this branch", "apply", "last"
WHAT_FROM_MEANS = (
    "Not of this branch: what has drifted was changed live since it was applied; of what differs, who has "
    "moved it cannot be told: it may be drift, pending from another merge, or a tag that has moved."
)
"""For the column that says where a change comes from."""


@dataclass(frozen=True, slots=True)
class PlanComment:
    """What the comment is made of: the plan; what the branch changes, or why that is not known; the commit
    that was planned, and when (RFC 3339, in UTC); where the branch is now if it has moved on, else empty; the
    address of the run that has the whole plan, and the prices, if there are any.
    """

    plan: Plan
    branch: BranchChanges | str
    commit: str
    made_at: str
    newer: str = ""
    run_url: str = ""
    prices: Prices | None = None


def plan_comment(comment: PlanComment) -> str:
    """The comment, in at most COMMENT_BYTES of UTF-8."""
    plan, made = comment.plan, made_words(comment.commit, comment.made_at, comment.newer, comment.run_url)
    if plan.empty and isinstance(comment.branch, BranchChanges) and _changes_nothing(comment.branch):
        return f"**Plan for target {escape(plan.target)}:** {escape(words.summary(plan))} {made}\n"
    around = partial(render, "comment/plan.md.j2", plan=plan, made=made)
    headings, where = _headings(comment), where_words(comment.run_url)
    empty = [(heading, ()) for heading in headings.values()]
    frame = around(sections=empty, left_out=left_out_words(MOST_LEFT_OUT, where))
    told = fitted([*_parts(comment)], COMMENT_BYTES - len(frame.encode()), len(FORMS))
    sections = [
        (heading, told.sections.get(title, ()))
        for title, heading in headings.items()
        if title == APPLY or title in told.sections
    ]
    return around(sections=sections, left_out=left_out_words(told, where))


def _changes_nothing(branch: BranchChanges) -> bool:
    return not (branch.deployments or branch.settings or branch.workflows)


def _headings(comment: PlanComment) -> dict[str, Rendered]:
    """The sections in the order in which they are shown, each with its heading."""
    base = comment.branch.base if isinstance(comment.branch, BranchChanges) else ""
    against = f" ({code(short_revision(base))})" if base else ""
    headings = {
        "": "",
        RULES: "#### Rules and workflows that this branch changes",
        BRANCH: f"#### What this branch changes against its base{against}",
        APPLY: "#### What apply will do to what is live",
        **{title: f"##### {title}" for title in (*SECTIONS[:3], BESIDE_BRANCH, *SECTIONS[3:])},
        LAST: "",
    }
    return {title: Rendered(heading) for title, heading in headings.items()}


def _parts(comment: PlanComment) -> Iterator[TextPart]:
    """All parts, the most important first."""
    plan, branch = comment.plan, comment.branch
    views = TwoViews.of(plan, branch) if isinstance(branch, BranchChanges) else None
    capacity = capacity_of(plan, comment.prices)
    deployments = [_deployment(item, capacity, views) for item in changing(plan)]
    yield from _first(plan, views)
    if isinstance(branch, str):
        yield line_part(Rendered(f"Not known: {escape(branch)}"), BRANCH, risky=True)
    yield from _ends(plan, capacity)
    yield from rule_parts(views.branch) if views else ()
    yield from (part for part in deployments if part.risky)
    yield from unseen_parts(plan)
    yield from branch_parts(views) if views else ()
    others = [part for part in deployments if not part.risky]
    yield from sorted(others, key=lambda part: part.section != BESIDE_BRANCH)


def _first(plan: Plan, views: TwoViews | None) -> Iterator[TextPart]:
    """The counts of all risks, why the whole plan is refused, and what else has to be known first."""
    lines = [*risk_lines(plan)] or [NO_RISK]
    lines += branch_lines(views) if views else []
    yield from (line_part(Rendered(f"- {escape(line)}"), risky=True) for line in lines)
    yield from refused_parts(plan)
    if views and views.beside.fields:
        yield line_part(Rendered(WHAT_FROM_MEANS), APPLY)
    if views and not views.branch.deployments:
        yield line_part(Rendered("No manifest for this target, and no file that one names."), BRANCH)


def _ends(plan: Plan, capacity: PlanCapacity) -> Iterator[TextPart]:
    """What is said of the whole plan: what apply does at all, what stays, capacity and cost."""
    if not any(item.action is not Action.NOTHING for item in plan.deployments):
        yield line_part(Rendered(escape(words.summary(plan))), APPLY)
    unchanged = sum(1 for _ in plan.with_action(Action.NOTHING))
    lines = [f"{counted(unchanged, 'deployment')} unchanged"] if unchanged else []
    for line in (*lines, *total_lines(capacity), *filter(None, [words.kept_line(plan)])):
        yield line_part(Rendered(escape(line)), LAST)


def _deployment(item: DeploymentPlan, capacity: PlanCapacity, views: TwoViews | None) -> TextPart:
    """What apply does to a deployment; with what is known of the branch, where its changes come from."""
    if views is None:
        return deployment_part(item, capacity)
    fields = (change.field for change in item.changes)
    part = deployment_part(item, capacity, dict(zip(fields, views.origins(item), strict=True)))
    elsewhere = not part.risky and not views.is_of_branch(item)
    return replace(part, section=BESIDE_BRANCH) if elsewhere else part
