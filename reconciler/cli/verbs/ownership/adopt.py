"""adopt: writes the manifest of a deployment that exists already."""

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing


@click.command()
@click.argument("name", type=Word(), metavar="NAME|OCID")
@shared_options.target
@click.option("--as", "called", type=Word(), metavar="NAME", help="Call it so; left out, its display name.")
@click.option("--download", is_flag=True, help="Lay its models out as files, in manifests/models/NAME.")
@shared_options.formats("text", "json")
def adopt(name: str, target: str | None, called: str | None, download: bool, form: str) -> None:
    """Write the manifest of a deployment that exists and that nobody owns. Nothing is sent: the next apply
    takes it over, and changes nothing but its marks.

    Variables that may be secrets are not written down: the manifest takes them from the environment. What a
    manifest cannot say is refused, with every reason, and nothing is written.
    """
    from reconciler.app.ownership.adopting import adopt as adopt_deployment
    from reconciler.report.adopt import adopted_document, adopted_lines

    workspace, chosen_target = shared_options.open_workspace(target)
    adopted = adopt_deployment(
        workspace, chosen_target, name, called or "", download=download, say=printing.say
    )
    printing.hush()
    if form == "json":
        printing.print_document(adopted_document(adopted, chosen_target.name))
        return
    for line in adopted_lines(adopted, chosen_target.name):
        click.echo(line)
