"""gc: deletes the catalog models and model groups that nothing uses any more."""

from functools import partial
from pathlib import Path

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import NewFile
from reconciler.cli.carrying_out import NOTHING_SENT, carry_out
from reconciler.cli.output import printing, streams
from reconciler.cli.printing_plans import print_plan
from reconciler.cli.shared_options import ApplyOptions
from reconciler.core.model.errors import Exit


@click.command()
@shared_options.target
@click.option("--dry-run", is_flag=True, help="Show the plan, and delete nothing.")
@click.option(
    "--out", type=NewFile(dir_okay=False), help="Save the plan for apply --plan, and delete nothing."
)
@shared_options.yes
@shared_options.parallel
@shared_options.formats("text", "json", "markdown")
@streams.goes_on_without_reader
@ends_at_once(NOTHING_SENT)
def gc(target: str | None, dry_run: bool, out: Path | None, yes: bool, parallel: int, form: str) -> int:
    """Delete the catalog models and model groups of ours that nothing uses any more.

    What any deployment runs stays, and what was needed within the last day, and for each deployment the last
    ones before (gc.keep in reconciler.yaml), so that there is something to go back to.
    """
    from reconciler.app.applying import ReadyPlan
    from reconciler.app.planning import plan_gc
    from reconciler.app.saved_plans.plan_files import check_place
    from reconciler.app.saved_plans.save_and_load import save
    from reconciler.cli.resuming import after_gc

    only_shown = dry_run or out is not None
    if form == "markdown" and not only_shown:
        raise click.UsageError("--format markdown is for a plan: give --dry-run or --out as well")
    workspace, chosen_target = shared_options.open_workspace(target)
    if out is not None:
        check_place(out)
    planned = plan_gc(workspace, chosen_target, printing.say)
    printing.hush()
    if not only_shown:
        ready = ReadyPlan(planned.plan, workspace.root, planned.reached)
        return carry_out(ready, ApplyOptions(yes, parallel, form), partial(after_gc, target), "delete")
    if out is not None:
        save(planned.plan, out)
    print_plan(planned.plan, form)
    return Exit.DONE
