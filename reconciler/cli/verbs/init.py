"""init: writes a repository to start from."""

import shlex
from pathlib import Path

import click

from reconciler.cli.argument_types import FilePath
from reconciler.cli.output import streams


@click.command()
@click.argument("directory", default=".", type=FilePath(file_okay=False))
@streams.goes_on_without_reader
def init(directory: Path) -> None:
    """Make a working repository: reconciler.yaml, an example, the workflows of GitHub Actions."""
    from reconciler.app.scaffold import scaffold

    for path, new in scaffold(directory):
        click.echo(f"{'wrote' if new else 'kept '} {path}")
    change_folder = "" if str(directory) == "." else f"cd {shlex.quote(str(directory))} && "
    click.echo(f"\nNext: {change_folder}reconcile apply")
