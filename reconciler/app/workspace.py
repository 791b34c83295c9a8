"""The repository that a command runs in: its settings, its targets, its caches."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.errors import SetupError
from reconciler.core.target import LOCAL, Settings, Target
from reconciler.load import find_root, load_settings


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository with a reconciler.yaml at its root."""

    root: Path
    settings: Settings
    environment: Mapping[str, str]

    @property
    def hashes(self) -> Path:
        """Where the hashes of model files are remembered."""
        return self.root / ".reconciler" / "cache" / "hashes.json"

    @property
    def downloads(self) -> Path:
        """Where files named by URL are kept by their digest."""
        return self.root / ".reconciler" / "cache" / "downloads"

    def target(self, name: str | None) -> Target:
        """The target of this name, the local one for None; SetupError names the targets that there are."""
        wanted = name or LOCAL
        found = self.settings.targets.get(wanted)
        if found is None:
            known = ", ".join(sorted(self.settings.targets))
            raise SetupError(
                f"{self.root / 'reconciler.yaml'}: no target {wanted!r}. "
                f"There is: {known}. Name one of these with -t, or add it under targets:"
            )
        return found


def open_workspace(start: Path | None = None) -> Workspace:
    """The repository around a folder, the current one by default."""
    root = find_root(start or Path.cwd())
    environment = dict(os.environ)
    return Workspace(root, load_settings(root, environment), environment)
