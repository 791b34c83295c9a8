"""plan: shows what apply would do, and changes nothing."""

from pathlib import Path

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import NewFile
from reconciler.cli.making_plans import Shown, plan_every_target, plan_one_target
from reconciler.cli.printing_plans import plan_exit, print_plan
from reconciler.cli.shared_options import PlanOptions


@click.command()
@shared_options.plan_options
@click.option("--out", type=NewFile(dir_okay=False), help="Save the plan for apply --plan.")
@shared_options.formats("text", "json", "markdown")
@click.option(
    "--changes-only", is_flag=True, help="Leave out what stays as it is; --out saves the whole plan."
)
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when there is something to do.")
def plan(
    arguments: PlanOptions, out: Path | None, form: str, changes_only: bool, detailed_exitcode: bool
) -> int:
    """Show what apply would do, and change nothing.

    Without PATH: every manifest in manifests/. Then deployments of ours that have no manifest any more are
    planned to be deleted. With -t all: for every target of reconciler.yaml, one after another.
    """
    from reconciler.core.model.target import ALL

    if arguments.target == ALL:
        if out is not None:
            raise click.UsageError("--out saves the plan for one target: name it, in place of all")
        return plan_every_target(arguments, Shown(form, not changes_only, detailed_exitcode))
    from reconciler.app.saved_plans.plan_files import check_place
    from reconciler.app.saved_plans.save_and_load import save

    if out is not None:
        check_place(out)
    planned, prices = plan_one_target(arguments.target, arguments)
    if out is not None:
        save(planned.plan, out)
    print_plan(planned.plan, form, unchanged=not changes_only, prices=prices)
    return plan_exit(planned.plan, differences=detailed_exitcode)
