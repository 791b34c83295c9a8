"""Which catalog models a saved plan may delete or rename: only ours, that nothing else needs.

Pure. The rules are those by which a plan is made (core.removal, core.renames).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from reconciler.core.model.live import GONE, CatalogModel
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import DeleteModel, RenameModel


@dataclass(slots=True)
class Held:
    """What holds catalog models: `going` are the OCIDs of the deployments that the plan takes away, `runs`
    has what each deployment runs, and `running` all that those need that stay.
    """

    owner: str
    index: SnapshotIndex
    going: frozenset[str]
    planned: Collection[DeploymentPlan]
    runs: dict[str, str | None] = field(init=False)
    models: dict[str, CatalogModel] = field(init=False)
    running: frozenset[str] = field(init=False)
    deleted: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        snapshot = self.index.snapshot
        staying = (
            one for one in snapshot.deployments if one.state not in GONE and one.ocid not in self.going
        )
        used = {one.model_id for one in staying if one.model_id}
        self.runs = {one.ocid: one.model_id for one in snapshot.deployments}
        steps = (step for item in self.planned for step in item.steps)
        self.models = {model.ocid: model for model in snapshot.models}
        self.running = frozenset(used | snapshot.members_of(used))
        self.deleted = frozenset(step.ocid for step in steps if isinstance(step, DeleteModel))


def wrong_in_catalog(item: DeploymentPlan, held: Held) -> Iterator[str]:
    """Why the catalog models of a deployment's plan may not be deleted or renamed."""
    for step in item.steps:
        if not isinstance(step, DeleteModel | RenameModel):
            continue
        model = held.models.get(step.ocid)
        if model is None or model.owner != held.owner or model.group is not step.group:
            yield f"the catalog model {step.ocid} is none of ours"
        elif model.active:
            why = (
                _not_deleted(model, item, held)
                if isinstance(step, DeleteModel)
                else _not_renamed(model, item, held)
            )
            yield from (f"the catalog model {step.ocid} {why}",) if why else ()


def _not_deleted(model: CatalogModel, item: DeploymentPlan, held: Held) -> str:
    its = held.runs.get(item.seen.ocid) if item.seen else None
    if model.name != item.name and its != model.ocid:
        return f"was published for {model.name!r}"
    groups = held.index.holders.get(model.ocid, ())
    return "is in use" if model.ocid in held.running or not held.deleted.issuperset(groups) else ""


def _not_renamed(model: CatalogModel, item: DeploymentPlan, held: Held) -> str:
    """While another deployment stays under its name, it is that one's."""
    its = {*held.going, item.seen.ocid if item.seen else ""}
    others = [live for live in held.index.named.get(model.name, ()) if live.ocid not in its]
    return f"is of {model.name!r}" if others and model.name != item.name else ""
