"""Taking deployments away, together with the catalog models that only they used.

Pure. What is not ours never becomes part of a removal.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from reconciler.core.model.live import GONE, IN_FLIGHT, CatalogModel, Live, Snapshot, State
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal, Seen
from reconciler.core.planning.refusals import ANY_MANIFEST, blocked, protected, several
from reconciler.core.planning.snapshot_index import SnapshotIndex, index_of
from reconciler.core.planning.steps import DeleteDeployment, DeleteModel, Settle, Step, WaitFor


def plan_removal(
    going: Collection[Live], index: SnapshotIndex, reason: str, wanted: Collection[str] = ()
) -> tuple[DeploymentPlan, ...]:
    """Delete these deployments, and the catalog models that nothing else uses.

    `wanted` has the digests of content that is asked for elsewhere: those models stay. A model that several
    of these run is deleted with one of them; the engine waits for all of them first.
    """
    snapshot, gone = index.snapshot, {live.ocid for live in going}
    staying = [live for live in snapshot.deployments if live.ocid not in gone and live.state not in GONE]
    used = {live.model_id for live in staying if live.model_id}
    taken = used | snapshot.members_of(used) | _holding(wanted, snapshot)
    names = {live.marks.name for live in staying if live.marks.owner == index.owner}
    planned = []
    for live in sorted(going, key=lambda item: (item.name, item.ocid)):
        models = _only_used_by(live, index, taken, names)
        taken.update(model.ocid for model in models)
        settle: tuple[Step, ...] = (Settle(live.ocid),) if live.state in IN_FLIGHT else ()
        deletes: tuple[Step, ...] = tuple(DeleteModel(model.ocid, model.group) for model in models)
        planned.append(
            DeploymentPlan(
                name=live.name,
                action=Action.DELETE,
                reason=reason,
                seen=Seen(live.ocid, live.fingerprint),
                steps=(*settle, DeleteDeployment(live.ocid), WaitFor(State.DELETED), *deletes),
            )
        )
    return tuple(planned)


def _leftovers(index: SnapshotIndex, names: Collection[str]) -> tuple[DeploymentPlan, ...]:
    """Delete catalog models of named deployments that are gone: a run that was killed after a delete leaves
    them. Whatever runs, whosever it is, keeps its model.
    """
    used = index.snapshot.used_models()
    gone = sorted(name for name in names if name not in index.named)
    left = (
        (name, [model for model in index.models.get(name, ()) if model.ocid not in used]) for name in gone
    )
    return tuple(
        DeploymentPlan(
            name=name,
            action=Action.DELETE,
            reason="its deployment is gone; its catalog models are left",
            steps=tuple(
                DeleteModel(model.ocid, model.group) for model in _groups_first(_unheld(models, index))
            ),
        )
        for name, models in left
        if models
    )


def _holding(digests: Collection[str], snapshot: Snapshot) -> set[str]:
    """Catalog models with this content, or with it on its way."""
    wanted = set(digests)
    return {model.ocid for model in snapshot.models if {model.artifact, model.publishing} & wanted}


def _only_used_by(
    live: Live, index: SnapshotIndex, taken: Collection[str], staying: Collection[str | None]
) -> tuple[CatalogModel, ...]:
    """Our catalog models that this deployment runs, or that were published for it unless another of its name
    is `staying`, and that nothing else uses; groups before their members.
    """
    name = live.marks.name if live.marks.name not in staying else None
    runs = index.entries.get(live.model_id or "")
    its = index.models.get(name, ()) if name else ()
    used = {model.ocid: model for model in (*its, *((runs,) if runs else ()))}
    return _groups_first(_unheld([model for ocid, model in used.items() if ocid not in taken], index))


def _unheld(going: list[CatalogModel], index: SnapshotIndex) -> list[CatalogModel]:
    """Without the members of groups that stay: the service keeps those."""
    ocids = {model.ocid for model in going}
    return [model for model in going if ocids.issuperset(index.holders.get(model.ocid, ()))]


def _groups_first(models: Iterable[CatalogModel]) -> tuple[CatalogModel, ...]:
    return tuple(sorted(models, key=lambda model: (not model.group, model.ocid)))


def plan_destroy(target: str, owner: str, names: Collection[str], snapshot: Snapshot) -> Plan:
    """The plan that removes the deployments of ours with these names or OCIDs, and what is left of those that
    are gone.

    One that is not ours is Blocked, and so is a name that several go by; an unknown one is nothing to do.
    """
    index = index_of(snapshot, owner)
    going: dict[str, Live] = {}
    planned = list(_leftovers(index, sorted(set(names))))
    left = {item.name for item in planned}
    by_ocid = {live.ocid: live for live in snapshot.ours(owner)}
    for name in sorted(set(names)):
        found = (by_ocid[name],) if name in by_ocid else index.named.get(name, ())
        if len(found) > 1:
            planned.append(blocked(DeploymentPlan(name, Action.DELETE, "which one?"), several(name, found)))
        elif found:
            going[found[0].ocid] = found[0]
        elif name not in left:
            planned.append(_not_ours(name, snapshot, index))
    free = [live for live in going.values() if not live.marks.protect]
    planned += [_told_which(item, index) for item in plan_removal(free, index, "it is to be destroyed")]
    planned += [_protected(live) for live in going.values() if live.marks.protect]
    return Plan(target, owner, snapshot.project, None, tuple(sorted(planned, key=lambda item: item.name)))


def _told_which(item: DeploymentPlan, index: SnapshotIndex) -> DeploymentPlan:
    """Where several go by one name, the reason says which of them it is."""
    if item.seen is None or len(index.named.get(item.name, ())) < 2:
        return item
    return replace(item, reason=f"{item.seen.ocid} is to be destroyed")


def _protected(live: Live) -> DeploymentPlan:
    name = live.name
    return blocked(DeploymentPlan(name, Action.DELETE, "it is protected"), protected(name, ANY_MANIFEST))


def _not_ours(name: str, snapshot: Snapshot, index: SnapshotIndex) -> DeploymentPlan:
    by_ocid = (live for live in snapshot.alive() if live.ocid == name)
    foreign = next(iter(index.shown.get(name, ())[-1:]), None) or next(by_ocid, None)
    if foreign is None:
        return DeploymentPlan(name, Action.NOTHING, "it does not exist")
    refusal = Refusal(
        f"{foreign.ocid} ({foreign.display_name}) does not carry our owner's mark",
        ("delete it in the console if it is to go",),
    )
    return DeploymentPlan(name, Action.BLOCKED, "not ours to touch", refusals=(refusal,))
