"""Plans on disk: `plan --out` and `apply --plan`.

Files are saved by their place in the repository, so that a plan made in one checkout can be applied in
another; secrets are saved by reference and looked up again.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reconciler.app.workspace import Workspace
from reconciler.core.artifact import Artifact, LocalFile
from reconciler.core.errors import Failed, StalePlan
from reconciler.core.plan import Plan, PublishModel, Step
from reconciler.core.target import Target
from reconciler.report.plan_json import plan_document, read_plan

VARIABLE = re.compile(r"\benv\.([A-Za-z_][A-Za-z0-9_]*)")


def save(workspace: Workspace, plan: Plan, path: Path) -> None:
    """Write a plan, whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    relative = _with_paths(plan, lambda file: str(Path(file).relative_to(workspace.root)))
    partial.write_text(json.dumps(plan_document(relative), indent=2) + "\n")
    partial.replace(path)


def load(workspace: Workspace, target: Target, path: Path) -> Plan:
    """Read a plan that was made for this repository and target; the cloud is compared when it is applied."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Failed(
            f"{path}: not a saved plan ({error}). Make one with: reconcile plan --out {path}"
        ) from error
    plan = read_plan(document, lambda reference: _secret(workspace, reference))
    if (plan.target, plan.owner) != (target.name, workspace.settings.owner):
        raise StalePlan(
            f"{path}: made for target {plan.target!r} of owner {plan.owner!r}, "
            f"not for {target.name!r} of {workspace.settings.owner!r}. Plan again, or name the target with -t"
        )
    return _with_paths(plan, lambda file: str(workspace.root / file))


def _secret(workspace: Workspace, reference: str) -> str:
    """What a reference stands for: a text in which `env.NAME` is the value of that variable."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in workspace.environment:
            raise Failed(f"the plan needs the environment variable {name}, as it was set when it was made")
        return workspace.environment[name]

    return VARIABLE.sub(value, reference)


def _with_paths(plan: Plan, change: Callable[[str], str]) -> Plan:
    return replace(
        plan,
        deployments=tuple(
            replace(item, steps=tuple(_step(step, change) for step in item.steps))
            for item in plan.deployments
        ),
    )


def _step(step: Step, change: Callable[[str], str]) -> Step:
    if not isinstance(step, PublishModel):
        return step
    return replace(step, artifact=_artifact(step.artifact, change))


def _artifact(artifact: Artifact, change: Callable[[str], str]) -> Artifact:
    entries = (
        replace(entry, source=LocalFile(change(entry.source.path)))
        if isinstance(entry.source, LocalFile)
        else entry
        for entry in artifact.entries
    )
    return replace(artifact, entries=tuple(entries))
