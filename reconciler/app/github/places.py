"""Where in the repository lies what a target is made of: its manifests, the settings, and what manifests name
elsewhere. By this it is told which commits somebody must have reviewed for it.

A guess is enough: what it misses is found when the plan is compared with what was reviewed.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from reconciler.app.workspace import Workspace
from reconciler.core.model.target import Target
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.discovery import FOLDER
from reconciler.manifests.loading import manifests_for
from reconciler.manifests.yaml.tree import scalars

UP = ".."


def places_of(workspace: Workspace, target: Target) -> Sequence[str]:
    """Paths from the root; they may not exist."""
    return tuple(dict.fromkeys((SETTINGS_FILE, FOLDER, *_named_elsewhere(workspace, target))))


def _named_elsewhere(workspace: Workspace, target: Target) -> Iterator[str]:
    """What texts of manifests lead to outside of their folder, but inside of the repository."""
    for manifest in manifests_for(workspace.root, target.values, target.name):
        folder = Path(manifest.document.path).parent
        for scalar in scalars(manifest.document.root):
            text = scalar.value
            if isinstance(text, str) and UP in text.split("/") and text.isprintable():
                place = os.path.normpath(folder / text)
                # An absolute path begins with no name at all.
                if place.split("/", 1)[0] not in ("", UP, FOLDER):
                    yield place
