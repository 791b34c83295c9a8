"""image build: composes the images that manifests ask for."""

import click

from reconciler.app.interrupting import ends_at_once
from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing, streams
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit, ReconcilerError

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
    from reconciler.app.images.requested import requested_images
    from reconciler.cli.output.image_progress import ImageTeller
    from reconciler.report.images import build_document, build_lines, without_build_words

    workspace, chosen_target = shared_options.open_workspace(target, values)
    requested = requested_images(workspace, chosen_target, names)
    if requested.without_build:
        printing.note(without_build_words(requested.without_build))
    built = []
    with ImageTeller(form) as teller:
        for one in build_images(workspace, chosen_target, requested.images, teller.tell, printing.say):
            built.append(one)
            teller.done(build_lines(one), failed=isinstance(one.result, ReconcilerError))
    if form == "json":
        printing.print_document(build_document(chosen_target.name, built, requested.without_build))
    failed = any(isinstance(one.result, ReconcilerError) for one in built)
    return Exit.FAILED if failed else Exit.DONE
