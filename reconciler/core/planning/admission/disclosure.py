"""Whether a saved plan does only what it tells: a person who has read it has read all that it changes."""

from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.model.configuration import Json
from reconciler.core.model.live import GONE, SERVING, Live, State
from reconciler.core.planning.admission.conditions import Conditions, all_writes, checked_again
from reconciler.core.planning.admission.new_content import guard_refusals
from reconciler.core.planning.diff.comparison import Change, diff
from reconciler.core.planning.diff.fields import MODELS_FIELD
from reconciler.core.planning.diff.option_groups import Impact
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal
from reconciler.core.planning.steps import (
    ActivateDeployment,
    CreateDeployment,
    DeactivateDeployment,
    UpdateDeployment,
)
from reconciler.core.planning.transition.changes import STATE_FIELD
from reconciler.core.planning.withheld.live_values import with_live_texts

CHANGING = (Action.UPDATE, Action.REPLACE, Action.RELEASE)
"""Actions that leave something otherwise than it is now, which the plan has to tell."""


def not_told(item: DeploymentPlan, live: Live, conditions: Conditions) -> Iterator[Refusal]:
    """What would change in a deployment that is there without a word of it in the plan."""
    if item.action not in CHANGING or (item.action is Action.UPDATE and live.state in GONE):
        return
    if live.configuration is None:
        yield checked_again(f"it is a {live.deployment_type} deployment of a kind that cannot be compared")
        return
    changes = (change for write in all_writes(item) for change in _changes(write, live, conditions))
    fields = {change.field for change in changes if not _is_told(change, item, conditions)}
    fields |= {MODELS_FIELD} if _has_untold_models(item, live, conditions) else set()
    fields |= set() if _state_is_told(item, live) else {STATE_FIELD}
    yield from map(hidden, sorted(fields))
    yield from guard_refusals(item, conditions)


def _changes(
    write: UpdateDeployment | CreateDeployment, live: Live, conditions: Conditions
) -> tuple[Change, ...]:
    """The fields that a write changes. What a deployment runs may go by its OCID, or by a digest that is not
    marked on it: then the models are compared by themselves.
    """
    if live.configuration is None:
        return ()
    unmarked = live.configuration.artifact is None or write.configuration.artifact == live.model_id
    same = unmarked and not conditions.is_new(write.model, live)
    before = (
        replace(live.configuration, artifact=write.configuration.artifact) if same else live.configuration
    )
    return diff(with_live_texts(write, live).configuration, before)


def hidden(field: str) -> Refusal:
    """A change of this field is not told."""
    return checked_again(f"{field} would change, and the plan does not tell that")


def _is_told(change: Change, item: DeploymentPlan, conditions: Conditions) -> bool:
    """Whether the plan shows this value as old or new. The old value counts because a rollback may bring it
    back. Secrets are compared masked, as a plan shows them.
    """
    told = [other for other in item.changes if other.field == change.field]
    if any(change.new in (other.old, other.new) for other in told):
        return True
    return any(conditions.shown(change.new) == conditions.shown(other.old) for other in told)


def _has_untold_models(item: DeploymentPlan, live: Live, conditions: Conditions) -> bool:
    told = [
        value for change in item.changes if change.field == MODELS_FIELD for value in (change.old, change.new)
    ]
    models = (write.model for write in all_writes(item))
    return any(
        conditions.is_new(model, live) and not any(name in told for name in conditions.content(model))
        for model in models
    )


def _state_is_told(item: DeploymentPlan, live: Live) -> bool:
    """Whether the plan says that the deployment stops or starts. A replacement need not say that it is away
    for a while.
    """
    states: list[Json] = [change.new for change in item.changes if change.field == STATE_FIELD]
    stops = any(isinstance(step, DeactivateDeployment) for step in item.steps)
    if item.action is Action.REPLACE and stops:
        return live.state not in SERVING or "inactive" in states
    if item.action is Action.REPLACE:
        return live.state is not State.INACTIVE or "active" in states
    starts = any(isinstance(step, ActivateDeployment) for step in item.steps)
    if stops and starts:
        return live.state not in SERVING or any(change.impact is Impact.STOP for change in item.changes)
    if stops:
        return "inactive" in states
    return not starts or live.state is not State.INACTIVE or "active" in states
