"""What reconciler.yaml said at a commit, and what of it decides about every deployment."""

import os
from collections.abc import Mapping
from dataclasses import replace

from reconciler.app.changed.past_tree import PastTree
from reconciler.app.workspace import Workspace, workspace_at
from reconciler.core.model.errors import InvalidManifests, ReconcilerError
from reconciler.core.model.target import LOCAL, OciTarget, Target
from reconciler.core.model.text import first_line
from reconciler.manifests.declarations.settings_file import SETTINGS_FILE
from reconciler.manifests.load_context import LoadContext
from reconciler.manifests.settings import target_names


def settings_at(tree: PastTree, workspace: Workspace, target: Target) -> tuple[Workspace, Target] | str:
    """The repository of the commit and the target of this name, or why it cannot be told what it said."""
    tree.bring([SETTINGS_FILE])
    if not (tree.root / SETTINGS_FILE).is_file():
        return f"there was no {SETTINGS_FILE} then"
    try:
        if target.name not in {*target_names(tree.root), LOCAL}:
            return f"{SETTINGS_FILE} had no target {target.name!r} then"
        return workspace_at(tree.root, target.name, workspace.environment, workspace.values)
    except InvalidManifests as error:
        finding = error.findings[0]
        return f"{finding.where} was not valid then: {first_line(finding.what)}"
    except ReconcilerError as error:
        return f"{SETTINGS_FILE} cannot be read as it was then: {first_line(str(error))}"


def everything_differs(workspace: Workspace, target: Target, past: Workspace, past_target: Target) -> str:
    """Why the settings alone may make something else of every deployment; empty when they do not."""
    now, then = _decisive(workspace, target), _decisive(past, past_target)
    differing = [what for what, value in now.items() if value != then[what]]
    return f"{SETTINGS_FILE} has changed: {', '.join(differing)}" if differing else ""


def _decisive(workspace: Workspace, target: Target) -> Mapping[str, object]:
    """What the settings say of deployments beside what manifests say. How many may change at once, and how
    requests are signed, is about none of them.
    """
    settings = workspace.settings
    if isinstance(target, OciTarget):
        place = (target.region, target.compartment, target.project)
    else:
        place = ("", os.path.relpath(target.home, workspace.root), target.project)
    return {
        "owner": settings.owner,
        f"the place of target {target.name}": place,
        "safety": replace(settings.safety, max_deletes=0, max_changed_percent=0),
        "images": settings.image_builds,
        "artifacts": target.artifacts,
    }


def context_of(workspace: Workspace, target: Target) -> LoadContext:
    """What manifests are loaded with."""
    settings = workspace.settings
    region = target.region if isinstance(target, OciTarget) else ""
    return LoadContext(target.values, settings.secrets, region, target.name, settings.known_targets)


def same_but_values(workspace: Workspace, target: Target, past: Workspace, past_target: Target) -> bool:
    """Whether manifests without templates are read alike."""
    now, then = context_of(workspace, target), context_of(past, past_target)
    return replace(now, values={}) == replace(then, values={})
