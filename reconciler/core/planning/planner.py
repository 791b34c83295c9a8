"""From what is desired and what is live to a plan: the same values give the same plan.

Here is what concerns all deployments together. What happens to one of them is decided in
`transition.plan_transition`, whose it is in `ownership.owners`, and what happens to those that no manifest
names in `orphans`.
"""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Snapshot
from reconciler.core.model.served.structure import Servings
from reconciler.core.model.spec import Spec
from reconciler.core.planning.environment_secrets import not_looked_at
from reconciler.core.planning.images.resolving import as_live
from reconciler.core.planning.orphans import with_orphans
from reconciler.core.planning.ownership.adoption import adoption_note
from reconciler.core.planning.ownership.former_owners import note_former_owners
from reconciler.core.planning.ownership.owners import Owners
from reconciler.core.planning.ownership.renames import with_models_renamed
from reconciler.core.planning.plan import (
    AS_IT_SHOULD_BE,
    Action,
    DeploymentPlan,
    Plan,
    Refusal,
    Seen,
    token_of,
)
from reconciler.core.planning.refusals import blocked, no_project, without_secrets
from reconciler.core.planning.run_scope import owners_in
from reconciler.core.planning.safety_limits import limits_passed
from reconciler.core.planning.steps import EnsureProject
from reconciler.core.planning.transition.plan_transition import paused, plan_transition
from reconciler.core.planning.transition.transition import Transition

ServingsByDeployment = Mapping[str, Servings]
"""What each deployment serves on its way from live to desired, by its OCID."""


def make_plan(desired: Desired, snapshot: Snapshot, servings: ServingsByDeployment) -> Plan:
    """The plan that makes live what is desired. `servings` has the deployments that `run_scope.to_guard`
    named, but for those of which the same is served before and after.
    """
    owners = owners_in(snapshot, desired)
    items = [
        _with_secrets_known(_with_dangers(_plan_one(spec, desired, owners, servings), spec), desired)
        for spec in desired.specs
    ]
    if desired.prune:
        items = with_orphans(items, desired, owners)
    items = with_models_renamed(items, desired.specs, owners.index)
    items = note_former_owners(items, snapshot, desired.owner)
    refusals = limits_passed(items, desired.safety, owners.index, bool(desired.claims or desired.only))
    plan = Plan.of(desired.target, desired.owner, snapshot, items, desired.revision, refusals)
    return _with_project(plan)


def _plan_one(spec: Spec, desired: Desired, owners: Owners, servings: ServingsByDeployment) -> DeploymentPlan:
    item = DeploymentPlan(
        name=spec.name,
        action=Action.NOTHING,
        reason=AS_IT_SHOULD_BE,
        manifest=spec.where.path,
        failed=spec.failed_mark,
        unset=not_looked_at(spec.configuration),
    )
    live, refusal = owners.find(spec.claim)
    if refusal is not None:
        return _not_touched(item, spec, refusal)
    if live is None:
        return plan_transition(Transition(desired, spec, owners.index, item), None)
    adopted = live.marks.owner is None and live.ocid == spec.adopt
    notes = (*item.notes, adoption_note(live.ocid)) if adopted else item.notes
    item = replace(item, seen=Seen(live.ocid, live.fingerprint), notes=notes)
    transition = Transition(desired, as_live(spec, live), owners.index, item, live)
    return plan_transition(transition, servings.get(live.ocid))


def _not_touched(item: DeploymentPlan, spec: Spec, refusal: Refusal) -> DeploymentPlan:
    """The plan of a deployment that is not ours to touch. What is paused would be left alone anyway."""
    if spec.policy.paused:
        return paused(item, refusal.reason)
    return blocked(replace(item, reason="not ours to touch"), refusal)


def _with_dangers(item: DeploymentPlan, spec: Spec) -> DeploymentPlan:
    """What is changed is told with the dangers that its manifest asks for."""
    still = item.action in (Action.NOTHING, Action.PAUSED, Action.BLOCKED)
    return item if still else replace(item, dangers=(*item.dangers, *spec.dangers))


def _with_secrets_known(item: DeploymentPlan, desired: Desired) -> DeploymentPlan:
    """When the plan is to be applied, nothing is done with a deployment whose secrets are not known."""
    still = item.action in (Action.PAUSED, Action.BLOCKED)
    if not desired.applying or not item.unset or still:
        return item
    return without_secrets(item, item.unset)


def _with_project(plan: Plan) -> Plan:
    """The plan with the step that creates the project, or refused, where the project does not exist."""
    project = plan.project
    if project.ocid is not None or not any(item.steps for item in plan.deployments):
        return plan
    if not project.create:
        return replace(plan, refusals=(*plan.refusals, no_project(project.name)))
    token = token_of("project", plan.owner, project.name)
    return replace(plan, project_step=EnsureProject(project.name, token))
