"""explain: why each field of a deployment is in the plan, or is not. Nothing is changed."""

from reconciler.app import planning
from reconciler.app.desired import PlanRequest
from reconciler.app.environments.not_for_target import why_absent
from reconciler.app.last_applied import last_applied
from reconciler.app.names import no_such_anywhere, the_one
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import Live
from reconciler.core.model.target import Target
from reconciler.core.planning.explain.explain import explain
from reconciler.core.planning.explain.explanation import Explanation
from reconciler.core.planning.plan import DeploymentPlan


def explain_deployment(workspace: Workspace, target: Target, name: str, say: Say) -> Explanation:
    """Explain one deployment, by its name or OCID. Raises Failed when nobody has that name."""
    planned = planning.plan(workspace, target, PlanRequest(), say)
    owner = planned.desired.owner
    live = the_one(name, planned.snapshot.ours(owner))
    if live is not None:
        name = live.name
    item = next((item for item in planned.plan.deployments if item.name == name and _fits(item, live)), None)
    if item is None:
        if elsewhere := why_absent(planned.absent, name, target.name):
            raise Failed(f"{elsewhere}, so no plan is about it")
        raise no_such_anywhere([name], {item.name for item in planned.plan.deployments}, target)
    spec = next((spec for spec in planned.desired.specs if spec.name == name), None)
    if live is None and item.seen is not None:
        ocid = item.seen.ocid
        live = next((live for live in planned.snapshot.deployments if live.ocid == ocid), None)
    applied = last_applied(workspace, target, spec, live, say)
    return workspace.redaction.explanation(explain(item, owner, spec, live, applied))


def _fits(item: DeploymentPlan, live: Live | None) -> bool:
    """Whether this plan is about that deployment: several orphans may have one name."""
    return live is None or item.seen is None or item.seen.ocid == live.ocid
