"""plan, apply, destroy: the verbs that compare and change."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import options, streams
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit, Failed, heaviest
from reconciler.report.style import indented

if TYPE_CHECKING:
    from reconciler.app.planning import Planned
    from reconciler.app.reaching import ReachedTarget
    from reconciler.app.workspace import Workspace
    from reconciler.core.model.target import Target
    from reconciler.core.planning.events import Event
    from reconciler.core.planning.plan import DeploymentPlan, Plan

NOTHING_SENT = "interrupted: nothing was sent"

Again: TypeAlias = "Callable[[Sequence[DeploymentPlan]], str]"
"""The command that completes a run that was interrupted, given the deployments that are left, each with the
steps that are; empty when there is none.
"""

yes = click.option("--yes", is_flag=True, help="Do not ask.")
parallel = click.option(
    "--parallel",
    type=click.IntRange(1, 64),
    default=20,
    show_default=True,
    metavar="N",
    help="Calls to the service at the same time.",
)
confirmed = click.option(
    "--confirm",
    "confirmed",
    type=options.Word(),
    multiple=True,
    metavar="NAME",
    help="Let this deployment go, which waits for it (prune: confirm). NAME may be an OCID, as of one of "
    "several that go by one name. May be given several times.",
)
only = click.option(
    "--only",
    type=options.Word(),
    multiple=True,
    metavar="NAME",
    help="This deployment alone: nothing else is planned, or deleted. NAME may be an OCID, or what it was "
    "called before. May be given several times.",
)
retry_failed = click.option(
    "--retry-failed", is_flag=True, help="Try again what failed before, although nothing was changed."
)


@click.command()
@options.paths
@options.target
@options.given
@click.option("--out", type=options.NewFile(dir_okay=False), help="Save the plan for apply --plan.")
@only
@confirmed
@retry_failed
@options.formats("text", "json", "markdown")
@click.option(
    "--changes-only", is_flag=True, help="Leave out what stays as it is; --out saves the whole plan."
)
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when there is something to do.")
def plan(
    paths: tuple[Path, ...],
    target: str | None,
    given: Pairs,
    out: Path | None,
    only: tuple[str, ...],
    confirmed: tuple[str, ...],
    retry_failed: bool,
    form: str,
    changes_only: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do, and change nothing.

    Without PATH: every manifest in manifests/; then what is ours and in no manifest is to be deleted.
    """
    from reconciler.app.planning import PlanRequest
    from reconciler.app.planning import plan as make
    from reconciler.app.saved_plans.saved import check_place, save

    workspace, chosen = options.open_workspace(target, given)
    if out is not None:
        check_place(out)
    asked = PlanRequest(paths, frozenset(confirmed), retry_failed, frozenset(only))
    made = make(workspace, chosen, asked, options.say)
    planned = made.plan
    options.hush()
    tell_no_revision(made.no_revision)
    tell_no_manifests(workspace, made, paths)
    if out is not None:
        save(planned, out)
    show(planned, form, unchanged=not changes_only)
    if planned.refusals or planned.blocked:
        return Exit.REFUSED
    return Exit.DIFFERENCES if detailed_exitcode and not planned.empty else Exit.DONE


@click.command()
@options.paths
@options.target
@options.given
@click.option(
    "--plan",
    "saved",
    type=options.Place(exists=True, dir_okay=False),
    help="Apply this saved plan, checked again against reconciler.yaml and what is live. A deployment that "
    "it no longer fits is left alone (exit 4), and so is one that may not be touched so (exit 5).",
)
@only
@confirmed
@retry_failed
@yes
@parallel
@options.formats("text", "json")
@streams.goes_on
@ends_at_once(NOTHING_SENT)
def apply(
    paths: tuple[Path, ...],
    target: str | None,
    given: Pairs,
    saved: Path | None,
    only: tuple[str, ...],
    confirmed: tuple[str, ...],
    retry_failed: bool,
    yes: bool,
    parallel: int,
    form: str,
) -> int:
    """Make what is live as the manifests say: plan, ask, do it, prove it.

    What somebody else is changing right now is waited for, and then planned.
    """
    from reconciler.cli.again import PlanInputs, of_apply, of_saved

    workspace, chosen = options.open_workspace(target, given)
    if saved is not None:
        if paths or only or retry_failed or given:
            raise click.UsageError(
                "--plan excludes PATH, --set, --only and --retry-failed: "
                "the plan says already what it is about"
            )
        planned, reached, stale = _admitted(workspace, chosen, saved, confirmed)
    else:
        planned, reached = _planned(workspace, chosen, paths, confirmed, retry_failed, only, form)
        stale = False
    options.hush()

    def again(left: "Sequence[DeploymentPlan]") -> str:
        if saved is not None:
            return of_saved(saved, workspace.root, target, planned.given, left)
        return of_apply(PlanInputs(paths, only, confirmed, retry_failed, target, given), left)

    code = carry_out(planned, workspace.root, reached, again, yes=yes, parallel=parallel, form=form)
    return heaviest([Exit(code), Exit.STALE]) if stale else code


def _admitted(
    workspace: "Workspace", chosen: "Target", saved: Path, confirmed: Sequence[str]
) -> "tuple[Plan, ReachedTarget, bool]":
    """A saved plan as far as it still may be applied; and whether some of it no longer fits."""
    from reconciler.app.reaching import reach
    from reconciler.app.saved_plans.admitting import admit
    from reconciler.app.saved_plans.saved import load

    found = load(workspace, chosen, saved)
    reached = reach(workspace, chosen, options.say)
    admitted = admit(found, workspace, reached, confirmed)
    return admitted.plan, reached, admitted.stale


def _planned(
    workspace: "Workspace",
    chosen: "Target",
    paths: tuple[Path, ...],
    confirmed: Sequence[str],
    retry_failed: bool,
    only: Sequence[str],
    form: str,
) -> "tuple[Plan, ReachedTarget]":
    """A plan of the manifests, once nobody else changes what it is about."""
    from reconciler.app.planning import PlanRequest
    from reconciler.app.planning import plan as make
    from reconciler.cli.telling import Teller

    asked = PlanRequest(paths, frozenset(confirmed), retry_failed, frozenset(only), applying=True)
    with Teller(None, form) as teller:
        made = make(workspace, chosen, asked, options.say, teller.tell)
    tell_no_revision(made.no_revision)
    tell_no_manifests(workspace, made, paths)
    return made.plan, made.reached


@click.command()
@click.argument("names", nargs=-1, type=options.Word(), required=True, metavar="NAME...")
@options.target
@yes
@parallel
@options.formats("text", "json")
@streams.goes_on
@ends_at_once(NOTHING_SENT)
def destroy(names: tuple[str, ...], target: str | None, yes: bool, parallel: int, form: str) -> int:
    """Delete deployments, and the catalog models that only they use.

    NAME is a name, or the OCID of one of several that go by the same name.
    """
    from reconciler.app.planning import destroy as make
    from reconciler.cli.again import of_destroy

    workspace, chosen = options.open_workspace(target)
    made = make(workspace, chosen, names, options.say)
    options.hush()

    def again(left: "Sequence[DeploymentPlan]") -> str:
        return of_destroy(names, target, left)

    return carry_out(
        made.plan,
        workspace.root,
        made.reached,
        again,
        yes=yes,
        parallel=parallel,
        form=form,
        verb="delete",
    )


def tell_no_revision(reason: str) -> None:
    """Why what is applied carries no commit, if there is a reason to tell."""
    if reason:
        options.note(f"no revision is marked ({reason})")


def tell_no_manifests(workspace: "Workspace", made: "Planned", paths: Sequence[Path]) -> None:
    """That there is no manifest at all, where one was to be expected: a plan of nothing says so little."""
    from reconciler.app.offline import none_found

    if not paths and not made.desired.claims:
        options.note(none_found(workspace))


def show(planned: "Plan", form: str, *, err: bool = False, unchanged: bool = True) -> None:
    """Print a plan in one of the formats, with what stays as it is or without."""
    match form:
        case "json":
            from reconciler.report.plan.json import plan_document

            options.document(plan_document(planned, unchanged=unchanged))
        case "markdown":
            from reconciler.report.plan.markdown import plan_markdown

            click.echo(plan_markdown(planned, unchanged=unchanged))
        case _:
            from reconciler.report.plan.text import plan_lines
            from reconciler.report.style import ANSI, PLAIN

            colour = options.colour(err=err)
            for line in plan_lines(planned, ANSI if colour else PLAIN, unchanged=unchanged):
                click.echo(line, err=err, color=colour)


def carry_out(
    planned: "Plan",
    root: Path,
    reached: "ReachedTarget",
    again: Again,
    *,
    yes: bool,
    parallel: int,
    form: str,
    verb: str = "apply",
) -> int:
    """Show the plan, ask whether to `verb`, apply it, and tell what happened."""
    from reconciler.app.applying import Outcome, refuse

    if form == "text":
        show(planned, "text")
    if not planned.sends:
        tell_result(planned, (), form)
        refuse(planned)
        tell_blocked(planned)
        return Outcome((), planned.blocked).exit
    if not yes:
        if form == "json":
            show(planned, "text", err=True)
        confirm(sys.stderr if form == "json" else sys.stdout, verb)
    with ends_at_once("interrupted"):
        return _carry_out(planned, root, reached, again, parallel, form)


def _carry_out(
    planned: "Plan", root: Path, reached: "ReachedTarget", again: Again, parallel: int, form: str
) -> int:
    from reconciler.app.applying import apply as run
    from reconciler.app.interrupting import Interruption
    from reconciler.cli.telling import Teller
    from reconciler.report.apply.events import left_lines, left_to_do

    teller = Teller(planned, form)
    with Interruption(teller.interrupted, teller.restore) as interruption, teller:
        outcome = run(planned, root, reached, teller.tell, interruption, parallel)
    tell_result(planned, outcome.events, form)
    for failure in outcome.failures:
        click.echo(f"error: {indented(str(failure.error))}", err=True)
    if left := left_to_do(planned, outcome.events):
        for line in left_lines(planned, outcome.events):
            click.echo(line, err=True)
        if command := again(left):
            click.echo(f"to complete it: {command}", err=True)
    tell_blocked(planned)
    return outcome.exit


def tell_blocked(planned: "Plan") -> None:
    """What was held back, and why: the last word, after which there is nothing to scroll past."""
    from reconciler.report.plan.text import blocked_lines

    for line in blocked_lines(planned):
        click.echo(line, err=True)


def tell_result(planned: "Plan", events: "tuple[Event, ...]", form: str) -> None:
    """The last word of `--format json`; in text everything has been said."""
    from reconciler.report.apply.events import apply_document

    if form == "json":
        options.document(apply_document(planned, events))


def confirm(shown: TextIO, verb: str) -> None:
    """Ask a person who has seen the plan on this stream whether to `verb`; where there is none to ask, say
    how to go on without.
    """
    if not options.is_terminal(sys.stdin) or streams.lost(shown):
        raise Failed(
            f"nobody is there to confirm: pass --yes to {verb} without being asked; nothing was sent"
        )
    try:
        agreed = click.confirm(f"{verb.capitalize()}?", err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise Failed(f"not {PAST[verb]}; nothing was sent")


PAST = {"apply": "applied", "delete": "deleted"}
