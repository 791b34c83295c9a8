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
from reconciler.core.planning.review.two_views import beside, is_of_branch, origins
from reconciler.report.comment.branch_parts import BRANCH, RULES, branch_parts, rule_parts
from reconciler.report.comment.frame import COMMENT_BYTES, made_words, where_words
from reconciler.report.comment.look_first import NO_RISK, branch_lines, risk_lines
from reconciler.report.markup.escaping import Rendered, code, escape
from reconciler.report.markup.fitting import Part, fitted
from reconciler.report.plan import words
from reconciler.report.plan.capacity import total_lines
from reconciler.report.plan.markdown_parts import (
    ROOM_FOR_LEFT_OUT,
    SECTIONS,
    changing,
    deployment_part,
    left_out_words,
    line_part,
    render,
    whole_plan_parts,
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
    headings = _headings(comment)
    frame = around(sections=[(heading, ()) for heading in headings.values()], left_out="")
    told = fitted([*_parts(comment)], COMMENT_BYTES - len(frame.encode()) - ROOM_FOR_LEFT_OUT)
    sections = [
        (heading, told.sections.get(title, ()))
        for title, heading in headings.items()
        if title == APPLY or title in told.sections
    ]
    return around(sections=sections, left_out=left_out_words(told, where_words(comment.run_url)))


def _changes_nothing(branch: BranchChanges) -> bool:
    return not (branch.deployments or branch.settings or branch.workflows)


def _headings(comment: PlanComment) -> dict[str, str]:
    """The sections in the order in which they are shown, each with its heading."""
    base = comment.branch.base if isinstance(comment.branch, BranchChanges) else ""
    against = f" ({code(short_revision(base))})" if base else ""
    return {
        "": "",
        RULES: "#### Rules and workflows that this branch changes",
        BRANCH: f"#### What this branch changes against its base{against}",
        APPLY: "#### What apply will do to what is live",
        **{title: f"##### {title}" for title in (*SECTIONS[:3], BESIDE_BRANCH, *SECTIONS[3:])},
        LAST: "",
    }


def _parts(comment: PlanComment) -> Iterator[Part]:
    """All parts, the most important first."""
    plan, branch = comment.plan, comment.branch
    capacity = capacity_of(plan, comment.prices)
    yield from _first(plan, branch)
    yield from _ends(plan, capacity)
    if isinstance(branch, BranchChanges):
        yield from rule_parts(branch)
        if beside(plan, branch).fields:
            yield line_part(Rendered(WHAT_FROM_MEANS), APPLY)
    deployments = [_deployment(item, capacity, branch) for item in changing(plan)]
    yield from (part for part in deployments if part.risky)
    if isinstance(branch, BranchChanges):
        yield from branch_parts(plan, branch)
    yield from sorted(
        (part for part in deployments if not part.risky), key=lambda part: part.section != BESIDE_BRANCH
    )


def _first(plan: Plan, branch: BranchChanges | str) -> Iterator[Part]:
    """The counts of all risks, why the whole plan is refused, and what is not known."""
    lines = [*risk_lines(plan)] or [NO_RISK]
    lines += branch_lines(plan, branch) if isinstance(branch, BranchChanges) else []
    yield line_part(Rendered("\n".join(f"- {escape(line)}" for line in lines)), risky=True)
    yield from whole_plan_parts(plan)
    if isinstance(branch, str):
        yield line_part(Rendered(f"Not known: {escape(branch)}"), BRANCH, risky=True)
    elif not branch.deployments:
        yield line_part(Rendered("No manifest for this target, and no file that one names."), BRANCH)


def _ends(plan: Plan, capacity: PlanCapacity) -> Iterator[Part]:
    """What is said of the whole plan: what apply does at all, what stays, capacity and cost."""
    if not any(item.action is not Action.NOTHING for item in plan.deployments):
        yield line_part(Rendered(escape(words.summary(plan))), APPLY)
    unchanged = sum(1 for _ in plan.with_action(Action.NOTHING))
    lines = [f"{counted(unchanged, 'deployment')} unchanged"] if unchanged else []
    for line in (*lines, *total_lines(capacity), *filter(None, [words.kept_line(plan)])):
        yield line_part(Rendered(escape(line)), LAST)


def _deployment(item: DeploymentPlan, capacity: PlanCapacity, branch: BranchChanges | str) -> Part:
    """What apply does to a deployment; with what is known of the branch, where its changes come from."""
    if isinstance(branch, str):
        return deployment_part(item, capacity)
    fields = (change.field for change in item.changes)
    part = deployment_part(item, capacity, dict(zip(fields, origins(item, branch), strict=True)))
    elsewhere = not part.risky and not is_of_branch(item, branch)
    return replace(part, section=BESIDE_BRANCH) if elsewhere else part
