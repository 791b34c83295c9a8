"""The words for a plan that its text and its Markdown share."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from reconciler.core.model.text import counted
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import AS_IT_SHOULD_BE, Action, DeploymentPlan, Plan
from reconciler.core.planning.steps import DeactivateDeployment, Step, UpdateDeployment, WaitFor
from reconciler.core.planning.transition.changes import MARKS_SOURCE
from reconciler.report.plan.steps import groups_words, step_words
from reconciler.report.values import short_revision

NAMES_SHOWN = 10
WHOLE_PLAN_REFUSED = "The whole plan is refused, and nothing of it will be sent"


def action_words(action: Action) -> str:
    """What happens to a deployment; it follows its name in a sentence."""
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
        case Action.RELEASE:
            return "will be released, and runs on"
        case Action.CLEAN_UP:
            return "will be cleaned up"
        case Action.WAIT:
            return "will be waited for"
        case Action.PAUSED:
            return "is paused"
        case Action.BLOCKED:
            return "is blocked"
        case _:
            assert_never(action)


def title(plan: Plan) -> str:
    """The first line of a plan: its target, and how many deployments each action concerns."""
    parts = (["nothing to do"] if plan.empty else []) + _totals(plan)
    return f"Plan for target {plan.target}: {', '.join(parts)}"


def summary(plan: Plan) -> str:
    """The last line of a plan: all of it in one sentence."""
    return _nothing(plan) if plan.empty else f"Plan: {', '.join(_totals(plan))}."


def _totals(plan: Plan) -> list[str]:
    numbers = Counter(item.action for item in plan.deployments)
    stopping = stopped(plan)
    with_stop = {Action.UPDATE: f" ({stopping:,} with a stop)" if stopping else ""}
    return [
        f"{numbers[action]:,} {words}{with_stop.get(action, '')}"
        for action, words in TOTALS
        if numbers[action]
    ]


TOTALS = (
    (Action.CREATE, "to create"),
    (Action.UPDATE, "to update"),
    (Action.REPLACE, "to replace"),
    (Action.DELETE, "to delete"),
    (Action.RELEASE, "to release"),
    (Action.CLEAN_UP, "to clean up"),
    (Action.WAIT, "to wait for"),
    (Action.NOTHING, "unchanged"),
    (Action.PAUSED, "paused"),
    (Action.BLOCKED, "blocked"),
)


def stopped(plan: Plan) -> int:
    """How many deployments stop serving while they are updated."""
    return sum(stops(item) for item in plan.with_action(Action.UPDATE))


def _nothing(plan: Plan) -> str:
    paused = sum(1 for _ in plan.with_action(Action.PAUSED))
    named = [item for item in plan.with_action(Action.NOTHING) if item.manifest]
    same = sum(item.reason.startswith(AS_IT_SHOULD_BE) for item in named)
    kept = len(named) - same
    left = f"; {counted(kept, 'deployment')} left as {'it is' if kept == 1 else 'they are'}" if kept else ""
    left += f"; {counted(paused, 'deployment')} paused" if paused else ""
    if any(not item.manifest for item in plan.deployments) or not same:
        return f"Nothing to do{left}."
    verb, rest = ("is", "its manifest says") if same == 1 else ("are", "their manifests say")
    return f"Nothing to do: {counted(same, 'deployment')} {verb} as {rest}{left}."


def unchanged_lines(plan: Plan) -> Iterator[str]:
    """A line for each reason why deployments stay as they are, with their names."""
    reasons: dict[str, list[str]] = {}
    for item in plan.with_action(Action.NOTHING):
        reasons.setdefault(item.reason, []).append(item.name)
    for reason, names in reasons.items():
        yield f"{len(names):,} unchanged ({reason}): {some(names)}"


def kept_line(plan: Plan) -> str:
    """How many catalog entries a clean-up leaves, and why; empty for other plans."""
    reasons = ", ".join(f"{number:,} {why}" for why, number in plan.kept)
    total = sum(number for _, number in plan.kept)
    return f"In the catalog {total:,} {'stays' if total == 1 else 'stay'}: {reasons}" if total else ""


def some(names: list[str]) -> str:
    """The first `NAMES_SHOWN` names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def heading(plan: Plan) -> str:
    """Project and owner of a plan, its revision, and the values of the command line."""
    words = [f"project {plan.project.name}", f"owner {plan.owner}"]
    if plan.revision is not None:
        branch = f" on {plan.revision.branch}" if plan.revision.branch else ""
        words.append(f"revision {short_revision(plan.revision.commit)}{branch}")
    words += [f"values.{place}={text}" for place, text in plan.given]
    return ", ".join(words)


def unset_lines(plan: Plan) -> Iterator[str]:
    """A line for each environment variable that holds a secret of a manifest and was not set."""
    deployments: dict[str, list[str]] = {}
    for item in plan.deployments:
        for name in item.unset:
            deployments.setdefault(name, []).append(item.name)
    for name, names in sorted(deployments.items()):
        yield (
            f"{name} is not set here, so the secrets that come from it were not looked at, and no change "
            f"of them is planned; apply leaves these deployments alone until it is set: {some(names)}"
        )


def unseen_lines(plan: Plan) -> Iterator[str]:
    """A line for each reason why images could not be looked up that may have changed."""
    deployments: dict[str, list[str]] = {}
    for item in plan.deployments:
        if item.unseen:
            deployments.setdefault(item.unseen, []).append(item.name)
    for why, names in sorted(deployments.items()):
        yield (
            f"images could not be looked up ({why}), so whether their tags have moved is not known, and no "
            f"change of them is planned: {some(names)}"
        )


def stops(item: DeploymentPlan) -> bool:
    """Whether a deployment that may be serving stops on the way."""
    is_new = item.action is Action.CREATE
    return not is_new and any(isinstance(step, DeactivateDeployment) for step in item.steps)


@dataclass(frozen=True, slots=True)
class UpdateChanges:
    """The changes that one update carries. Those that no update carries have no title."""

    title: str
    changes: tuple[Change, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sources of the rules behind the changes, each once; our marks only if nothing else changes."""
        sources = [change.source for change in self.changes if change.source != MARKS_SOURCE]
        return tuple(dict.fromkeys(sources)) or (MARKS_SOURCE,)


def by_update(item: DeploymentPlan) -> tuple[UpdateChanges, ...]:
    """The changes in the order in which they are made, by update. The title says what the update changes."""
    updates = [step for step in item.steps if isinstance(step, UpdateDeployment)]
    parts = [UpdateChanges("", _carried_by(item, 0))]
    for number, step in enumerate(updates, start=1):
        title_words = [f"update {number} of {len(updates)}: {groups_words(step.option_groups)}"]
        title_words += ["in place, no instance is replaced"] if step.in_place else []
        parts.append(UpdateChanges("; ".join(title_words), _carried_by(item, number)))
    return tuple(part for part in parts if part.changes)


def _carried_by(item: DeploymentPlan, update: int) -> tuple[Change, ...]:
    return tuple(change for change in item.changes if change.update == update)


def rollback_words(item: DeploymentPlan) -> str:
    """What happens when a step fails; empty where nothing that serves is changed."""
    if item.rollbacks:
        steps = (step for rollback in reversed(item.rollbacks) for step in rollback.steps)
        done = [_rollback_step_words(step) for step in steps if not isinstance(step, WaitFor)]
        return f"rollback of what was done, latest first: {', then '.join(done)}"
    if any(isinstance(step, UpdateDeployment) for step in item.steps):
        return "no rollback: it stays as far as it has come"
    return ""


def _rollback_step_words(step: Step) -> str:
    """The name of a step, without the tags that its update carries along."""
    if not isinstance(step, UpdateDeployment):
        return step_words(step)
    groups = [group for group in step.option_groups if group is not OptionGroup.METADATA]
    return f"update {groups_words(groups or [OptionGroup.METADATA])}"
