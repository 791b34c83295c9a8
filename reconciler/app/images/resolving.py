"""image resolve: what the tags of manifests stand for now, and pins for it."""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.app.images.looking import look_at_images
from reconciler.app.images.writing_pins import write_pins
from reconciler.app.names import in_no_manifest
from reconciler.app.validating import checked_drafts
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.images.image import ImageRequest, platform_of
from reconciler.core.model.images.pins import ResolvedImage
from reconciler.core.model.target import Target
from reconciler.core.model.text import counted
from reconciler.manifests.pins.edits import Pin


def resolved_images(
    workspace: Workspace, target: Target, names: Sequence[str], say: Say
) -> list[ResolvedImage]:
    """The image of each manifest, or of those with these names. Raises Failed for a name that no manifest
    has.
    """
    drafts = checked_drafts(workspace, target, ())
    known = {draft.name for draft in drafts}
    if missing := set(names) - known:
        raise in_no_manifest(missing, known)
    chosen = [draft for draft in drafts if not names or draft.name in names]
    wanted = [(_request(draft.image), platform_of(draft.configuration.instance.shape)) for draft in chosen]
    sights = look_at_images(workspace, target, None, wanted, say)
    return [
        ResolvedImage(draft.name, draft.where, *asked, draft.image.digest, sights[asked])
        for draft, asked in zip(chosen, wanted, strict=True)
    ]


def pin_images(workspace: Workspace, images: Sequence[ResolvedImage]) -> list[ResolvedImage]:
    """Write the digests of these images into their manifests, all or none; those that changed. Raises Failed
    when there is an image without a digest, InvalidManifests when a digest cannot be written.
    """
    without = [image.name for image in images if image.facts is None]
    if without:
        raise Failed(
            f"nothing was written, because {counted(len(without), 'image')} could not be resolved: "
            f"{', '.join(without)}. Mend what is said of them, or name the others"
        )
    pins = {image: image.wanted_pin for image in images if image.wanted_pin is not None}
    write_pins(workspace.root, [Pin(image.where, digest) for image, digest in pins.items()])
    return list(pins)


def _request(image: ImageRequest) -> ImageRequest:
    """What to ask for: the tag; that of the build, if the manifest has none; with neither, the pin."""
    tag = image.tag or (image.build.tag if image.build else None)
    return replace(image, tag=tag, digest=None if tag else image.digest)
