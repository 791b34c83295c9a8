"""Which catalog models a saved plan may delete, rename or release: only ours, and only what nothing else
needs.

The rules are those by which a plan is made (`planning.removal`, `planning.clean_up`, `planning.release`,
`ownership.renames`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.release import entries_of
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import DeleteModel, ReleaseModel, RenameModel


@dataclass(frozen=True, slots=True)
class CatalogUse:
    """What catalog models are used for: `going` are the OCIDs of the deployments that the plan deletes,
    `released` those of the ones that it releases,
    `needed` the models that all others run, `deleted` the models that the plan deletes, and `unused` those
    that a clean-up would delete now.
    """

    index: SnapshotIndex
    models: Mapping[str, CatalogModel]
    going: frozenset[str]
    needed: frozenset[str]
    deleted: frozenset[str]
    unused: Collection[str] = ()
    released: Collection[str] = ()

    @classmethod
    def of(
        cls, index: SnapshotIndex, items: Collection[DeploymentPlan], unused: Collection[str] = ()
    ) -> "CatalogUse":
        """By the plans of all deployments, of which some may be blocked."""
        snapshot = index.snapshot
        going = frozenset(item.seen.ocid for item in items if item.action is Action.DELETE and item.seen)
        steps = (step for item in items for step in item.steps)
        return cls(
            index=index,
            models={model.ocid: model for model in snapshot.models},
            going=going,
            needed=snapshot.used_models(without=going),
            deleted=frozenset(step.ocid for step in steps if isinstance(step, DeleteModel)),
            unused=unused,
            released=frozenset(item.ocid for item in items if item.action is Action.RELEASE),
        )


Rule: TypeAlias = "Callable[[CatalogModel, DeploymentPlan, CatalogUse], str]"
"""Why a catalog model may not be touched; empty when it may."""


def wrong_in_catalog(item: DeploymentPlan, use: CatalogUse) -> Iterator[str]:
    """Why the catalog models of a deployment's plan may not be deleted, renamed or released."""
    for step in item.steps:
        if not isinstance(step, DeleteModel | RenameModel | ReleaseModel):
            continue
        model = use.models.get(step.ocid)
        if model is None or model.owner != use.index.owner or model.is_model_group is not step.is_model_group:
            yield f"the catalog model {step.ocid} is none of ours"
        elif model.active and (why := _rule(step)(model, item, use)):
            yield f"the catalog model {step.ocid} {why}"


def _rule(step: DeleteModel | RenameModel | ReleaseModel) -> Rule:
    match step:
        case DeleteModel():
            return _not_deleted
        case RenameModel():
            return _not_renamed
        case ReleaseModel():
            return _not_released
        case _:
            assert_never(step)


def _not_released(model: CatalogModel, item: DeploymentPlan, use: CatalogUse) -> str:
    """What another deployment of ours runs, or was published for it, stays ours."""
    others = (live for live in use.index.ours if live.ocid not in use.released)
    if any(model in entries_of(live, use.index) for live in others):
        return "is of another deployment"
    live = use.index.by_ocid.get(item.ocid)
    return "" if live and model in entries_of(live, use.index) else f"was published for {model.name!r}"


def _not_deleted(model: CatalogModel, item: DeploymentPlan, use: CatalogUse) -> str:
    if item.action is Action.CLEAN_UP:
        return "" if model.ocid in use.unused else "is needed, or may be needed soon"
    live = use.index.by_ocid.get(item.seen.ocid) if item.seen else None
    if model.name != item.name and (live is None or live.model_id != model.ocid):
        return f"was published for {model.name!r}"
    groups = use.index.groups_by_member.get(model.ocid, ())
    return "is in use" if model.ocid in use.needed or not use.deleted.issuperset(groups) else ""


def _not_renamed(model: CatalogModel, item: DeploymentPlan, use: CatalogUse) -> str:
    """While another deployment stays under the name of a model, the model belongs to that one."""
    own = {*use.going, item.ocid}
    others = [live for live in use.index.ours_by_name.get(model.name, ()) if live.ocid not in own]
    return f"is of {model.name!r}" if others and model.name != item.name else ""
