"""The repository that a command runs in: its settings, its targets, its caches."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.target import LOCAL, Settings, Target
from reconciler.load import find_root, load_settings

Say = Callable[[str], None]
"""Tells a person what is going on, in a few words."""


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


def open_workspace(target: str | None) -> tuple[Workspace, Target]:
    """The repository around the current folder, and the target of this name, the local one for None.

    Only that target's settings have to be complete: the local one works while another's variables are unset.
    """
    return workspace_at(find_root(Path.cwd()), target or LOCAL, dict(os.environ))


def workspace_at(root: Path, target: str, environment: Mapping[str, str]) -> tuple[Workspace, Target]:
    """The repository at this place, and the target of this name."""
    settings = load_settings(root, environment, target)
    return Workspace(root, settings, environment), settings.targets[target]
