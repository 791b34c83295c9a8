"""plan: shows what apply would do, and changes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import FilePath, NewFile
from reconciler.cli.making_plans import Shown, plan_every_target, plan_one_target
from reconciler.cli.printing_plans import plan_exit, print_plan
from reconciler.cli.shared_options import PlanOptions

if TYPE_CHECKING:
    from reconciler.app.planning import Planned
    from reconciler.core.planning.review.compared import Comparison


@click.command()
@shared_options.plan_options
@click.option("--out", type=NewFile(dir_okay=False), help="Save the plan for apply --plan.")
@click.option(
    "--compare",
    "reviewed",
    type=FilePath(exists=True),
    multiple=True,
    metavar="FILE|DIR",
    help="End with 4 when the plan does more than this reviewed plan, or other. A folder means every "
    "plan.json below it. May be given several times: all of them together were reviewed.",
)
@shared_options.formats("text", "json", "markdown")
@click.option(
    "--changes-only", is_flag=True, help="Leave out what stays as it is; --out saves the whole plan."
)
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when there is something to do.")
def plan(
    arguments: PlanOptions,
    out: Path | None,
    reviewed: tuple[Path, ...],
    form: str,
    changes_only: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do, and change nothing.

    Without PATH: every manifest in manifests/. Then deployments of ours that have no manifest any more are
    planned to be deleted. With -t all: for every target of reconciler.yaml, one after another.

    A plan that --compare found to be more than was reviewed is saved, but apply --plan refuses it.
    """
    from reconciler.core.model.target import ALL

    if arguments.target == ALL:
        if out is not None:
            raise click.UsageError("--out saves the plan for one target: name it, in place of all")
        if reviewed:
            raise click.UsageError("--compare is for one target: name it, in place of all")
        return plan_every_target(arguments, Shown(form, not changes_only, detailed_exitcode))
    from reconciler.app.saved_plans.plan_files import check_place
    from reconciler.app.saved_plans.save_and_load import save

    if out is not None:
        check_place(out)
    planned, prices = plan_one_target(arguments.target, arguments)
    comparison = _compared(planned, reviewed)
    if out is not None:
        save(planned.plan, out, comparison)
    print_plan(planned.plan, form, unchanged=not changes_only, prices=prices, comparison=comparison)
    return plan_exit(planned.plan, differences=detailed_exitcode, comparison=comparison)


def _compared(planned: "Planned", reviewed: tuple[Path, ...]) -> "Comparison | None":
    if not reviewed:
        return None
    from reconciler.app.review.comparing import compare_with_files

    return compare_with_files(planned.plan, reviewed, planned.reached.redaction)
