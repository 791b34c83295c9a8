"""What `apply`, `destroy` and `release` do with a plan: show it, ask, carry it out, and tell how it ended."""

import sys
from typing import TYPE_CHECKING, TextIO

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli.output import printing, streams
from reconciler.cli.output.terminal import is_terminal
from reconciler.cli.printing_plans import print_blocked, print_plan
from reconciler.cli.shared_options import ApplyOptions
from reconciler.core.model.errors import Failed
from reconciler.report.style import indented

if TYPE_CHECKING:
    from reconciler.app.applying import Outcome, ReadyPlan
    from reconciler.cli.resuming import ResumeCommand
    from reconciler.core.planning.events import Event
    from reconciler.core.planning.plan import Plan

NOTHING_SENT = "interrupted: nothing was sent"
PAST = {"apply": "applied", "delete": "deleted", "release": "released"}


def carry_out(ready: "ReadyPlan", how: ApplyOptions, resume: "ResumeCommand", verb: str = "apply") -> int:
    """Show the plan, ask the user whether to `verb`, do it, and tell what happened. Gives the exit code."""
    from reconciler.app.applying import Outcome, refuse

    plan = ready.plan
    if how.form == "text":
        print_plan(plan, "text", prices=ready.prices)
    if not plan.sends:
        _print_result(plan, (), how.form)
        refuse(plan)
        print_blocked(plan)
        return Outcome((), plan.blocked).exit
    if not how.yes:
        if how.form == "json":
            print_plan(plan, "text", err=True, prices=ready.prices)
        _confirm(sys.stderr if how.form == "json" else sys.stdout, verb)
    with ends_at_once("interrupted"):
        outcome = _apply(ready, how)
        _print_result(plan, outcome.events, how.form)
        _print_failures(plan, outcome, resume)
        print_blocked(plan)
        return outcome.exit


def _apply(ready: "ReadyPlan", how: ApplyOptions) -> "Outcome":
    from reconciler.app import applying
    from reconciler.app.interrupting import Interruption
    from reconciler.cli.output.progress import ProgressTeller

    teller = ProgressTeller(ready.plan, how.form)
    with Interruption(teller.tell_interrupted, teller.restore_terminal) as interruption, teller:
        return applying.apply(ready, teller.tell, interruption, how.parallel)


def _print_result(plan: "Plan", events: "tuple[Event, ...]", form: str) -> None:
    """Print the document that ends `--format json`; in text everything has been told already."""
    from reconciler.report.apply.events import apply_document

    if form == "json":
        printing.print_document(apply_document(plan, events))


def _print_failures(plan: "Plan", outcome: "Outcome", resume: "ResumeCommand") -> None:
    """Print each error, and after an interruption what is left to do and the command that does it."""
    from reconciler.report.apply.events import left_lines, left_to_do

    for failure in outcome.failures:
        click.echo(f"error: {indented(str(failure.error))}", err=True)
    if left := left_to_do(plan, outcome.events):
        for line in left_lines(plan, outcome.events):
            click.echo(line, err=True)
        if command := resume(left):
            click.echo(f"to complete it: {command}", err=True)


def _confirm(stream: TextIO, verb: str) -> None:
    """Ask the user, who has seen the plan on this stream, whether to `verb`. Raises Failed when the answer is
    no, and when there is nobody to ask.
    """
    if not is_terminal(sys.stdin) or streams.is_lost(stream):
        raise Failed(
            f"nobody is there to confirm: pass --yes to {verb} without being asked; nothing was sent"
        )
    try:
        agreed = click.confirm(f"{verb.capitalize()}?", err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise Failed(f"not {PAST[verb]}; nothing was sent")
