"""Which commits change something that plans are made of, as far as paths tell: the settings, the folder of
manifests, and what manifests name now. It reads git and manifests, and changes nothing.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reconciler.adapters.git.changes import paths_changed_by, tracked_links
from reconciler.app.changed.candidates import may_be_named
from reconciler.app.changed.touched import Touched
from reconciler.core.model.target import Target
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.discovery import FOLDER
from reconciler.manifests.loading import manifests_for


@dataclass(frozen=True)
class PlanSources:
    """What the plans for these targets are made of. `root` has the settings."""

    root: Path
    targets: Collection[Target]

    def changed_by(self, commit: str) -> bool:
        """Whether the commit changes any of it against its first parent; so too where that is not known."""
        changed = paths_changed_by(self.root, commit)
        if changed is None:
            return True
        touched = Touched(self.root, changed, self._links)
        return any(touched.touches(path) for path in self._paths)

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset((SETTINGS_FILE, FOLDER, *self._named()))

    @cached_property
    def _links(self) -> list[str]:
        return tracked_links(self.root)

    def _named(self) -> Iterator[str]:
        for target in self.targets:
            yield from may_be_named(manifests_for(self.root, target.values, target.name))
