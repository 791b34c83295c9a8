"""The rollbacks of a transition: the steps that bring back what was live, for each step that takes it away.

The engine runs them when a step fails, those of the latest steps first.
"""

from collections.abc import Sequence, Set
from dataclasses import replace

from reconciler.core.model.live import State
from reconciler.core.model.spec import OnFailure
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Rollback
from reconciler.core.planning.steps import DeactivateDeployment, KeepModel, Step, UpdateDeployment, WaitFor
from reconciler.core.planning.transition.batches import Batch
from reconciler.core.planning.transition.changes import groups_at_once
from reconciler.core.planning.transition.marks import marks_after_failure
from reconciler.core.planning.transition.publications import desired_model
from reconciler.core.planning.transition.transition import Transition, start, stop
from reconciler.core.planning.transition.updates import update_batch

REVERSIBLE = frozenset(
    {OptionGroup.BANDWIDTH, OptionGroup.SCALING, OptionGroup.CONTAINER, OptionGroup.CORE, OptionGroup.MODELS}
)
"""What a rollback takes back. Logs stay, because they explain the failure; networking cannot be taken back
(docs/service.md §3.1 A).
"""


def bind_rollbacks(
    transition: Transition,
    steps: Sequence[Step],
    kind: type[UpdateDeployment | DeactivateDeployment],
    rollbacks: Sequence[tuple[Step, ...]],
) -> tuple[Rollback, ...]:
    """Each rollback with the index of the step that it takes back: the first ones of this kind, in order."""
    if transition.spec.rollout.on_failure is OnFailure.STOP:
        return ()
    places = [index for index, step in enumerate(steps) if isinstance(step, kind)]
    return tuple(Rollback(at, back) for at, back in zip(places, rollbacks, strict=False) if back)


def rollback_of_batch(
    transition: Transition, batch: Batch, before: Set[OptionGroup], runs_last: bool
) -> tuple[Step, ...]:
    """Back to what was live when only the groups `before` this batch were changed. `runs_last`: this rollback
    runs last, so it writes the memory of the failure.
    """
    if not REVERSIBLE & set(batch):
        return ()
    marks = marks_after_failure(transition) if runs_last else transition.live.marks
    return update_batch(transition, tuple(sorted({*batch, OptionGroup.METADATA})), before, marks)


def rollback_at_once(transition: Transition, then_start: bool) -> tuple[Step, ...]:
    """Back from an update of everything at once; `then_start` where the deployment was serving before."""
    live, before = transition.live, transition.before
    was = replace(before, container=replace(before.container, environment=None))
    changed = {*groups_at_once(transition.plan.changes), OptionGroup.METADATA}
    groups = tuple(sorted(changed - {OptionGroup.LOGS, OptionGroup.NETWORK}))
    model = KeepModel(live.model_id) if live.model_id else desired_model(transition)
    update = UpdateDeployment(live.ocid, groups, was, model, marks_after_failure(transition))
    again = start(live.ocid) if then_start else ()
    return (*stop(live.ocid), update, WaitFor(State.INACTIVE), *again)
