"""image build: composes the images that manifests ask for."""

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import streams
from reconciler.core.model.configuration import Pairs

STOPPED = "interrupted: the next build uses the steps that are done"


@click.command()
@click.argument("names", nargs=-1, type=Word(), metavar="[NAME]...")
@shared_options.target
@shared_options.values
@shared_options.formats("text", "json")
@streams.goes_on_without_reader
@ends_at_once(STOPPED)
def build(names: tuple[str, ...], target: str | None, values: Pairs, form: str) -> int:
    """Compose the image of each manifest with image.build, or of those with these names, in the container
    engine of this machine: Docker or podman.

    What the registry or the engine has already, made from the same content, is not built again.
    """
    from reconciler.app.images.building import build_images
    from reconciler.cli.verbs.image.each_image import each_image
    from reconciler.report.images import build_document, build_lines

    return each_image(names, target, values, form, build_images, build_lines, build_document)
