"""init: writes a repository to start from."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.argument_types import FilePath, Word
from reconciler.cli.output import streams

if TYPE_CHECKING:
    from reconciler.app.scaffold.workflow_source import WorkflowSource

NO_SOURCE = """\
No workflows were written: they call those of the repository that this program came from, and it was not
installed from a commit on github.com. Name one that you trust:
    reconcile init --workflows OWNER/REPO@COMMIT"""

NOT_AT_THE_TOP = """\
warning: this folder is inside of a git repository, and GitHub looks for workflows at its top alone: they
start only where reconciler.yaml and .github are at the top of a repository"""

KEPT = """\
The workflows that are there were kept: what they call is in their uses: lines, and is changed there."""


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
    from reconciler.app.scaffold.workflow_source import is_top, named_source, own_source

    source = named_source(workflows) if workflows else own_source()
    written = scaffold(directory, source)
    for path, new in written:
        click.echo(f"{'wrote' if new else 'kept '} {path}")
    _tell_source(source, {new for path, new in written if path.parent.name == "workflows"})
    if source and not is_top(directory):
        click.echo(NOT_AT_THE_TOP, err=True)
    change_folder = "" if str(directory) == "." else f"cd {shlex.quote(str(directory))} && "
    click.echo(f"\nNext: {change_folder}reconcile apply")


def _tell_source(source: "WorkflowSource | None", workflows: set[bool]) -> None:
    """What the workflows call; `workflows` says whether some are new, and whether some were kept."""
    if source is None:
        click.echo(f"\n{NO_SOURCE}")
        return
    if True in workflows:
        click.echo(f"\nThe new workflows call those of {source.repository}, at {source.ref}.")
        if not source.is_pinned:
            click.echo(
                f"warning: {source.ref} can be moved, and whoever moves it changes what runs with your "
                "sign-in: name a commit, with all of its 40 digits",
                err=True,
            )
    if False in workflows:
        click.echo(f"\n{KEPT}")
