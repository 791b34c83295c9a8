"""The repository that a command runs in: its settings, its targets, its caches."""

import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.configuration import Json, Pairs
from reconciler.core.model.errors import SetupError
from reconciler.core.model.target import LOCAL, Auth, OciTarget, Settings, Target
from reconciler.core.planning.environment_secrets import with_lines
from reconciler.manifests.loading import variables_declared
from reconciler.manifests.settings import find_root, load_settings

AUTH = "RECONCILER_AUTH"
"""A variable that says how to sign in here, in place of the target's `auth`: a job of GitHub Actions and the
machine of a person do not sign in alike.
"""

Say = Callable[[str], None]
"""Tells the user in a few words what is going on."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository with a reconciler.yaml at its root. `values` are those of the command line: pairs of a
    place below `values`, such as `image.tag`, and a text.
    """

    root: Path
    settings: Settings
    environment: Mapping[str, str]
    redaction: Redaction
    values: Pairs = ()

    @property
    def hashes(self) -> Path:
        """Where the hashes of model files are remembered."""
        return self.root / ".reconciler" / "cache" / "hashes.json"


def open_workspace(target: str | None, values: Pairs = ()) -> tuple[Workspace, Target]:
    """The repository around the current folder, and the target of this name; None means the local emulator.
    The settings of other targets may be incomplete.
    """
    return workspace_at(find_root(Path.cwd()), target or LOCAL, dict(os.environ), values)


def workspace_at(
    root: Path, target: str, environment: Mapping[str, str], values: Pairs = ()
) -> tuple[Workspace, Target]:
    """The repository in this folder, and the target of this name, with `values` added to its own. Raises
    SetupError when RECONCILER_SECRETS or RECONCILER_AUTH in the environment cannot be read.
    """
    environment = with_lines(environment)
    settings = load_settings(root, target)
    chosen = _signing_in_here(settings.targets[target], environment)
    chosen = replace(chosen, values=with_command_line_values(chosen.values, values))
    redaction = Redaction(
        environment, settings.owner, lambda: variables_declared(root, chosen.values, target)
    )
    return Workspace(root, settings, environment, redaction, values), chosen


def _signing_in_here(target: Target, environment: Mapping[str, str]) -> Target:
    here = environment.get(AUTH)
    if not here or not isinstance(target, OciTarget):
        return target
    try:
        return replace(target, auth=Auth(here))
    except ValueError as error:
        raise SetupError(
            f"{AUTH}: {here!r} is no way to sign in: write one of {', '.join(Auth)}, or unset it"
        ) from error


def with_command_line_values(values: Mapping[str, Json], more: Pairs) -> Mapping[str, Json]:
    """The values of a target, with those of the command line in place of its own; they are text. Raises
    SetupError for one that would be below a value that is not a mapping.
    """
    result = deepcopy(dict(values))
    for place, text in more:
        *above, last = place.split(".")
        table: dict[str, Json] = result
        for name in above:
            below = table.setdefault(name, {})
            if not isinstance(below, dict):
                raise SetupError(f"--set values.{place}: {name} is a value already, and holds no others")
            table = below
        table[last] = text
    return result
