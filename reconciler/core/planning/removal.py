"""The deletion of deployments, together with the catalog models that only they used.

What is not ours never becomes part of it.
"""

from collections.abc import Collection
from dataclasses import replace

from reconciler.core.model.live import GONE, Live, Snapshot, State
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal, Seen
from reconciler.core.planning.refusals import UNPROTECT_FIRST, blocked, marked_otherwise, protected, several
from reconciler.core.planning.snapshot_index import SnapshotIndex, index_of
from reconciler.core.planning.steps import DeleteDeployment, WaitFor, settle
from reconciler.core.planning.unused_catalog_models import (
    delete_models,
    models_holding,
    only_used_by,
    plan_leftover_of,
    plan_leftovers,
)


def plan_removal(
    going: Collection[Live], index: SnapshotIndex, reason: str, desired: Collection[str] = ()
) -> tuple[DeploymentPlan, ...]:
    """Delete these deployments, and the catalog models that nothing else uses.

    `desired` has the digests of content that manifests desire: those models stay. A model that several of
    these deployments run is deleted with one of them; the engine waits for all of them first.
    """
    snapshot, gone = index.snapshot, {live.ocid for live in going}
    staying = [live for live in snapshot.deployments if live.ocid not in gone and live.state not in GONE]
    taken = snapshot.used_models(without=gone) | models_holding(desired, snapshot)
    names = {live.marks.name for live in staying if live.marks.owner == index.owner}
    planned = []
    for live in sorted(going, key=lambda item: (item.name, item.ocid)):
        models = only_used_by(live, index, taken, names)
        taken |= {model.ocid for model in models}
        removal = (DeleteDeployment(live.ocid), WaitFor(State.DELETED))
        planned.append(
            DeploymentPlan(
                name=live.name,
                action=Action.DELETE,
                reason=reason,
                seen=Seen(live.ocid, live.fingerprint),
                steps=(*settle(live), *removal, *delete_models(models)),
            )
        )
    return tuple(planned)


def plan_destroy(target: str, owner: str, names: Collection[str], snapshot: Snapshot) -> Plan:
    """The plan that deletes the deployments of ours with these names or OCIDs, and what is left of those
    that are gone. One that is not ours is blocked, and so is a name that several carry; an unknown one is
    nothing to do.
    """
    index = index_of(snapshot, owner)
    going: dict[str, Live] = {}
    planned = list(plan_leftovers(index, set(names)))
    left = {item.name for item in planned}
    by_ocid = {live.ocid: live for live in index.ours}
    for name in sorted(set(names)):
        carriers = (by_ocid[name],) if name in by_ocid else index.ours_by_name.get(name, ())
        if len(carriers) > 1:
            item = DeploymentPlan(name, Action.DELETE, "which one?")
            planned.append(blocked(item, several(name, carriers)))
        elif carriers:
            going[carriers[0].ocid] = carriers[0]
        elif name not in left:
            planned.append(plan_leftover_of(name, index) or _not_ours(name, index))
    free = [live for live in going.values() if not live.marks.protect]
    planned += [
        _with_ocid_as_reason(item, index) for item in plan_removal(free, index, "it is to be destroyed")
    ]
    planned += [_protected(live) for live in going.values() if live.marks.protect]
    return Plan.of(target, owner, snapshot, planned)


def _with_ocid_as_reason(item: DeploymentPlan, index: SnapshotIndex) -> DeploymentPlan:
    """Where several carry one name, the reason says which of them it is."""
    if item.seen is None or len(index.ours_by_name.get(item.name, ())) < 2:
        return item
    return replace(item, reason=f"{item.seen.ocid} is to be destroyed")


def _protected(live: Live) -> DeploymentPlan:
    name = live.name
    return blocked(DeploymentPlan(name, Action.DELETE, "it is protected"), protected(name, UNPROTECT_FIRST))


def _not_ours(name: str, index: SnapshotIndex) -> DeploymentPlan:
    """Nothing of ours is marked with this name; each deployment that it may mean is told."""
    others = [live for live in index.alive if name in (live.ocid, live.display_name)]
    if not others:
        return DeploymentPlan(name, Action.NOTHING, "it does not exist")
    item = DeploymentPlan(name, Action.DELETE, f"nothing of ours is marked as {name!r}")
    return blocked(item, *(_not_meant(live, index.owner) for live in others))


def _not_meant(live: Live, owner: str) -> Refusal:
    if live.marks.owner == owner:
        return marked_otherwise(live, "reconcile destroy")
    reason = f"{live.ocid} ({live.display_name}) does not carry our owner's mark"
    return Refusal(reason, ("delete it in the console if it is to go",))
