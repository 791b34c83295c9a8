"""The plan for one target, and `plan -t all`: for every target, one after another. What goes wrong with one
is told, and the others are planned all the same.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from reconciler.cli import shared_options
from reconciler.cli.output import printing
from reconciler.cli.printing_plans import plan_exit, print_plan, print_plan_notes
from reconciler.cli.shared_options import PlanOptions
from reconciler.cli.telling_errors import kind_of, tell_error
from reconciler.core.model.errors import Exit, heaviest

if TYPE_CHECKING:
    from reconciler.app.planning import Planned
    from reconciler.core.model.configuration import Json
    from reconciler.core.planning.capacity.prices import Prices
    from reconciler.core.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Shown:
    """How the plans are printed."""

    form: str
    unchanged: bool
    differences: bool


def plan_every_target(arguments: PlanOptions, shown: Shown) -> int:
    """Plan for every target of reconciler.yaml, and print what comes of it. Gives the heaviest exit code."""
    from reconciler.app.environments.every_target import every_target

    codes: list[Exit] = []
    documents: dict[str, Json] = {}
    for target in every_target():
        if codes and shown.form != "json":
            click.echo()
        _print_heading(target, shown.form)
        try:
            planned, prices = plan_one_target(target, arguments)
        except Exception as error:
            printing.hush()
            code, text = tell_error(error)
            documents[target] = _show_error(error, text, shown, code)
        else:
            code = plan_exit(planned.plan, differences=shown.differences)
            documents[target] = _show(planned.plan, prices, shown, code)
        codes.append(code)
    if shown.form == "json":
        from reconciler.report.plan.every_target import plans_document

        printing.print_document(plans_document(documents, heaviest(codes)))
    return heaviest(codes)


def plan_one_target(target: str | None, arguments: PlanOptions) -> "tuple[Planned, Prices | None]":
    """Plan for one target, and print what is to be known besides the plan; with the prices for its cost."""
    from reconciler.app import planning
    from reconciler.app.validating import prices_of

    workspace, chosen = shared_options.open_workspace(target, arguments.values)
    prices = prices_of(workspace)
    planned = planning.plan(workspace, chosen, arguments.request(), printing.say)
    printing.hush()
    print_plan_notes(workspace, planned, arguments.paths)
    return planned, prices


def _print_heading(target: str, form: str) -> None:
    """Where stdout has a document of its own, the heading stands above what stderr tells of the target."""
    from reconciler.report.plan.every_target import heading

    printing.print_lines(lambda show: (heading(target, form, show),), err=form == "json")


def _show(plan: "Plan", prices: "Prices | None", shown: Shown, code: Exit) -> "Json":
    from reconciler.report.plan.every_target import planned_document

    if shown.form != "json":
        print_plan(plan, shown.form, unchanged=shown.unchanged, prices=prices)
        return None
    return planned_document(plan, code, unchanged=shown.unchanged, prices=prices)


def _show_error(error: Exception, text: str, shown: Shown, code: Exit) -> "Json":
    """Stderr has the whole error; whoever reads the plans alone must know that one is missing."""
    from reconciler.report.plan.every_target import no_plan_line, refused_document

    if shown.form != "json":
        click.echo(no_plan_line(text, shown.form))
    return refused_document(kind_of(error), text, code)
