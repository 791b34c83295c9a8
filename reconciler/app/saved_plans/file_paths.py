"""Moves plans between checkouts: a saved plan names local files by their place in the repository.

It knows every kind of step that holds files, in a plan and in its rollbacks.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from reconciler.core.model.artifact import Artifact, Entry, LocalFile, Remote
from reconciler.core.model.proof.probes import File, Probe
from reconciler.core.planning.plan import DeploymentPlan, Plan
from reconciler.core.planning.steps import ProbeDeployment, PublishModel, Step

Move = Callable[[str], str]


def relative(plan: Plan, root: Path) -> Plan:
    """The plan with local files named by their place in the repository: the same plan in every checkout."""
    return _with_paths(plan, lambda file: str(Path(file).relative_to(root)))


def absolute(plan: Plan, root: Path) -> Plan:
    """The plan with local files named by their place on this machine."""
    return _with_paths(plan, lambda file: str(root / file))


def files_of(item: DeploymentPlan) -> list[str]:
    """Every local file that the plan of a deployment names, in its steps or its rollbacks."""
    files: list[str] = []

    def collect(path: str) -> str:
        files.append(path)
        return path

    _deployment(item, collect)
    return files


def urls_of(item: DeploymentPlan) -> Iterator[str]:
    """Every URL from which the plan of a deployment downloads files."""
    for step in (*item.steps, *(step for rollback in item.rollbacks for step in rollback.steps)):
        if isinstance(step, PublishModel):
            yield from (
                entry.source.url for entry in step.artifact.entries if isinstance(entry.source, Remote)
            )


def _with_paths(plan: Plan, move: Move) -> Plan:
    return replace(plan, deployments=tuple(_deployment(item, move) for item in plan.deployments))


def _deployment(item: DeploymentPlan, move: Move) -> DeploymentPlan:
    rollbacks = tuple(replace(rollback, steps=_steps(rollback.steps, move)) for rollback in item.rollbacks)
    return replace(item, steps=_steps(item.steps, move), rollbacks=rollbacks)


def _steps(steps: tuple[Step, ...], move: Move) -> tuple[Step, ...]:
    return tuple(_step(step, move) for step in steps)


def _step(step: Step, move: Move) -> Step:
    match step:
        case PublishModel():
            return replace(step, artifact=_artifact(step.artifact, move))
        case ProbeDeployment():
            return replace(step, probes=tuple(_probe(probe, move) for probe in step.probes))
        case _:
            return step


def _artifact(artifact: Artifact, move: Move) -> Artifact:
    return replace(artifact, entries=tuple(_entry(entry, move) for entry in artifact.entries))


def _entry(entry: Entry, move: Move) -> Entry:
    if not isinstance(entry.source, LocalFile):
        return entry
    return replace(entry, source=LocalFile(move(entry.source.path)))


def _probe(probe: Probe, move: Move) -> Probe:
    expect = probe.expect and _file(probe.expect, move)
    return replace(probe, input=_file(probe.input, move), expect=expect)


def _file(file: File, move: Move) -> File:
    return replace(file, path=move(file.path))
