"""Which images the manifests ask for that we build, each once, with the manifests that name it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.app.names import in_no_manifest
from reconciler.app.validating import checked_drafts, no_manifests_words
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.images.making import RequestedImage
from reconciler.core.model.target import Target
from reconciler.manifests.spec_draft import SpecDraft


@dataclass(frozen=True, slots=True)
class RequestedImages:
    """`without_build` are the manifests whose image somebody else builds."""

    images: tuple[RequestedImage, ...]
    without_build: tuple[str, ...]


def requested_images(workspace: Workspace, target: Target, names: Sequence[str]) -> RequestedImages:
    """The images of the manifests with these names; of all without names. Raises Failed for a name that no
    manifest has, for a manifest that is named and has no `build`, and where two manifests give one image two
    contents.
    """
    drafts = checked_drafts(workspace, target, ())
    if not drafts:
        raise Failed(no_manifests_words(workspace))
    known = {draft.name for draft in drafts}
    if missing := set(names) - known:
        raise in_no_manifest(missing, known)
    chosen = [draft for draft in drafts if not names or draft.name in names]
    without = tuple(draft.name for draft in chosen if draft.image.build is None)
    if names and without:
        raise Failed(
            f"{', '.join(without)}: no image.build in the manifest, which says what the image is made of"
        )
    return RequestedImages(_images(chosen), without)


def _images(drafts: Sequence[SpecDraft]) -> tuple[RequestedImage, ...]:
    images: dict[str, RequestedImage] = {}
    for draft in drafts:
        if draft.image.build is None:
            continue
        image = _name(draft)
        found = images.get(image)
        if found and found.build != draft.image.build:
            raise Failed(
                f"{found.manifests[0]} and {draft.name} ask for {image} with different contents, or for "
                "different processors: give them different tags; without a tag the content decides"
            )
        manifests = (*(found.manifests if found else ()), draft.name)
        images[image] = RequestedImage(image, draft.image.build, manifests)
    return tuple(images.values())


def _name(draft: SpecDraft) -> str:
    """Repository and tag. With a pin and no tag, the tag is still that of the build."""
    image = draft.image
    assert image.build is not None
    return f"{image.repository}:{image.tag or image.build.tag}"
