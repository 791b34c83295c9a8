"""history: says what has happened to a deployment, and what is no longer known."""

from functools import partial

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing
from reconciler.core.model.configuration import Pairs


@click.command()
@click.argument("name", type=Word())
@shared_options.target
@shared_options.values
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=30,
    show_default=True,
    metavar="N",
    help="How many things that happened are told, newest first.",
)
@shared_options.formats("text", "json")
def history(name: str, target: str | None, values: Pairs, limit: int, form: str) -> None:
    """Say what was applied when, from which revision, and how it ended. NAME is the name of a deployment, or
    an OCID; it may be deleted.

    There is no state file: it is put together from the work requests that the service still lists, the
    catalog models and where they came from, the marks on the deployment, and git's log of the manifest. What
    is no longer known is said.
    """
    from reconciler.app.past import history as past
    from reconciler.report.history import history_document, history_lines

    workspace, chosen_target = shared_options.open_workspace(target, values)
    found = past.history(workspace, chosen_target, name, limit, printing.say)
    printing.hush()
    if form == "json":
        printing.print_document(history_document(found))
        return
    printing.print_lines(partial(history_lines, found))
