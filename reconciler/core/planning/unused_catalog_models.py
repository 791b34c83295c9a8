"""Which catalog models nothing uses any more, and their deletion.

What is not ours never becomes part of it, and neither does what runs, whosever it is.
"""

from collections.abc import Collection, Iterable

from reconciler.core.model.live import GONE, CatalogModel, Live, Snapshot
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import DeleteModel, Step


def only_used_by(
    live: Live, index: SnapshotIndex, taken: Collection[str], staying: Collection[str | None]
) -> tuple[CatalogModel, ...]:
    """Our catalog models that this deployment runs, or that were published for it unless another of its name
    is `staying`, and that nothing else uses; groups before their members.
    """
    name = live.marks.name if live.marks.name not in staying else None
    runs = index.our_models_by_ocid.get(live.model_id or "")
    published = index.our_models_by_name.get(name, ()) if name else ()
    used = {model.ocid: model for model in (*published, *((runs,) if runs else ()))}
    return _groups_first(_unheld([model for ocid, model in used.items() if ocid not in taken], index))


def plan_leftovers(index: SnapshotIndex, names: Collection[str]) -> tuple[DeploymentPlan, ...]:
    """Delete the catalog models of named deployments that are gone: a run that was killed after a deletion
    leaves them. Whatever runs, whosever it is, keeps its model.
    """
    used, planned = index.snapshot.used_models(), []
    for name in sorted(name for name in names if name not in index.ours_by_name):
        left = [model for model in index.our_models_by_name.get(name, ()) if model.ocid not in used]
        if models := _groups_first(_unheld(left, index)):
            planned.append(_leftover(name, models))
    return tuple(planned)


def plan_leftover_of(ocid: str, index: SnapshotIndex) -> DeploymentPlan | None:
    """The same for one deployment of ours that is gone; None when there is none, or nothing is left of it. It
    goes by its OCID: its name may be that of another one.
    """
    live = index.by_ocid.get(ocid)
    if live is None or live.state not in GONE:
        return None
    if (live.marks.owner, live.project_id) != (index.owner, index.snapshot.project.ocid):
        return None
    models = only_used_by(live, index, index.snapshot.used_models(), index.ours_by_name)
    return _leftover(ocid, models) if models else None


def _leftover(name: str, models: Iterable[CatalogModel]) -> DeploymentPlan:
    reason = "its deployment is gone; its catalog models are left"
    return DeploymentPlan(name, Action.DELETE, reason, steps=delete_models(models))


def models_holding(digests: Collection[str], snapshot: Snapshot) -> set[str]:
    """Catalog models with this content, or with it on its way, or that are named by their OCID in its
    place; with the members of such groups.
    """
    holding = [
        model
        for model in snapshot.models
        if not {model.artifact, model.publishing, model.ocid}.isdisjoint(digests)
    ]
    named = (ocid for model in holding if model.ocid in digests for ocid in model.members)
    return {model.ocid for model in holding}.union(named)


def delete_models(models: Iterable[CatalogModel]) -> tuple[Step, ...]:
    return tuple(DeleteModel(model.ocid, model.is_model_group, model.used) for model in models)


def _unheld(going: list[CatalogModel], index: SnapshotIndex) -> list[CatalogModel]:
    """Without the members of groups that stay: the service keeps those."""
    ocids = {model.ocid for model in going}
    return [model for model in going if ocids.issuperset(index.groups_by_member.get(model.ocid, ()))]


def _groups_first(models: Iterable[CatalogModel]) -> tuple[CatalogModel, ...]:
    return tuple(sorted(models, key=lambda model: (not model.is_model_group, model.ocid)))
