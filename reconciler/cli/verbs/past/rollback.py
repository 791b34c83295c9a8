"""rollback: back to an earlier revision, in the work tree or at once; and the end of a hold."""

from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.carrying_out import NOTHING_SENT, carry_out
from reconciler.cli.output import printing, streams
from reconciler.cli.printing_plans import with_prices
from reconciler.cli.shared_options import ApplyOptions
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit


class Arguments(NamedTuple):
    """What the command line says, besides how a plan is carried out."""

    names: tuple[str, ...]
    revision: str | None
    target: str | None
    values: Pairs
    now: bool
    resume: bool
    commit: bool


@click.command()
@click.argument("names", nargs=-1, type=Word(), required=True, metavar="NAME...")
@click.option(
    "--to",
    "revision",
    type=Word(),
    metavar="REVISION|previous",
    help="The commit, tag or branch to go back to; `previous`: the one before what was applied last, at "
    "which the manifest, its files or its values were others.",
)
@click.option("--commit", is_flag=True, help="Commit what is written into the work tree, and nothing else.")
@click.option("--now", is_flag=True, help="Apply it at once, and hold the deployment there.")
@click.option("--resume", is_flag=True, help="End the hold: the next apply follows the manifest again.")
@shared_options.target
@shared_options.values
@shared_options.apply_options
@streams.goes_on_without_reader
@ends_at_once(NOTHING_SENT)
def rollback(how: ApplyOptions, **options: Any) -> int:
    """Bring back the manifest of a deployment, its files and its probes, as of an earlier revision.

    They are written into the work tree, to be reviewed and merged as any change. In an emergency, --now
    applies them at once, with the values of that revision and by the same rules as any apply, and holds the
    deployment: an apply leaves it so until the manifest, its files or its probes change, or until --resume.
    """
    arguments = Arguments(**options)
    _check(arguments)
    if arguments.resume:
        return _resume(arguments, how)
    return _now(arguments, how) if arguments.now else _into_work_tree(arguments, how.form)


def _check(arguments: Arguments) -> None:
    if arguments.resume and (arguments.revision or arguments.now or arguments.commit):
        raise click.UsageError("--resume excludes --to, --now and --commit: it ends the hold, and no more")
    if not arguments.resume and arguments.revision is None:
        raise click.UsageError("--to REVISION is missing, or --to previous; --resume ends a hold")
    if arguments.now and arguments.commit:
        raise click.UsageError("--now excludes --commit: it leaves the work tree as it is")


def _into_work_tree(arguments: Arguments, form: str) -> int:
    from reconciler.app.rolling_back.emergency import commits_for
    from reconciler.app.rolling_back.work_tree import revert
    from reconciler.report.rollback import rollback_document, rollback_lines

    workspace, target = shared_options.open_workspace(arguments.target, arguments.values)
    commits = commits_for(workspace, target, arguments.names, arguments.revision or "", printing.say)
    done = revert(workspace, target, commits, then_commit=arguments.commit)
    printing.hush()
    if form == "json":
        printing.print_document(rollback_document(done))
    else:
        for line in rollback_lines(done, target.name):
            click.echo(line)
    return Exit.DONE


def _now(arguments: Arguments, how: ApplyOptions) -> int:
    from reconciler.app.rolling_back.emergency import plan_rollback
    from reconciler.cli.output.progress import ProgressTeller
    from reconciler.cli.resuming import after_rollback

    workspace, target = shared_options.open_workspace(arguments.target, arguments.values)
    names, revision = arguments.names, arguments.revision or ""
    with ExitStack() as files:
        with ProgressTeller(None, how.form) as teller:
            planning = plan_rollback(workspace, target, names, revision, printing.say, teller.tell)
            ready = files.enter_context(planning)
        printing.hush()
        commit = ready.plan.revision.commit if ready.plan.revision else revision
        resume = partial(after_rollback, commit, arguments.target, arguments.values)
        return carry_out(with_prices(ready, workspace), how, resume)


def _resume(arguments: Arguments, how: ApplyOptions) -> int:
    from reconciler.app.rolling_back.emergency import plan_resume
    from reconciler.cli.resuming import after_resume

    workspace, target = shared_options.open_workspace(arguments.target, arguments.values)
    ready = plan_resume(workspace, target, arguments.names, printing.say)
    printing.hush()
    return carry_out(ready, how, partial(after_resume, arguments.target))
