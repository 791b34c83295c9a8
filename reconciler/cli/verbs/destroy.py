"""destroy: deletes deployments by name."""

from functools import partial

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.carrying_out import NOTHING_SENT, carry_out
from reconciler.cli.output import printing, streams
from reconciler.cli.printing_plans import with_prices
from reconciler.cli.shared_options import ApplyOptions


@click.command()
@click.argument("names", nargs=-1, type=Word(), required=True, metavar="NAME...")
@shared_options.target
@shared_options.apply_options
@streams.goes_on_without_reader
@ends_at_once(NOTHING_SENT)
def destroy(names: tuple[str, ...], target: str | None, how: ApplyOptions) -> int:
    """Delete deployments, and the catalog models that no other deployment uses.

    NAME is a name, or an OCID if several deployments have the same name.
    """
    from reconciler.app.applying import ReadyPlan
    from reconciler.app.planning import plan_deletion
    from reconciler.cli.resuming import after_destroy

    workspace, chosen_target = shared_options.open_workspace(target)
    planned = plan_deletion(workspace, chosen_target, names, printing.say)
    printing.hush()
    ready = with_prices(ReadyPlan(planned.plan, workspace.root, planned.reached), workspace)
    return carry_out(ready, how, partial(after_destroy, names, target), "delete")
