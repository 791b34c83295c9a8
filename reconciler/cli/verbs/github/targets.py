"""targets: lists the targets of reconciler.yaml, without a cloud and without a network."""

import click

from reconciler.cli import shared_options
from reconciler.cli.output import printing


@click.command()
@click.option("--cloud", is_flag=True, help="Only those that are tenancies of OCI: not the local cloud.")
@shared_options.formats("text", "json")
def targets(cloud: bool, form: str) -> None:
    """List the targets of reconciler.yaml, in its order: for the matrix of a CI job.

    Needs no cloud, no network and no secret. When reconciler.yaml is broken, it lists none and ends with 3.
    """
    from reconciler.app.environments.targets import targets as targets_of_repository
    from reconciler.report.environments.targets import targets_document, targets_lines

    found = targets_of_repository(tenancies_alone=cloud)
    if form == "json":
        printing.print_document(targets_document(found))
        return
    for line in targets_lines(found, tenancies_alone=cloud):
        click.echo(line)
