"""release: takes our marks off deployments, which run on."""

from functools import partial

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.carrying_out import NOTHING_SENT, carry_out
from reconciler.cli.output import printing, streams
from reconciler.cli.shared_options import ApplyOptions


@click.command()
@click.argument("names", nargs=-1, type=Word(), required=True, metavar="NAME...")
@shared_options.target
@shared_options.apply_options
@streams.goes_on_without_reader
@ends_at_once(NOTHING_SENT)
def release(names: tuple[str, ...], target: str | None, how: ApplyOptions) -> int:
    """Take our marks off deployments and their catalog models, and let them run on: nothing here touches them
    any more. Take their manifests away, too.

    NAME is a name, or an OCID if several deployments have the same name.
    """
    from reconciler.app.applying import ReadyPlan
    from reconciler.app.ownership.releasing import plan_releases
    from reconciler.cli.resuming import after_release

    workspace, chosen_target = shared_options.open_workspace(target)
    planned = plan_releases(workspace, chosen_target, names, printing.say)
    printing.hush()
    ready = ReadyPlan(planned.plan, workspace.root, planned.reached)
    return carry_out(ready, how, partial(after_release, names, target), "release")
