"""Which transitions there are from live to desired, through the lifecycle states of the service
(docs/service.md §2.1), and which of them a deployment takes.

| transition | when |
| --- | --- |
| none | live is as desired, or spec.policy.paused or a hold leaves it as it is |
| wait | live will be as desired when what is going on has ended |
| create | it does not exist |
| replace | it is FAILED, or no update can do what is desired (`transition.replacement`) |
| change the marks alone | live is as desired, and a failure is remembered, or a hold begins or ends |
| end inactive | it is not to serve |
| start | it is inactive and is to serve |
| update while serving | its clients keep what they rely on (`guard`) |
| stop, update, start | its clients lose that, and downtime is allowed |
| blocked | a rule forbids what it would take |
"""

from dataclasses import replace

from reconciler.core.model.live import IN_FLIGHT, State
from reconciler.core.model.served.structure import Servings
from reconciler.core.model.spec import Downtime
from reconciler.core.model.target import OptionGroupsReading
from reconciler.core.planning.diff.fields import MODELS_FIELD
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from reconciler.core.planning.guard.version_guard import GuardVerdict, guard_update
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal
from reconciler.core.planning.refusals import blocked
from reconciler.core.planning.rolling_back.hold import held, why_held
from reconciler.core.planning.steps import DeactivateDeployment, Step, UpdateDeployment, WaitFor, settle
from reconciler.core.planning.transition.batches import batches
from reconciler.core.planning.transition.changes import (
    FAILED_FIELD,
    JUST_MARKS,
    carried_by_one,
    changes_of,
    not_metadata,
    numbered,
    with_impact,
)
from reconciler.core.planning.transition.image_verdict import with_image
from reconciler.core.planning.transition.marks import (
    begins_hold,
    desired_marks,
    marks_before_proof,
    marks_on_the_way,
    too_many_tags,
)
from reconciler.core.planning.transition.probe_steps import (
    probe,
    proof,
    proof_and_marks,
    proof_of_batch,
    told_what_is_not_asked,
    with_marks_first,
    without_marks,
)
from reconciler.core.planning.transition.publications import new_members, prepare, with_large_content
from reconciler.core.planning.transition.reasons import (
    DOES_NOT_EXIST,
    FORGOTTEN,
    differs,
    in_flight,
    led_elsewhere,
    why_changed,
)
from reconciler.core.planning.transition.replacement import (
    STOP_LENGTH,
    create,
    needs_replacement,
    replace_by_new,
    replace_failed,
    retry_refused,
)
from reconciler.core.planning.transition.rollbacks import bind_rollbacks, rollback_at_once, rollback_of_batch
from reconciler.core.planning.transition.transition import NOT_THERE, Transition, start, stop
from reconciler.core.planning.transition.updates import update_at_once, update_batch, update_marks

STOP_SOURCE = (
    "docs/service.md §3.8: another version structure fails requests while the instances are replaced"
)


def plan_transition(transition: Transition, servings: Servings | None) -> DeploymentPlan:
    """The plan of one deployment. `servings` is what it serves on its way, None when that is not needed."""
    plan = told_what_is_not_asked(transition, _planned(transition, servings))
    return with_large_content(transition, with_image(transition, plan))


def _planned(transition: Transition, servings: Servings | None) -> DeploymentPlan:
    live, plan = transition.live, transition.plan
    if transition.spec.policy.paused:
        return _paused_with_changes(transition)
    if live is NOT_THERE:
        return create(transition)
    if hold := held(transition.spec, live.marks):
        return replace(plan, reason=why_held(hold, live), unset=())
    if live.configuration is None:
        return blocked(replace(plan, reason="it cannot be compared"), _not_comparable(transition))
    changes = changes_of(transition)
    if live.state is State.FAILED:
        return replace_failed(transition, changes)
    if not changes and live.state in IN_FLIGHT:
        reason = f"it is {live.state} now, as the manifest says; the end of that is waited for"
        return replace(plan, action=Action.WAIT, reason=reason, steps=(WaitFor(State.ACTIVE),))
    if not changes and live.state is not State.NEEDS_ATTENTION:
        return plan
    notes = (*plan.notes, *in_flight(live), *new_members(transition))
    reason = why_changed(live, changes)
    plan = replace(plan, action=Action.UPDATE, reason=reason, changes=changes, notes=notes)
    return _change(transition.with_plan(plan), servings)


def _change(transition: Transition, servings: Servings | None) -> DeploymentPlan:
    """The plan of a deployment that is there, has not FAILED, and is to be changed."""
    if refusal := _tried_before(transition) or too_many_tags(transition):
        return blocked(transition.plan, refusal)
    if _has_only_marks(transition):
        return change_marks(transition)
    if why := needs_replacement(transition):
        return replace_by_new(transition, why)
    if not transition.ends_active:
        return end_inactive(transition)
    if transition.live.state is State.INACTIVE:
        return start_inactive(transition)
    guard = _guard(transition, servings)
    transition = _as_guarded(transition, guard)
    refused = (guard.stop,) if guard.stop and transition.spec.rollout.downtime is Downtime.NEVER else ()
    if refused or guard.forbidden:
        return blocked(transition.plan, *refused, *guard.forbidden)
    if guard.stop:
        return stop_update_start(transition, guard.stop)
    return update_while_serving(transition, models_first=guard.models_first)


def paused(plan: DeploymentPlan, why: str = "") -> DeploymentPlan:
    """The plan of a deployment that its manifest leaves as it is; `why` says what would be done otherwise."""
    reason = "paused by spec.policy.paused" + (f": {why}" if why else "")
    return replace(plan, action=Action.PAUSED, reason=reason)


def _paused_with_changes(transition: Transition) -> DeploymentPlan:
    if transition.live is NOT_THERE:
        return paused(transition.plan, DOES_NOT_EXIST)
    changes = changes_of(transition) if transition.live.configuration else ()
    return paused(replace(transition.plan, changes=changes), differs(changes) if changes else "")


# -- the transitions, save those that make a deployment anew


def change_marks(transition: Transition) -> DeploymentPlan:
    """Only the marks change. What is live was applied, and proven then, so no probe is sent."""
    plan = carried_by_one(transition.plan)
    if [change.field for change in plan.changes] == [FAILED_FIELD]:
        plan = replace(plan, reason=FORGOTTEN)
    if transition.live.state is State.INACTIVE:
        return replace(plan, steps=update_at_once(transition, desired_marks(transition)))
    return replace(plan, steps=(*settle(transition.live), *update_marks(transition, set())))


def end_inactive(transition: Transition) -> DeploymentPlan:
    """Stop first, as is desired, and then change everything in one update."""
    plan, live = carried_by_one(transition.plan), transition.live
    halt: tuple[Step, ...] = ()
    if live.state is not State.INACTIVE:
        halt = (*settle(transition.live), *stop(live.ocid))
        plan = replace(plan, notes=(*plan.notes, "it stops serving, as spec.state: inactive asks for"))
    update = update_at_once(transition, desired_marks(transition))
    return replace(plan, steps=(*prepare(transition), *halt, *update))


def start_inactive(transition: Transition) -> DeploymentPlan:
    """Change everything in one update, and then start."""
    ocid = transition.live.ocid
    update = update_at_once(transition, marks_before_proof(transition))
    steps = (*prepare(transition), *update, *start(ocid), *proof_and_marks(transition))
    back = rollback_at_once(transition, then_start=False)
    rollbacks = bind_rollbacks(transition, steps, UpdateDeployment, [back])
    return replace(carried_by_one(transition.plan), steps=steps, rollbacks=rollbacks)


def stop_update_start(transition: Transition, why: Refusal) -> DeploymentPlan:
    """Stop, change everything in one update, and start. The rollback begins where the stop does: whatever
    fails after it, the deployment is to serve again.
    """
    plan, ocid = carried_by_one(transition.plan), transition.live.ocid
    before = (*settle(transition.live), *prepare(transition))
    update = update_at_once(transition, marks_before_proof(transition))
    steps = (*before, *stop(ocid), *update, *start(ocid), *proof_and_marks(transition))
    note = f"it stops serving, as rollout.downtime allows, because {why.reason}; {STOP_LENGTH}"
    back = rollback_at_once(transition, then_start=True)
    rollbacks = bind_rollbacks(transition, steps, DeactivateDeployment, [back])
    return replace(plan, steps=steps, notes=(*plan.notes, note), rollbacks=rollbacks)


def update_while_serving(transition: Transition, *, models_first: bool = False) -> DeploymentPlan:
    """One update for each batch of option groups, each followed by a wait. The proof comes after each update
    from where it can be given on, and with probes the marks come last of all.
    """
    plan, live, reading = transition.plan, transition.live, transition.desired.safety.option_groups
    cut = batches(plan.changes, transition.after, transition.before, reading, models_first=models_first)
    cut = cut or ((OptionGroup.METADATA,),)
    probes = probe(transition)
    marked = live.marks.applied == transition.spec.applied_mark
    ahead = without_marks(cut) if probes else cut
    if begins_hold(transition) or (probes and marked):
        ahead = with_marks_first(ahead)
    steps = [*settle(transition.live), *prepare(transition), *(() if ahead else proof(transition))]
    backs: list[tuple[Step, ...]] = []
    changed: frozenset[OptionGroup] = frozenset()
    marks = live.marks
    for number, batch in enumerate(ahead, start=1):
        backs.append(rollback_of_batch(transition, batch, changed, runs_last=not any(backs)))
        changed = changed.union(batch)
        if OptionGroup.METADATA in batch:
            last = number == len(ahead)
            marks = marks_before_proof(transition) if last else marks_on_the_way(transition)
        steps += update_batch(transition, batch, changed, marks)
        steps += proof_of_batch(transition, batch, changed)
    rollbacks = bind_rollbacks(transition, steps, UpdateDeployment, backs)
    if probes:
        steps += update_marks(transition, changed)
        cut = (*ahead, (OptionGroup.METADATA,))
    changes = numbered(plan.changes, cut, reading)
    return replace(plan, changes=changes, steps=tuple(steps), rollbacks=rollbacks)


# -- which of them


def _not_comparable(transition: Transition) -> Refusal:
    return Refusal(
        f"it is a {transition.live.deployment_type} deployment of a kind that cannot be compared",
        (f"reconcile destroy {transition.spec.name}, then apply",),
    )


def _tried_before(transition: Transition) -> Refusal | None:
    """Why the spec is not tried again, if it failed before. To stop the deployment it is not tried."""
    stops = not transition.ends_active and transition.live.state is not State.INACTIVE
    again = transition.desired.retry_failed or stops or not transition.failed_before
    return None if again else retry_refused(transition)


def _has_only_marks(transition: Transition) -> bool:
    """Whether only the memory of another spec's failure has to go, or a hold begins or ends. What is going on
    now is waited for.
    """
    can_be_marked = transition.live.state in {State.ACTIVE, State.INACTIVE} | IN_FLIGHT
    fields = {change.field for change in transition.plan.changes}
    alone = bool(fields) and fields <= JUST_MARKS
    return alone and can_be_marked and not transition.failed_before


def _guard(transition: Transition, servings: Servings | None) -> GuardVerdict:
    """What may be done with what is served, if that may change."""
    live, rollout = transition.live, transition.spec.rollout
    same_models = transition.before.artifact == transition.after.artifact
    if live.model_id is None or (same_models and servings is None):
        return GuardVerdict()
    unread = Servings(None, None, None, None)
    return guard_update(
        live.model_id,
        servings or unread,
        rollout,
        apart=_are_apart(transition, transition.desired.safety.option_groups),
        can_join=not _are_apart(transition, OptionGroupsReading.DOCUMENTED),
    )


def _are_apart(transition: Transition, reading: OptionGroupsReading) -> bool:
    """Whether the container and the models change in two updates, by this reading of the option groups."""
    models = {change.option_group for change in transition.plan.changes if change.field == MODELS_FIELD}
    cut = batches(transition.plan.changes, transition.after, transition.before, reading)
    places = [
        {place for place, batch in enumerate(cut) if groups & {*batch}}
        for groups in ({OptionGroup.CONTAINER}, models)
    ]
    return all(places) and places[0] != places[1]


def _as_guarded(transition: Transition, guard: GuardVerdict) -> Transition:
    """The plan with what the guard says of it."""
    plan = transition.plan
    if guard.stop:
        changes = with_impact(plan.changes, Impact.STOP, not_metadata(plan.changes), STOP_SOURCE)
        plan = replace(plan, changes=changes)
    notes, dangers = (*plan.notes, *guard.notes), (*guard.dangers, *led_elsewhere(plan.changes))
    return transition.with_plan(replace(plan, notes=notes, dangers=dangers))
