"""init, validate, build: what needs no cloud, and imports nothing that does."""

import shlex
from pathlib import Path

import click

from reconciler.cli import options, streams
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit, InvalidManifests


@click.command()
@click.argument("directory", default=".", type=options.Place(file_okay=False))
@streams.goes_on
def init(directory: Path) -> None:
    """Make a working repository: reconciler.yaml, an example, the workflows of GitHub Actions."""
    from reconciler.app.scaffold import scaffold

    for path, new in scaffold(directory):
        click.echo(f"{'wrote' if new else 'kept '} {path}")
    first = "" if str(directory) == "." else f"cd {shlex.quote(str(directory))} && "
    click.echo(f"\nNext: {first}reconcile apply")


@click.command()
@options.paths
@options.target
@options.given
@options.formats("text", "json")
def validate(paths: tuple[Path, ...], target: str | None, given: Pairs, form: str) -> int:
    """Check manifests, the files they name and their model repositories; say everything that is wrong.

    Needs no cloud and no network. Without PATH: every manifest in manifests/.
    """
    from reconciler.app.offline import drafts, none_found
    from reconciler.report.problems import problems_document

    try:
        workspace, chosen = options.open_workspace(target, given)
        found = drafts(workspace, chosen, paths)
    except InvalidManifests as error:
        if form == "text":
            raise
        options.document(problems_document(error.findings, 0))
        return error.exit_code
    if form == "json":
        options.document(problems_document((), len(found)))
    elif found:
        click.echo(f"{len(found)} manifest{'s' * (len(found) != 1)} valid")
    else:
        click.echo(none_found(workspace))
    return Exit.DONE


@click.command()
@options.paths
@options.target
@click.option(
    "--out",
    required=True,
    type=options.Place(file_okay=False),
    help="Folder that gets NAME.zip for each deployment.",
)
@options.given
@streams.goes_on
def build(paths: tuple[Path, ...], target: str | None, out: Path, given: Pairs) -> None:
    """Build the model repositories and write them as artifacts: the very bytes that apply uploads."""
    from reconciler.app.offline import build as write
    from reconciler.app.offline import none_found, specs

    workspace, chosen = options.open_workspace(target, given)
    found = specs(workspace, chosen, paths, lambda done, total: None)
    if not found:
        options.note(none_found(workspace))
    for built in write(workspace, found, out):
        versions = ", ".join(f"{model} {number}" for model, number in sorted(built.versions))
        click.echo(f"{built.path}  {built.size:,} bytes  {built.digest}  ({versions})")
