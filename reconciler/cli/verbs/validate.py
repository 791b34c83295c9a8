"""validate: checks manifests, without a cloud and without a network."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import shared_options
from reconciler.cli.output import printing
from reconciler.cli.output.printing_findings import print_notices
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit, InvalidManifests
from reconciler.core.model.text import counted

if TYPE_CHECKING:
    from reconciler.app.environments.every_target import Validated
    from reconciler.app.workspace import Workspace
    from reconciler.core.model.target import Target


@click.command()
@shared_options.paths
@shared_options.target_of_many
@shared_options.values
@shared_options.formats("text", "json")
def validate(paths: tuple[Path, ...], target: str | None, values: Pairs, form: str) -> int:
    """Check manifests, the files they name and their model repositories; say everything that is wrong.

    Needs no cloud and no network. Without PATH: every manifest in manifests/. Without -t: for every target of
    reconciler.yaml.
    """
    from reconciler.app.environments import every_target
    from reconciler.report.findings import findings_document

    def opened(name: str) -> "tuple[Workspace, Target]":
        return shared_options.open_workspace(name, values)

    try:
        targets = every_target.every_target() if target is None else (target,)
        validated = every_target.validate(targets, opened, paths)
    except InvalidManifests as error:
        if form == "text":
            raise
        printing.print_document(findings_document(error.findings, 0))
        return error.exit_code
    if form == "json":
        printing.print_document(findings_document(validated.notices, validated.number))
        return Exit.DONE
    print_notices(validated.notices)
    click.echo(_words(validated))
    return Exit.DONE


def _words(validated: "Validated") -> str:
    if not validated.number:
        return validated.nothing
    targets = f" for each of the targets {', '.join(validated.targets)}" if len(validated.targets) > 1 else ""
    return f"{counted(validated.number, 'manifest')} valid{targets}"
