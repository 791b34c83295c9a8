"""What `image build` and `image push` do alike: one image of the manifests after another, with progress, and
what became of each. What is done with an image is not known here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from reconciler.app.workspace import Say, Workspace
from reconciler.cli import shared_options
from reconciler.cli.output import printing
from reconciler.core.model.configuration import Json, Pairs
from reconciler.core.model.errors import Exit, ReconcilerError
from reconciler.core.model.images.making import BuiltImage, PushedImage, RequestedImage
from reconciler.core.model.target import Target

Done = TypeVar("Done", BuiltImage, PushedImage)
Progress = Callable[[str, float | None], None]


def each_image(
    names: tuple[str, ...],
    target: str | None,
    values: Pairs,
    form: str,
    work: Callable[[Workspace, Target, Sequence[RequestedImage], Progress, Say], Iterator[Done]],
    lines: Callable[[Done], tuple[str, ...]],
    document: Callable[[str, Sequence[Done], Sequence[str]], Json],
) -> int:
    """Let `work` make something of the images of these manifests, or of all, and print what. `lines` and
    `document` are its results as text and as JSON.
    """
    from reconciler.app.images.requested import requested_images
    from reconciler.cli.output.image_progress import ImageTeller
    from reconciler.report.images import without_build_words

    workspace, chosen_target = shared_options.open_workspace(target, values)
    requested = requested_images(workspace, chosen_target, names)
    if requested.without_build:
        printing.note(without_build_words(requested.without_build))
    done: list[Done] = []
    with ImageTeller(form) as teller:
        for one in work(workspace, chosen_target, requested.images, teller.tell, printing.say):
            done.append(one)
            teller.done(lines(one), failed=isinstance(one.result, ReconcilerError))
    if form == "json":
        printing.print_document(document(chosen_target.name, done, requested.without_build))
    failed = any(isinstance(one.result, ReconcilerError) for one in done)
    return Exit.FAILED if failed else Exit.DONE
