"""image resolve: looks the tags of images up, and pins them."""

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit


@click.command()
@click.argument("names", nargs=-1, type=Word(), metavar="[NAME]...")
@shared_options.target
@shared_options.values
@click.option("--write", is_flag=True, help="Write the digests into the manifests as pins, all or none.")
@shared_options.formats("text", "json")
def resolve(names: tuple[str, ...], target: str | None, values: Pairs, write: bool, form: str) -> int:
    """Look up which digest the tag of each image stands for now, and whether the manifest is pinned to it:
    of all manifests, or of those with these names. Nothing is pulled.

    Of an image for several platforms it is the digest for the deployment's shape. With --write, the manifest
    gets a line `digest:` beside the tag, and stays as it is otherwise. Ends with 1 when an image could not be
    resolved.
    """
    from reconciler.app.images.resolving import pin_images, resolved_images
    from reconciler.report.image_pins import resolve_document, resolve_lines, written_lines

    workspace, chosen_target = shared_options.open_workspace(target, values)
    images = resolved_images(workspace, chosen_target, names, printing.say)
    printing.hush()
    if form == "text":
        for line in resolve_lines(images, chosen_target.name):
            click.echo(line)
    written = pin_images(workspace, images) if write else []
    if form == "json":
        printing.print_document(resolve_document(images, written, chosen_target.name))
    elif write:
        for line in written_lines(written):
            click.echo(line)
    return Exit.DONE if all(image.facts for image in images) else Exit.FAILED
