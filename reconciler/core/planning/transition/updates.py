"""The updates of a transition, as steps: one batch of option groups while the deployment serves, or
everything at once while it does not.
"""

from collections.abc import Set

from reconciler.core.model.live import Marks, State
from reconciler.core.model.spec import ModelGroupUpdate
from reconciler.core.planning.diff.merge import with_groups
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import Step, UpdateDeployment, WaitFor
from reconciler.core.planning.transition.batches import Batch, temporary_capacity
from reconciler.core.planning.transition.changes import groups_at_once
from reconciler.core.planning.transition.marks import desired_marks
from reconciler.core.planning.transition.publications import model_of
from reconciler.core.planning.transition.transition import Transition


def update_batch(
    transition: Transition, batch: Batch, changed: Set[OptionGroup], marks: Marks
) -> tuple[Step, ...]:
    """One update while the deployment serves, after which the `changed` groups are as desired, and a wait."""
    configuration = with_groups(changed, transition.after, transition.before)
    live_update = transition.spec.rollout.model_group_update is ModelGroupUpdate.LIVE
    in_place = OptionGroup.MODELS in batch and live_update
    update = UpdateDeployment(
        ocid=transition.live.ocid,
        option_groups=batch,
        configuration=configuration,
        model=model_of(transition, configuration.artifact),
        marks=marks,
        temporary=temporary_capacity(batch, configuration, in_place),
        in_place=in_place,
    )
    return (update, WaitFor(State.ACTIVE))


def update_marks(transition: Transition, changed: Set[OptionGroup]) -> tuple[Step, ...]:
    """The update that says that all is as desired, and proven; it stops and replaces nothing."""
    everything = {*changed, OptionGroup.METADATA}
    return update_batch(transition, (OptionGroup.METADATA,), everything, desired_marks(transition))


def update_at_once(transition: Transition, marks: Marks) -> tuple[Step, ...]:
    """One update of everything while nobody is served (docs/service.md §3.1 A: all options can be changed at
    once while inactive), and a wait.
    """
    groups, after = groups_at_once(transition.plan.changes), transition.after
    if not groups:
        return ()
    whole = with_groups(set(groups), after, transition.before)
    model = model_of(transition, after.artifact)
    return (UpdateDeployment(transition.live.ocid, groups, whole, model, marks), WaitFor(State.INACTIVE))
