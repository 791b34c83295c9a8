"""apply: plans from the manifests, or takes a saved plan, and carries it out."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import FilePath
from reconciler.cli.carrying_out import NOTHING_SENT, carry_out
from reconciler.cli.output import printing, streams
from reconciler.cli.printing_plans import print_plan_notes, with_prices
from reconciler.cli.shared_options import ApplyOptions, PlanOptions
from reconciler.core.model.errors import Exit, heaviest

if TYPE_CHECKING:
    from reconciler.app.applying import ReadyPlan
    from reconciler.app.workspace import Workspace
    from reconciler.core.model.target import Target


@click.command()
@shared_options.plan_options
@click.option(
    "--plan",
    "saved",
    type=FilePath(exists=True, dir_okay=False),
    help="Apply this saved plan, after checking it again against reconciler.yaml and what is live. A "
    "deployment that it does not fit any more is left alone (exit 4), and so is one that a safety rule "
    "refuses (exit 5).",
)
@shared_options.apply_options
@streams.goes_on_without_reader
@ends_at_once(NOTHING_SENT)
def apply(arguments: PlanOptions, how: ApplyOptions, saved: Path | None) -> int:
    """Make what is live as the manifests say: plan, ask, do it, prove it.

    If somebody else is changing a deployment right now, it waits for that to end, and plans then.
    """
    from reconciler.cli.resuming import after_apply, after_saved_plan

    workspace, target = shared_options.open_workspace(arguments.target, arguments.values)
    if saved is None:
        ready = _plan(workspace, target, arguments, how.form)
        printing.hush()
        return carry_out(with_prices(ready, workspace), how, partial(after_apply, arguments))
    ready, stale = _admit(workspace, target, saved, arguments)
    printing.hush()
    resume = partial(after_saved_plan, saved, workspace.root, arguments.target, ready.plan.given)
    code = carry_out(with_prices(ready, workspace), how, resume)
    return heaviest([Exit(code), Exit.STALE]) if stale else code


def _plan(workspace: "Workspace", target: "Target", arguments: PlanOptions, form: str) -> "ReadyPlan":
    """A plan from the manifests, made when nobody else changes these deployments any more."""
    from reconciler.app import planning
    from reconciler.app.applying import ReadyPlan
    from reconciler.cli.output.progress import ProgressTeller

    request = arguments.request(applying=True)
    with ProgressTeller(None, form) as teller:
        planned = planning.plan(workspace, target, request, printing.say, teller.tell)
    print_plan_notes(workspace, planned, arguments.paths)
    return ReadyPlan(planned.plan, workspace.root, planned.reached)


def _admit(
    workspace: "Workspace", target: "Target", saved: Path, arguments: PlanOptions
) -> "tuple[ReadyPlan, bool]":
    """As much of a saved plan as may still be applied; and whether some of it is stale."""
    from reconciler.app.applying import ReadyPlan
    from reconciler.app.connecting import reach
    from reconciler.app.saved_plans.admitting import admit
    from reconciler.app.saved_plans.save_and_load import load

    if any(
        (arguments.paths, arguments.only, arguments.retry_failed, arguments.values, arguments.changed_since)
    ):
        raise click.UsageError(
            "--plan excludes PATH, --set, --only, --changed-since and --retry-failed: the plan says already "
            "what it is about"
        )
    plan = load(workspace, target, saved)
    reached = reach(workspace, target, printing.say)
    admitted = admit(plan, workspace, target, reached, arguments.confirmed, printing.say)
    return ReadyPlan(admitted.plan, workspace.root, reached), admitted.stale
