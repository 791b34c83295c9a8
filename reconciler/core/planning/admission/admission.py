"""Whether a saved plan may be applied: every rule by which the planner decides whose a deployment is, what
protects it and what its clients rely on is checked again, against the settings and what is live now.

Nothing that the plan says of itself is trusted (`admission.plan_form` has looked at its form before), and
nothing is planned: the plan of a deployment is admitted as it is, or it is blocked. What a manifest may
allow counts as allowed where the plan says so to whoever reads it. Whether what is live is still what the
plan saw is found out by the engine, right before each write.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from reconciler.core.model.live import Snapshot
from reconciler.core.planning.admission.catalog_rules import CatalogUse, wrong_in_catalog
from reconciler.core.planning.admission.conditions import PLAN_AGAIN, Conditions, checked_again
from reconciler.core.planning.admission.disclosure import not_told
from reconciler.core.planning.admission.image_rules import wrong_images
from reconciler.core.planning.admission.new_content import misdescribed
from reconciler.core.planning.admission.owner_rules import not_allowed
from reconciler.core.planning.environment_secrets import not_looked_at
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal
from reconciler.core.planning.refusals import (
    blocked,
    deletes_come_last,
    no_project,
    without_secrets,
    without_secrets_before,
)
from reconciler.core.planning.safety_limits import limits_passed
from reconciler.core.planning.withheld.seen import is_what_was_seen

CHANGED = Refusal(
    "changed meanwhile: it is not what the plan saw any more; nothing more was sent or rolled back",
    (PLAN_AGAIN,),
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The plan, in which that is blocked that may not be done; `stale` when some of that is no longer what
    the plan saw.
    """

    plan: Plan
    stale: bool = False


def not_this_project(plan: Plan, snapshot: Snapshot) -> str:
    """Why the plan is not about the project that the target has; empty when it is."""
    made, here = plan.project, snapshot.project
    if made.name != here.name or made.ocid not in (None, here.ocid):
        return f"made for the project {made.name} ({made.ocid}), and the target has {here.name} ({here.ocid})"
    if here.ocid is None and plan.sends and plan.project_step is None and here.create:
        return f"the project {here.name} is gone since it was made"
    return ""


def admitted(plan: Plan, conditions: Conditions) -> Admitted:
    """The plan as far as it may be applied; it is refused as a whole where it passes a limit."""
    project = conditions.index.snapshot.project
    judged = [(item, _is_stale(item, conditions)) for item in plan.deployments]
    items = [_without_secrets(_checked(item, _refusals(item, conditions, stale))) for item, stale in judged]
    use = CatalogUse.of(conditions.index, items, conditions.unused)
    items = [_checked(item, map(checked_again, wrong_in_catalog(item, use))) for item in items]
    if held := [item.name for item in items if item.action is Action.BLOCKED and item.manifest]:
        items = [_held_back(item, held) for item in items]
    limits = limits_passed(items, conditions.safety, conditions.index, manifests=True)
    if project.ocid is None and plan.sends and not project.create:
        limits = (*limits, no_project(project.name))
    refusals = tuple(dict.fromkeys((*plan.refusals, *limits)))
    any_stale = any(stale and item.steps for item, stale in judged)
    return Admitted(replace(plan, deployments=tuple(items), refusals=refusals), any_stale)


def _checked(item: DeploymentPlan, refusals: Iterable[Refusal]) -> DeploymentPlan:
    each = tuple(dict.fromkeys(refusals)) if item.steps else ()
    return blocked(item, *each) if each else item


def _without_secrets(item: DeploymentPlan) -> DeploymentPlan:
    """Nothing is done with a deployment whose secrets are not known, or were not when it was planned."""
    if item.action in (Action.PAUSED, Action.BLOCKED):
        return item
    if item.unset:
        return without_secrets_before(item)
    missing = not_looked_at(item)
    return without_secrets(item, missing) if missing else item


def _held_back(item: DeploymentPlan, held: list[str]) -> DeploymentPlan:
    """Block a deletion while a deployment of a manifest is blocked (docs/updates.md, Who may touch what)."""
    if item.action is not Action.DELETE or item.seen is None:
        return item
    return blocked(item, deletes_come_last(item.seen.ocid, held))


def _is_stale(item: DeploymentPlan, conditions: Conditions) -> bool:
    """Whether the deployment was changed after the plan was made, in a way that the plan does not show."""
    live = conditions.live(item)
    if item.seen is None or (live is not None and is_what_was_seen(live, item.seen)):
        return False
    return live is None or any(not_told(item, live, conditions))


def _refusals(item: DeploymentPlan, conditions: Conditions, stale: bool) -> Iterator[Refusal]:
    """Why this deployment may not be touched so, as far as no other is concerned."""
    live = conditions.live(item)
    if live is None and item.seen is not None:
        project = conditions.index.snapshot.project.name
        yield checked_again(f"{item.seen.ocid} is no deployment of the project {project}, or not any more")
        return
    yield from (CHANGED,) if stale else ()
    yield from not_allowed(item, live, conditions)
    yield from misdescribed(item, conditions)
    yield from wrong_images(item, conditions)
    if live is not None and not stale:
        yield from not_told(item, live, conditions)
