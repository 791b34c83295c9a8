"""Transitions that make a deployment anew: create it, or delete it and create it again.

Only a deletion leads out of FAILED (docs/service.md §2.1), and there are changes that no update can make.
"""

from dataclasses import replace

from reconciler.core.model.configuration import Configuration, NetworkAccess
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Downtime, Spec
from reconciler.core.model.temporary_causes import passes_by_itself
from reconciler.core.planning.diff.comparison import Change, diff
from reconciler.core.planning.diff.fields import DIGEST
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal, token_of
from reconciler.core.planning.refusals import UNPROTECT, blocked, protected, replacement, tried_before
from reconciler.core.planning.steps import (
    CreateDeployment,
    DeleteDeployment,
    Step,
    UpdateDeployment,
    WaitFor,
    settle,
)
from reconciler.core.planning.transition.changes import NOT_COUNTED, not_metadata, with_impact
from reconciler.core.planning.transition.marks import desired_marks
from reconciler.core.planning.transition.probe_steps import presence, probe
from reconciler.core.planning.transition.publications import desired_model, prepare_new
from reconciler.core.planning.transition.reasons import DOES_NOT_EXIST
from reconciler.core.planning.transition.transition import Transition, stop

REPLACE_SOURCE = "docs/service.md §1.6, §3.1 A: no update changes the type, or leads out of custom networking"
STOP_LENGTH = (
    "expect it to be away as long as a stop and a start take: people report 10 to 20 minutes on the service"
)


def create(transition: Transition) -> DeploymentPlan:
    """Create a deployment that does not exist."""
    steps = (*prepare_new(transition), *_creation(transition))
    return replace(transition.plan, action=Action.CREATE, reason=DOES_NOT_EXIST, steps=steps)


def _creation(transition: Transition) -> tuple[Step, ...]:
    """With probes, *last applied* is set after they pass, so that an interrupted run is noticed. A deployment
    that ends inactive is not probed here but when it is started.
    """
    spec, desired = transition.spec, transition.desired
    probes = probe(transition) if transition.ends_active else ()
    configuration, model, marks = _created(transition), desired_model(transition), desired_marks(transition)
    before = sorted(transition.index.ocids_by_marked_name.get(spec.name, ()))
    project = transition.index.snapshot.project.name
    # Two runs that create it at once must use one token, so that the service accepts one. So the commit is
    # no part of it, nor the OCID of the project, which one of them may have created just now.
    token = token_of("deployment", desired.target, project, desired.owner, spec.name, before)
    unproven = replace(marks, applied=None) if probes else marks
    steps: tuple[Step, ...] = (CreateDeployment(configuration, model, unproven, token), WaitFor(State.ACTIVE))
    if transition.ends_active:
        steps = (*steps, *presence(transition))
    if probes:
        mark = UpdateDeployment("", (OptionGroup.METADATA,), configuration, model, marks)
        steps = (*steps, *probes, mark, WaitFor(State.ACTIVE))
    return steps if transition.ends_active else (*steps, *stop(""))


def _created(transition: Transition) -> Configuration:
    """What takes the place of another keeps what the manifest leaves open, or ignores."""
    spec = transition.spec.configuration
    return replace(transition.after, artifact=spec.artifact, kind=spec.kind)


def _replace(transition: Transition, reason: str) -> DeploymentPlan:
    """Delete the deployment, and create it again."""
    changes = with_impact(transition.plan.changes, Impact.REPLACE, not_metadata(transition.plan.changes))
    plan = replace(transition.plan, action=Action.REPLACE, reason=reason, changes=changes)
    if desired_marks(transition).protect:
        return blocked(plan, protected(plan.name, UNPROTECT))
    removal = (DeleteDeployment(transition.live.ocid), WaitFor(State.DELETED))
    steps = (*settle(transition.live), *prepare_new(transition), *removal, *_creation(transition))
    return replace(plan, steps=steps)


# -- what has FAILED


def replace_failed(transition: Transition, changes: tuple[Change, ...]) -> DeploymentPlan:
    """Make a deployment that has FAILED anew, unless this very spec made it fail, for a cause that stays."""
    live = transition.live
    causes = tuple(dict.fromkeys(text for text in (live.details, *live.errors) if text))
    details = "; ".join(causes) or "no details given"
    fields = tuple(change for change in changes if change.field not in NOT_COUNTED)
    plan = replace(transition.plan, reason=f"it is FAILED: {details}", changes=fields)
    again = transition.desired.retry_failed or any(passes_by_itself(text) for text in causes)
    if has_failed_as_desired(transition.spec, live) and not again:
        return blocked(plan, retry_refused(transition))
    reason = f"it is FAILED, and only delete leads out of that: {details}"
    return _replace(transition.with_plan(plan), reason)


def has_failed_as_desired(spec: Spec, live: Live) -> bool:
    """Whether it FAILED with the very spec that is desired now. Where the service did not come to tell the
    digest of its image (docs/service.md §1.6), that is no difference.
    """
    if live.state is not State.FAILED or live.configuration is None:
        return False
    changes = diff(spec.configuration, live.configuration, spec.policy.ignore)
    known = [change for change in changes if change.field != DIGEST or change.old is not None]
    return not not_metadata(known) or spec.failed_as(live.marks.failed)


def retry_refused(transition: Transition) -> Refusal:
    """Why a spec that failed is not tried again, with when and why if it is this one that is remembered."""
    marks = transition.live.marks if transition.failed_before else Marks()
    return tried_before(transition.spec.name, marks.failed_at, marks.failed_why)


# -- what no update can do


def needs_replacement(transition: Transition) -> str:
    """Why no update can make this change; empty when one can."""
    before, after = transition.before, transition.after
    if after.kind is not before.kind:
        return f"it is a {before.kind} deployment and should be a {after.kind} one"
    if before.network.access is NetworkAccess.CUSTOM and after.network.access is not NetworkAccess.CUSTOM:
        return "its networking is custom and should be the service's own again"
    return ""


def replace_by_new(transition: Transition, why: str) -> DeploymentPlan:
    """Make a deployment anew because no update can do what is desired. That takes the allowance of downtime,
    unless it serves nobody.
    """
    plan = transition.plan
    needed = {
        change.field
        for change in plan.changes
        if change.option_group in (OptionGroup.KIND, OptionGroup.NETWORK)
    }
    plan = replace(plan, changes=with_impact(plan.changes, Impact.REPLACE, needed, REPLACE_SOURCE))
    serves = transition.live.state is not State.INACTIVE
    if serves and transition.spec.rollout.downtime is Downtime.NEVER:
        return blocked(plan, replacement(why))
    note = f"it is deleted and created anew, because {why}; its OCID and endpoint change; {STOP_LENGTH}"
    return _replace(transition.with_plan(replace(plan, notes=(*plan.notes, note))), why)
