"""What a saved plan makes a deployment serve while it serves: its clients must keep what they rely on
(docs/updates.md, The version structure).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.core.model.live import NOTHING_TO_LOSE, Live
from reconciler.core.model.served.structure import Served, Structure
from reconciler.core.model.spec import Rollout, VersionChange
from reconciler.core.planning.admission.conditions import Conditions, ServingState, all_steps, checked_again
from reconciler.core.planning.guard.structure_changes import contract_changes, new_versions
from reconciler.core.planning.guard.version_guard import additive_note, guard_versions, tensor_danger
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import (
    ActivateDeployment,
    DeactivateDeployment,
    PublishModel,
    Step,
    UpdateDeployment,
)
from reconciler.core.planning.withheld.live_values import with_live_texts


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """A deployment serves something else after an update; `stops`: it is stopped for that."""

    before: ServingState
    after: ServingState
    stops: bool = False


def serving_states(plan: Plan, index: SnapshotIndex) -> frozenset[ServingState]:
    """Everything of which `admission.admitted` has to know what is served."""
    conditions = Conditions(index)
    moves = [move for item in plan.deployments for move in _moves(item, conditions)]
    return frozenset(state for move in moves for state in (move.before, move.after))


def guard_refusals(item: DeploymentPlan, conditions: Conditions) -> Iterator[Refusal]:
    """Why a deployment may not be made to serve that so."""
    moves = sorted(set(_moves(item, conditions)))
    live = conditions.live(item)
    contents = {move.after.content for move in moves} - {live and live.model_id}
    if len(contents) > 1:
        yield checked_again(f"it would get {len(contents)} contents of its models, one after the other")
        return
    rollout = _told_rollout(item, moves, conditions)
    for move in moves:
        served, new = conditions.served.get(move.before), conditions.served.get(move.after)
        if new is None:
            yield checked_again(f"what would be served from {move.after.content} cannot be read")
            continue
        guard = guard_versions(move.before.content, served, new, rollout)
        yield from (guard.stop,) if guard.stop and not move.stops else ()
        yield from guard.forbidden


def misdescribed(item: DeploymentPlan, conditions: Conditions) -> Iterator[Refusal]:
    """What would be kept in the catalog of models, and is not so: the next plan would believe it."""
    for step in all_steps(item):
        if isinstance(step, PublishModel) and step.artifact.digest in conditions.misdescribed:
            digest = step.artifact.digest
            yield checked_again(f"what it says of the models in {digest} is not what they hold now")


def _moves(item: DeploymentPlan, conditions: Conditions) -> Iterator[Move]:
    """The moves of a deployment in its steps, each also from what is live, and in their rollbacks."""
    live = conditions.live(item)
    if item.action is not Action.UPDATE or live is None or live.model_id is None:
        return
    if live.configuration is None or live.state in NOTHING_TO_LOSE:
        return
    now = ServingState(live.model_id, live.configuration.container.words)
    for steps in (item.steps, *(rollback.steps for rollback in item.rollbacks)):
        before = now
        for after, stops in _reached(steps, live, conditions):
            yield from (
                Move(start, after, stops) for start in {now, before} if conditions.differ(start, after)
            )
            before = after


def _reached(
    steps: Sequence[Step], live: Live, conditions: Conditions
) -> Iterator[tuple[ServingState, bool]]:
    """What the deployment would serve after each update, and whether it is stopped for that."""
    stop = next((at for at, step in enumerate(steps) if isinstance(step, DeactivateDeployment)), len(steps))
    starts = any(isinstance(step, ActivateDeployment) for step in steps)
    for at, step in enumerate(steps):
        if isinstance(step, UpdateDeployment) and (at < stop or starts):
            new = conditions.is_new(step.model, live)
            content = conditions.content(step.model)[0] if new else live.model_id or ""
            yield ServingState(content, with_live_texts(step, live).configuration.container.words), at > stop


def _told_rollout(item: DeploymentPlan, moves: Sequence[Move], conditions: Conditions) -> Rollout:
    """What the manifest has allowed. It counts as allowed where the plan has the very sentence that tells it,
    since that is what whoever agreed to the plan has read.
    """
    pairs = [(conditions.served.get(move.before), conditions.served.get(move.after)) for move in moves]
    told = [_told(item, *pair) for pair in pairs]
    additive = any(rollout.versions is VersionChange.ADDITIVE for rollout in told)
    return Rollout(
        versions=VersionChange.ADDITIVE if additive else VersionChange.KEEP,
        tensor_changes=tuple({name for rollout in told for name in rollout.tensor_changes}),
    )


def _told(item: DeploymentPlan, served: Served | None, new: Served | None) -> Rollout:
    if not isinstance(served, Structure) or not isinstance(new, Structure):
        return Rollout()
    additive = additive_note(new_versions(served, new)) in item.notes
    breaks = contract_changes(served, new).breaks
    return Rollout(
        versions=VersionChange.ADDITIVE if additive else VersionChange.KEEP,
        tensor_changes=tuple(name for name, what in breaks.items() if tensor_danger(what) in item.dangers),
    )
