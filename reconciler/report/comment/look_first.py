"""What a reviewer looks at first: how many of each kind of risk there are, and the first ones by name."""

from collections.abc import Iterable, Iterator

from reconciler.core.model.text import LONGEST_WORD_SHOWN, counted, cut
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.review.two_views import SettingsReach, TwoViews
from reconciler.report.plan import words

NO_RISK = "Nothing stops serving, is replaced, deleted or blocked, and no contract of a version is broken."


def risk_lines(plan: Plan) -> Iterator[str]:
    """A line for each kind of risk of the plan."""
    stopping = [one for one in plan.deployments if words.stops(one) and one.action not in GOING]
    kinds = (
        (("stops serving for a while", "stop serving for a while"), stopping),
        (("will be deleted and created anew",) * 2, [*plan.with_action(Action.REPLACE)]),
        (("will be deleted",) * 2, [*plan.with_action(Action.DELETE)]),
        (("is blocked", "are blocked"), plan.blocked),
        (("may break clients",) * 2, [one for one in plan.deployments if one.dangers]),
    )
    for (one, several), found in kinds:
        if found:
            what = one if len(found) == 1 else several
            yield f"{len(found):,} {what}: {_names(item.name for item in found)}"


def _names(names: Iterable[str]) -> str:
    return words.some([cut(name, LONGEST_WORD_SHOWN) for name in names])


GOING = (Action.DELETE, Action.REPLACE)


def branch_lines(views: TwoViews) -> Iterator[str]:
    """A line for each kind of change in the branch that is about how plans are made and applied, and for what
    an apply changes beside the branch.
    """
    branch, found = views.branch, views.beside
    if branch.workflows:
        yield f"This branch changes {counted(len(branch.workflows), 'workflow file')}"
    if branch.settings:
        names = dict.fromkeys(field.field.split(".")[0].split(":")[0] for field in branch.settings)
        yield f"This branch changes reconciler.yaml: {_names(names)}"
    if views.reach is SettingsReach.ALL:
        where = f"whose the deployments are, or where target {views.plan.target} is"
        yield f"This branch changes {where}: all that apply does comes from that"
    guards = len(branch.rules) - len(branch.settings)
    if guards:
        yield f"This branch changes {counted(guards, 'rule')} of how deployments are updated or deleted"
    if found.fields:
        drifted = f", of which {found.drifted:,} drifted" if found.drifted else ""
        where = f"{counted(found.fields, 'field')} of {counted(found.deployments, 'deployment')}"
        yield f"Beside this branch, apply changes {where}{drifted}"
    if found.whole:
        what = counted(found.whole, "deployment")
        yield f"Beside this branch, apply creates, releases or deletes {what}"
