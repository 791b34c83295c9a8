"""init: writes a repository to start from."""

import shlex
from pathlib import Path

import click

from reconciler.cli.argument_types import FilePath, Word
from reconciler.cli.output import streams

NO_SOURCE = """\
No workflows were written: they call those of the repository that this program came from, and it was not
installed from a commit on github.com. Name one that you trust:
    reconcile init --workflows OWNER/REPO@COMMIT"""


@click.command()
@click.argument("directory", default=".", type=FilePath(file_okay=False))
@click.option(
    "--workflows",
    type=Word(),
    metavar="OWNER/REPO@COMMIT",
    help="The repository on GitHub, and the commit, whose workflows the new ones call (default: those that "
    "this program was installed from).",
)
@streams.goes_on_without_reader
def init(directory: Path, workflows: str | None) -> None:
    """Make a working repository: reconciler.yaml, an example, the workflows of GitHub Actions."""
    from reconciler.app.scaffold.repository import scaffold
    from reconciler.app.scaffold.workflow_source import named_source, own_source

    source = named_source(workflows) if workflows else own_source()
    for path, new in scaffold(directory, source):
        click.echo(f"{'wrote' if new else 'kept '} {path}")
    if source is None:
        click.echo(f"\n{NO_SOURCE}")
    else:
        click.echo(f"\nThe workflows call those of {source.repository}, at {source.ref}.")
        if not source.is_pinned:
            click.echo(
                f"warning: {source.ref} can be moved, and whoever moves it changes what runs with your "
                "sign-in: name a commit, with all of its 40 digits",
                err=True,
            )
    change_folder = "" if str(directory) == "." else f"cd {shlex.quote(str(directory))} && "
    click.echo(f"\nNext: {change_folder}reconcile apply")
