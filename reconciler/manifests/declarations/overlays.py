"""`targets:` at the top of a manifest: what a patch of it may change. The check of patches and the JSON
Schema (`schemas/model-deployment.v1.json`) are both made from this and from `Manifest`.
"""

from reconciler.manifests.schema.notes import Doc
from reconciler.manifests.yaml.tree import Trail

OVERLAYS = "targets"
OVERLAYS_DOC = Doc(
    "Target of reconciler.yaml → what is different there: a merge patch (RFC 7386), in which null removes. "
    "null in place of a patch: the manifest is not for that target."
)

PATCHED = ("metadata", "spec")
"""The fields of a manifest that a patch may change; the others are the same on every target."""

FIXED: dict[Trail, str] = {
    ("metadata", "name"): "A deployment has one name on every target: commands and messages go by it."
}
"""Places below them that no patch may change, and why."""
