"""Taking deployments away, together with the catalog models that only they used.

Pure. What is not ours never becomes part of a removal.
"""

from collections.abc import Collection

from reconciler.core.live import GONE, IN_FLIGHT, Live, Snapshot, State
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


def plan_removal(
    going: Collection[Live], owner: str, snapshot: Snapshot, reason: str, wanted: Collection[str] = ()
) -> tuple[DeploymentPlan, ...]:
    """Delete these deployments, each followed by the catalog models that nothing else uses.

    `wanted` has the digests of content that is asked for elsewhere: those models stay.
    """
    kept = {
        live.model_id
        for live in snapshot.deployments
        if live not in going and live.state not in GONE and live.model_id
    }
    kept |= {model.ocid for model in snapshot.models if {model.artifact, model.publishing} & set(wanted)}
    planned, taken = [], set(kept)
    for live in sorted(going, key=lambda item: (item.marks.name or item.display_name, item.ocid)):
        models = _only_used_by(live, owner, snapshot, taken)
        taken.update(models)
        deletes: tuple[Step, ...] = tuple(DeleteModel(ocid) for ocid in models)
        settle: tuple[Step, ...] = (Settle(live.ocid),) if live.state in IN_FLIGHT else ()
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


def _only_used_by(live: Live, owner: str, snapshot: Snapshot, taken: Collection[str]) -> tuple[str, ...]:
    """Our catalog models that this deployment runs or that were published for it, and that nothing else
    uses.
    """
    name = live.marks.name
    ours = (model for model in snapshot.models if model.owner == owner)
    used = (model.ocid for model in ours if model.ocid == live.model_id or (name and model.name == name))
    return tuple(sorted(ocid for ocid in used if ocid not in taken))


def plan_destroy(target: str, owner: str, names: Collection[str], snapshot: Snapshot) -> Plan:
    """The plan that removes the named deployments of ours; a name that is not ours is Blocked, an unknown one
    is nothing to do.
    """
    alive = [
        live
        for live in snapshot.deployments
        if live.project_id == snapshot.project.ocid and live.state not in GONE
    ]
    ours = [live for live in alive if live.marks.owner == owner and live.marks.name in names]
    found = {live.marks.name for live in ours}
    foreign = {live.display_name: live for live in alive if live.display_name in names and live not in ours}
    rest = [_not_ours(name, foreign.get(name)) for name in sorted(set(names) - found)]
    planned = [*plan_removal(ours, owner, snapshot, "it is to be destroyed"), *rest]
    return Plan(target, owner, snapshot.project, None, tuple(sorted(planned, key=lambda item: item.name)))


def _not_ours(name: str, foreign: Live | None) -> DeploymentPlan:
    if foreign is None:
        return DeploymentPlan(name, Action.NOTHING, "it does not exist")
    refusal = Refusal(
        f"{foreign.ocid} has this name but does not carry our owner's mark",
        ("delete it in the console if it is to go",),
    )
    return DeploymentPlan(name, Action.BLOCKED, "not ours to touch", refusals=(refusal,))
