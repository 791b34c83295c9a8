"""What a plan does to each deployment, in words that text and Markdown share."""

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from reconciler.core.plan import Action, DeactivateDeployment, DeploymentPlan, Plan
from reconciler.report.values import count, short_revision

NAMES_SHOWN = 10


def action_words(action: Action) -> str:
    """What happens to a deployment, after its name."""
    match action:
        case Action.NOTHING:
            return "stays as it is"
        case Action.CREATE:
            return "will be created"
        case Action.UPDATE:
            return "will be updated"
        case Action.REPLACE:
            return "will be deleted and created anew"
        case Action.DELETE:
            return "will be deleted"
        case Action.WAIT:
            return "will be waited for"
        case Action.BLOCKED:
            return "is blocked"
        case _:
            assert_never(action)


def summary(plan: Plan) -> str:
    """The whole plan in one sentence."""
    if plan.empty:
        return _nothing(plan)
    numbers = Counter(item.action for item in plan.deployments)
    parts = [f"{numbers[action]} {words}" for action, words in SUMMARY_WORDS if numbers[action]]
    return f"Plan: {', '.join(parts)}."


SUMMARY_WORDS = (
    (Action.BLOCKED, "blocked"),
    (Action.CREATE, "to create"),
    (Action.UPDATE, "to update"),
    (Action.REPLACE, "to replace"),
    (Action.DELETE, "to delete"),
    (Action.WAIT, "to wait for"),
    (Action.NOTHING, "unchanged"),
)


def _nothing(plan: Plan) -> str:
    number = len(plan.deployments)
    if any(not item.manifest for item in plan.deployments) or not number:
        return "Nothing to do."
    verb, rest = ("is", "its manifest says") if number == 1 else ("are", "their manifests say")
    return f"Nothing to do: {count(number, 'deployment')} {verb} as {rest}."


def unchanged_lines(plan: Plan) -> Iterator[str]:
    """One line for each reason to leave deployments as they are."""
    reasons: dict[str, list[str]] = {}
    for item in plan.with_action(Action.NOTHING):
        reasons.setdefault(item.reason, []).append(item.name)
    for reason, names in reasons.items():
        yield f"{len(names):,} unchanged ({reason}): {some(names)}"


def some(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def heading(plan: Plan) -> str:
    """Which world the plan is for, and from which revision."""
    words = f"target {plan.target}, project {plan.project.name}, owner {plan.owner}"
    if plan.revision is None:
        return words
    branch = f" on {plan.revision.branch}" if plan.revision.branch else ""
    return f"{words}, revision {short_revision(plan.revision.commit)}{branch}"


def stops(item: DeploymentPlan) -> bool:
    """Whether a deployment that may be serving stops on the way."""
    return any(isinstance(step, DeactivateDeployment) for step in item.steps)
