"""render: the manifests as they are for a target, and where each value comes from. Needs no cloud and no
network, and looks at no secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.app.environments.not_for_target import why_absent
from reconciler.app.names import in_no_manifest
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.target import Target
from reconciler.core.model.views.rendered import RenderedManifest
from reconciler.manifests.loading import Absent, manifests_for
from reconciler.manifests.overlays.rendering import Renderer


@dataclass(frozen=True, slots=True)
class RenderedRepository:
    """The manifests that were asked for, and those of all that are not for the target."""

    target: str
    manifests: tuple[RenderedManifest, ...]
    absent: tuple[Absent, ...]


def render(workspace: Workspace, target: Target, names: Sequence[str]) -> RenderedRepository:
    """Render the manifests with these names, or all of them. Raises InvalidManifests when any is not valid,
    and Failed for a name that no manifest has, or that is not for this target.
    """
    loaded = checked_manifests(workspace, target, ())
    known = {draft.name for draft in loaded.drafts}
    missing = set(names) - known
    for name in names:
        if name in missing and (elsewhere := why_absent(loaded.absent, name, target.name)):
            raise Failed(elsewhere)
    if missing:
        raise in_no_manifest(missing, known)
    renderer = Renderer(target.values, workspace.values)
    manifests = manifests_for(workspace.root, target.values, target.name)
    rendered = [renderer.render(manifest) for manifest in manifests if manifest.absent is None]
    chosen = tuple(one for one in rendered if not names or one.name in names)
    return RenderedRepository(target.name, chosen, () if names else loaded.absent)
