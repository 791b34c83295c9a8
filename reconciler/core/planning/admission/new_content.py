"""Content that a saved plan gives to a deployment while it serves: its clients must keep what they rely on
(docs/updates.md, The version structure).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.core.model.artifact import Structure
from reconciler.core.model.live import NOTHING_TO_LOSE
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.planning.admission.conditions import Conditions, checked_again
from reconciler.core.planning.guard.structure_changes import changed_tensors, new_versions
from reconciler.core.planning.guard.version_guard import additive_note, guard_versions, tensor_danger
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import ActivateDeployment, DeactivateDeployment, UpdateDeployment


@dataclass(frozen=True, slots=True, order=True)
class NewContent:
    """What a serving deployment runs now (OCID), what it would run (digest, or OCID where the catalog does
    not tell the digest), and whether it is stopped for that.
    """

    served: str
    new: str
    stops: bool = False


def new_contents(plan: Plan, index: SnapshotIndex) -> frozenset[NewContent]:
    """Every pair whose structures `admission.admitted` has to know."""
    conditions = Conditions(index)
    return frozenset(pair for item in plan.deployments for pair in _contents(item, conditions))


def guard_refusals(item: DeploymentPlan, conditions: Conditions) -> Iterator[Refusal]:
    """Why a deployment may not get its new content so."""
    pairs = sorted(set(_contents(item, conditions)))
    if (contents := len({pair.new for pair in pairs})) > 1:
        yield checked_again(f"it would get {contents} contents of its models, one after the other")
        return
    for pair in pairs:
        served, new = conditions.served.get(pair.served), conditions.new.get(pair.new)
        if new is None:
            yield checked_again(f"what would be served from {pair.new} cannot be read")
            continue
        guard = guard_versions(pair.served, served, new, _told_rollout(item, served, new))
        yield from (guard.stop,) if guard.stop and not pair.stops else ()
        yield from guard.forbidden


def _contents(item: DeploymentPlan, conditions: Conditions) -> Iterator[NewContent]:
    """What a deployment is to get while it serves, in its steps or their rollbacks."""
    live = conditions.live(item)
    if item.action is not Action.UPDATE or live is None or live.model_id is None:
        return
    if live.configuration is None or live.state in NOTHING_TO_LOSE:
        return
    for steps in (item.steps, *(rollback.steps for rollback in item.rollbacks)):
        stop = next(
            (at for at, step in enumerate(steps) if isinstance(step, DeactivateDeployment)), len(steps)
        )
        starts = any(isinstance(step, ActivateDeployment) for step in steps)
        for at, step in enumerate(steps):
            if not isinstance(step, UpdateDeployment) or not conditions.is_new(step.model, live):
                continue
            if at < stop or starts:
                yield NewContent(live.model_id, conditions.content(step.model)[0], at > stop)


def _told_rollout(item: DeploymentPlan, served: Structure | None, new: Structure) -> Rollout:
    """What the manifest has allowed. It counts as allowed where the plan has the very sentence that tells it,
    since that is what whoever agreed to the plan has read.
    """
    if served is None:
        return Rollout()
    additive = additive_note(new_versions(served, new)) in item.notes
    changed = changed_tensors(served, new)
    return Rollout(
        versions=VersionChange.ADDITIVE if additive else VersionChange.KEEP,
        tensor_changes=tuple(name for name, what in changed.items() if tensor_danger(what) in item.dangers),
    )
