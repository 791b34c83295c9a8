"""What a reviewer looks at first: how many of each kind of risk there are, and the first ones by name."""

from collections.abc import Iterator

from reconciler.core.model.text import counted
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.review.branch import BranchChanges
from reconciler.core.planning.review.two_views import beside
from reconciler.report.plan import words

NO_RISK = "Nothing stops serving, is replaced, deleted or blocked, and no contract of a version is broken."


def risk_lines(plan: Plan) -> Iterator[str]:
    """A line for each kind of risk of the plan."""
    deployments = plan.deployments
    going = (Action.DELETE, Action.REPLACE)
    kinds = (
        (
            "stop serving for a while",
            [one for one in deployments if words.stops(one) and one.action not in going],
        ),
        ("will be deleted and created anew", list(plan.with_action(Action.REPLACE))),
        ("will be deleted", list(plan.with_action(Action.DELETE))),
        ("are blocked", list(plan.blocked)),
        ("may break clients: a contract of a version", [one for one in deployments if one.dangers]),
    )
    for what, found in kinds:
        if found:
            yield f"{len(found):,} {what}: {words.some([one.name for one in found])}"


def branch_lines(plan: Plan, branch: BranchChanges) -> Iterator[str]:
    """A line for each kind of change in the branch that is about how plans are made and applied, and for what
    an apply changes beside the branch.
    """
    if branch.workflows:
        yield f"this branch changes {counted(len(branch.workflows), 'workflow file')}"
    if branch.settings:
        names = dict.fromkeys(field.field.split(".")[0].split(":")[0] for field in branch.settings)
        yield f"this branch changes reconciler.yaml: {words.some(list(names))}"
    guards = len(branch.rules) - len(branch.settings)
    if guards:
        yield f"this branch changes {counted(guards, 'rule')} of how deployments are updated or deleted"
    found = beside(plan, branch)
    if found.fields:
        drifted = f", of which {found.drifted:,} drifted" if found.drifted else ""
        where = f"{counted(found.fields, 'field')} of {counted(found.deployments, 'deployment')}"
        yield f"beside this branch, apply changes {where}{drifted}"
    if found.whole:
        what = counted(found.whole, "deployment")
        yield f"beside this branch, apply creates, releases or deletes {what}"
