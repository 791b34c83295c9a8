"""Taking deployments away, together with the catalog models that only they used.

Pure. What is not ours never becomes part of a removal.
"""

from collections.abc import Collection, Iterable

from reconciler.core.live import GONE, IN_FLIGHT, CatalogModel, Live, Snapshot, State
from reconciler.core.plan import (
    Action,
    DeleteDeployment,
    DeleteModel,
    DeploymentPlan,
    Plan,
    Refusal,
    Seen,
    Settle,
    Step,
    WaitFor,
)
from reconciler.core.refusals import blocked, protected


def plan_removal(
    going: Collection[Live], owner: str, snapshot: Snapshot, reason: str, wanted: Collection[str] = ()
) -> tuple[DeploymentPlan, ...]:
    """Delete these deployments, and the catalog models that nothing else uses.

    `wanted` has the digests of content that is asked for elsewhere: those models stay. A model that several
    of these run is deleted with one of them; the engine waits for all of them first.
    """
    staying = {live.model_id for live in snapshot.deployments if live not in going and live.state not in GONE}
    used = {ocid for ocid in staying if ocid}
    taken = used | snapshot.members_of(used) | _holding(wanted, snapshot)
    planned = []
    for live in sorted(going, key=lambda item: (item.marks.name or item.display_name, item.ocid)):
        models = _only_used_by(live, owner, snapshot, taken)
        taken.update(model.ocid for model in models)
        settle: tuple[Step, ...] = (Settle(live.ocid),) if live.state in IN_FLIGHT else ()
        deletes: tuple[Step, ...] = tuple(DeleteModel(model.ocid, model.group) for model in models)
        planned.append(
            DeploymentPlan(
                name=live.marks.name or live.display_name,
                action=Action.DELETE,
                reason=reason,
                seen=Seen(live.ocid, live.fingerprint),
                steps=(*settle, DeleteDeployment(live.ocid), WaitFor(State.DELETED), *deletes),
            )
        )
    return tuple(planned)


def _leftovers(owner: str, snapshot: Snapshot, names: Collection[str]) -> tuple[DeploymentPlan, ...]:
    """Delete catalog models of named deployments that are gone: a run that was killed after a delete leaves
    them. Whatever runs, whosever it is, keeps its model.
    """
    gone = set(names) - {live.marks.name for live in snapshot.ours(owner)}
    used = snapshot.used_models()
    left: dict[str, list[CatalogModel]] = {}
    for model in snapshot.models:
        if model.active and model.owner == owner and model.name in gone and model.ocid not in used:
            left.setdefault(model.name, []).append(model)
    return tuple(
        DeploymentPlan(
            name=name,
            action=Action.DELETE,
            reason="its deployment is gone; its catalog models are left",
            steps=tuple(
                DeleteModel(model.ocid, model.group) for model in _groups_first(_unheld(models, snapshot))
            ),
        )
        for name, models in sorted(left.items())
    )


def _holding(digests: Collection[str], snapshot: Snapshot) -> set[str]:
    """Catalog models with this content, or with it on its way."""
    wanted = set(digests)
    return {model.ocid for model in snapshot.models if {model.artifact, model.publishing} & wanted}


def _only_used_by(
    live: Live, owner: str, snapshot: Snapshot, taken: Collection[str]
) -> tuple[CatalogModel, ...]:
    """Our catalog models that this deployment runs or that were published for it, and that nothing else
    uses; groups before their members.
    """
    name = live.marks.name
    ours = (model for model in snapshot.models if model.owner == owner and model.active)
    used = (model for model in ours if model.ocid == live.model_id or (name and model.name == name))
    return _groups_first(_unheld([model for model in used if model.ocid not in taken], snapshot))


def _unheld(going: list[CatalogModel], snapshot: Snapshot) -> list[CatalogModel]:
    """Without the members of groups that stay: the service keeps those."""
    ocids = {model.ocid for model in going}
    staying = {model.ocid for model in snapshot.models if model.group and model.active} - ocids
    held = snapshot.members_of(staying)
    return [model for model in going if model.ocid not in held]


def _groups_first(models: Iterable[CatalogModel]) -> tuple[CatalogModel, ...]:
    return tuple(sorted(models, key=lambda model: (not model.group, model.ocid)))


def plan_destroy(target: str, owner: str, names: Collection[str], snapshot: Snapshot) -> Plan:
    """The plan that removes the named deployments of ours, and what is left of those that are gone.

    A name that is not ours is Blocked, an unknown one is nothing to do.
    """
    ours = [live for live in snapshot.ours(owner) if live.marks.name in names]
    found = {live.marks.name for live in ours}
    foreign = {
        live.display_name: live
        for live in snapshot.alive()
        if live.display_name in names and live not in ours
    }
    leftovers = _leftovers(owner, snapshot, names)
    known = found | {item.name for item in leftovers}
    rest = [_not_ours(name, foreign.get(name)) for name in sorted(set(names) - known)]
    going = [live for live in ours if not live.marks.protect]
    kept = [_protected(live) for live in ours if live.marks.protect]
    planned = [*plan_removal(going, owner, snapshot, "it is to be destroyed"), *kept, *leftovers, *rest]
    return Plan(target, owner, snapshot.project, None, tuple(sorted(planned, key=lambda item: item.name)))


def _protected(live: Live) -> DeploymentPlan:
    name = live.marks.name or live.display_name
    return blocked(DeploymentPlan(name, Action.DELETE, "it is protected"), protected(name))


def _not_ours(name: str, foreign: Live | None) -> DeploymentPlan:
    if foreign is None:
        return DeploymentPlan(name, Action.NOTHING, "it does not exist")
    refusal = Refusal(
        f"{foreign.ocid} has this name but does not carry our owner's mark",
        ("delete it in the console if it is to go",),
    )
    return DeploymentPlan(name, Action.BLOCKED, "not ours to touch", refusals=(refusal,))
