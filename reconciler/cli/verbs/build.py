"""build: writes the artifacts that apply would upload, without a cloud."""

from pathlib import Path

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import FilePath
from reconciler.cli.output import printing, streams
from reconciler.core.model.configuration import Pairs


@click.command()
@shared_options.paths
@shared_options.target
@click.option(
    "--out",
    required=True,
    type=FilePath(file_okay=False),
    help="Folder that gets NAME.zip for each deployment.",
)
@shared_options.values
@streams.goes_on_without_reader
def build(paths: tuple[Path, ...], target: str | None, out: Path, values: Pairs) -> None:
    """Build the model repositories and write them as artifacts: the very bytes that apply uploads."""
    from reconciler.app import building_artifacts
    from reconciler.app.validating import no_manifests_words

    workspace, chosen_target = shared_options.open_workspace(target, values)
    specs = building_artifacts.hashed_specs(workspace, chosen_target, paths)
    if not specs:
        printing.note(no_manifests_words(workspace))
    for spec in specs:
        if spec.by_ocid:
            printing.note(f"{spec.name} has no models of its own: it names a catalog model ({spec.by_ocid})")
    for built in building_artifacts.build(workspace, specs, out):
        versions = ", ".join(f"{model} {number}" for model, number in sorted(built.versions))
        click.echo(f"{built.path}  {built.size:,} bytes  {built.digest}  ({versions})")
