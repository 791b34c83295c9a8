"""image push: pushes the images that were composed."""

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import streams
from reconciler.core.model.configuration import Pairs

STOPPED = "interrupted: the next push sends only what the registry has not got whole"


@click.command()
@click.argument("names", nargs=-1, type=Word(), metavar="[NAME]...")
@shared_options.target
@shared_options.values
@shared_options.formats("text", "json")
@streams.goes_on_without_reader
@ends_at_once(STOPPED)
def push(names: tuple[str, ...], target: str | None, values: Pairs, form: str) -> int:
    """Push the image of each manifest with image.build, or of those with these names, and print the digest
    that the registry gives it.

    OCI's registry is signed in to as the target is, any other one as Docker is (docker login). What a
    registry has already, made from the same content, is not sent again. A tag that the manifest names is
    moved, and the digest from which is told.
    """
    from reconciler.app.images.pushing import push_images
    from reconciler.cli.verbs.image.each_image import each_image
    from reconciler.report.images import push_document, push_lines

    return each_image(names, target, values, form, push_images, push_lines, push_document)
