"""Prints a plan in the format that was asked for, and the notes that go with it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.output import printing
from reconciler.cli.output.printing_findings import print_few_notices, print_notices
from reconciler.core.model.errors import Exit

if TYPE_CHECKING:
    from reconciler.app.applying import ReadyPlan
    from reconciler.app.planning import Planned
    from reconciler.app.workspace import Workspace
    from reconciler.core.planning.capacity.prices import Prices
    from reconciler.core.planning.plan import Plan
    from reconciler.core.planning.review.compared import Comparison


def print_plan(
    plan: "Plan",
    form: str,
    *,
    err: bool = False,
    unchanged: bool = True,
    prices: "Prices | None" = None,
    comparison: "Comparison | None" = None,
) -> None:
    """Print a plan, with or without the deployments that stay as they are; with prices, its cost; and what
    came of comparing it with what was reviewed.
    """
    match form:
        case "json":
            from reconciler.report.plan.json import plan_document

            document = plan_document(plan, unchanged=unchanged, prices=prices, comparison=comparison)
            printing.print_document(document)
        case "markdown":
            from reconciler.report.markup.fitting import MAX_BYTES
            from reconciler.report.plan.compared_markdown import above_the_plan
            from reconciler.report.plan.markdown import plan_markdown

            above = above_the_plan(comparison) if comparison else ""
            room = MAX_BYTES - len(above.encode())
            click.echo(above + plan_markdown(plan, unchanged=unchanged, prices=prices, room=room))
        case _:
            from reconciler.report.plan.text import plan_lines

            printing.print_lines(partial(plan_lines, plan, unchanged=unchanged, prices=prices), err=err)
            if comparison:
                from reconciler.report.plan.compared import compared_lines

                printing.print_lines(partial(compared_lines, comparison), err=err)


def with_prices(ready: "ReadyPlan", workspace: "Workspace") -> "ReadyPlan":
    """The plan with the prices of the repository. It is to be carried out: a broken table of prices is told,
    and stops nothing.
    """
    from reconciler.app.validating import prices_or_notices

    prices, notices = prices_or_notices(workspace)
    print_notices(notices)
    if notices:
        printing.note("the cost is not told: the table of prices cannot be used")
    return replace(ready, prices=prices)


def print_plan_notes(workspace: "Workspace", planned: "Planned", paths: Sequence[Path]) -> None:
    """Say why the plan carries no revision, if it should have one, what it is limited to, and that there is
    no manifest at all: an empty plan alone would not tell.
    """
    from reconciler.app.validating import no_manifests_words

    print_few_notices(planned.notices)
    if planned.affected:
        from reconciler.report.plan.affected import affected_lines

        for line in affected_lines(planned.affected, planned.desired):
            printing.note(line)
    if planned.no_revision:
        printing.note(f"no revision is marked ({planned.no_revision})")
    if not paths and not planned.desired.claims:
        printing.note(no_manifests_words(workspace))


def plan_exit(plan: "Plan", *, differences: bool, comparison: "Comparison | None" = None) -> Exit:
    """What `plan` ends with; with `differences`, a plan that has something to do is told apart."""
    if comparison and not comparison.covered:
        return Exit.STALE
    if plan.refusals or plan.blocked:
        return Exit.REFUSED
    return Exit.DIFFERENCES if differences and not plan.empty else Exit.DONE


def print_blocked(plan: "Plan") -> None:
    """Print on stderr which deployments are blocked, and why. It comes last, so that nobody overlooks it."""
    from reconciler.report.plan.text import blocked_lines

    for line in blocked_lines(plan):
        click.echo(line, err=True)
