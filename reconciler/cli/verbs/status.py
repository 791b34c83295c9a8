"""status: shows how deployments are."""

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing
from reconciler.core.model.errors import Exit


@click.command()
@click.argument("names", nargs=-1, type=Word(), metavar="[NAME]...")
@shared_options.target
@shared_options.formats("text", "json")
@click.option("--probe", is_flag=True, help="Ask each server for these versions. No model runs for that.")
def status(names: tuple[str, ...], target: str | None, form: str, probe: bool) -> int:
    """Show each deployment, or those with these names or OCIDs: state, versions served, endpoint, the
    revision that was applied last.

    Ends with 1 when one of them is not healthy. ACTIVE is healthy, and so is UPDATING, which serves all the
    while. CREATING and INACTIVE are not: they answer nobody, even if the manifest wants them so. With --probe
    it is not healthy either when its server says that it does not have a version; what could not be seen is
    told, and no fault.
    """
    from reconciler.app.inspecting import statuses
    from reconciler.report.status import status_document, status_lines

    workspace, chosen_target = shared_options.open_workspace(target)
    rows = statuses(workspace, chosen_target, names, printing.say, probe=probe)
    printing.hush()
    if form == "json":
        printing.print_document(status_document(rows))
    else:
        for line in status_lines(rows):
            click.echo(line)
    return Exit.DONE if all(row.healthy for row in rows) else Exit.FAILED
