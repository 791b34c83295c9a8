"""The repository that a command runs in: its settings, its targets, its caches."""

import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.app.redaction import Redaction
from reconciler.core.model.configuration import Json, Pairs
from reconciler.core.model.errors import SetupError
from reconciler.core.model.target import LOCAL, Settings, Target
from reconciler.manifests.loading import variables_declared
from reconciler.manifests.settings import find_root, load_settings

Say = Callable[[str], None]
"""Tells a person what is going on, in a few words."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository with a reconciler.yaml at its root; `given` has the values of the command line, by their
    place below `values`.
    """

    root: Path
    settings: Settings
    environment: Mapping[str, str]
    redaction: Redaction
    given: Pairs = ()

    @property
    def hashes(self) -> Path:
        """Where the hashes of model files are remembered."""
        return self.root / ".reconciler" / "cache" / "hashes.json"


def open_workspace(target: str | None, given: Pairs = ()) -> tuple[Workspace, Target]:
    """The repository around the current folder, and the target of this name, the local one for None. Only
    that target's settings have to be complete.
    """
    return workspace_at(find_root(Path.cwd()), target or LOCAL, dict(os.environ), given)


def workspace_at(
    root: Path, target: str, environment: Mapping[str, str], given: Pairs = ()
) -> tuple[Workspace, Target]:
    """The repository at this place, and the target of this name, with the values that are `given` among its
    own.
    """
    settings = load_settings(root, target)
    chosen = settings.targets[target]
    chosen = replace(chosen, values=with_given(chosen.values, given))
    redaction = Redaction(environment, settings.owner, lambda: variables_declared(root, chosen.values))
    return Workspace(root, settings, environment, redaction, given), chosen


def with_given(values: Mapping[str, Json], given: Pairs) -> Mapping[str, Json]:
    """The values with those of the command line, as text, at places such as `image.tag`. Raises SetupError
    where one would be below another that is no mapping.
    """
    result = deepcopy(dict(values))
    for place, text in given:
        *above, last = place.split(".")
        table: dict[str, Json] = result
        for name in above:
            below = table.setdefault(name, {})
            if not isinstance(below, dict):
                raise SetupError(f"--set values.{place}: {name} is a value already, and holds no others")
            table = below
        table[last] = text
    return result
