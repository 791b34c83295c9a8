"""validate: checks manifests, without a cloud and without a network."""

from pathlib import Path

import click

from reconciler.cli import shared_options
from reconciler.cli.output import printing
from reconciler.cli.output.printing_findings import print_notices
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit, InvalidManifests
from reconciler.core.model.text import counted


@click.command()
@shared_options.paths
@shared_options.target
@shared_options.values
@shared_options.formats("text", "json")
def validate(paths: tuple[Path, ...], target: str | None, values: Pairs, form: str) -> int:
    """Check manifests, the files they name and their model repositories; say everything that is wrong.

    Needs no cloud and no network. Without PATH: every manifest in manifests/.
    """
    from reconciler.app.validating import checked_repository, no_manifests_words
    from reconciler.report.findings import findings_document

    try:
        workspace, chosen_target = shared_options.open_workspace(target, values)
        manifests = checked_repository(workspace, chosen_target, paths)
    except InvalidManifests as error:
        if form == "text":
            raise
        printing.print_document(findings_document(error.findings, 0))
        return error.exit_code
    drafts = manifests.drafts
    if form == "json":
        printing.print_document(findings_document(manifests.notices, len(drafts)))
        return Exit.DONE
    print_notices(manifests.notices)
    if drafts:
        click.echo(f"{counted(len(drafts), 'manifest')} valid")
    else:
        click.echo(no_manifests_words(workspace))
    return Exit.DONE
