"""What `gc` deletes: catalog models and model groups of ours that nothing uses any more; and why others stay.

Whoever may still need an entry wins over whoever cleans up: what is not known to be unused stays.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.model.live import CatalogModel, Snapshot
from reconciler.core.model.text import counted
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.snapshot_index import grouped
from reconciler.core.planning.unused_catalog_models import delete_models

DAY_SECONDS = 24 * 3600.0
"""What somebody has needed within this time stays: a deployment of it may be about to appear."""


class Stays(StrEnum):
    """Why a catalog entry stays."""

    NOT_OURS = "not ours"
    IN_USE = "in use"
    IN_A_GROUP = "in a model group that stays"
    UNKNOWN = "perhaps in a model group of others that cannot be read"
    RECENT = "needed within the last day"
    FOR_ROLLBACK = "kept to go back to"


@dataclass(frozen=True, slots=True)
class CatalogSorting:
    """The entries of a catalog: those that go, and those that stay, by OCID."""

    going: tuple[CatalogModel, ...]
    staying: Mapping[str, Stays]


def plan_clean_up(target: str, owner: str, snapshot: Snapshot, keep: int, recent: str) -> Plan:
    """The plan of `gc`. What was needed since `recent`, the timestamp of a day ago, stays, and so do `keep`
    other entries of each name.
    """
    sorting = sort_catalog(snapshot, owner, keep, recent)
    names = _item_names(sorting.going, snapshot)
    by_name = grouped((names[model.ocid], model) for model in sorting.going)
    items = (_cleaned_up(name, by_name[name]) for name in sorted(by_name))
    kept = Counter(sorting.staying.values())
    numbers = tuple((why.value, kept[why]) for why in Stays if kept[why])
    return Plan.of(target, owner, snapshot, items, kept=numbers)


def sort_catalog(snapshot: Snapshot, owner: str, keep: int, recent: str) -> CatalogSorting:
    """Which entries go, and why the others stay. What somebody has deactivated is no entry to clean up."""
    entries = [model for model in snapshot.models if model.active or model.creating or model.failed]
    sorting = _Sorting(snapshot, entries)
    used = snapshot.needed_entries()
    for model in sorting.entries:
        if model.owner != owner or not model.name or not (model.artifact or model.publishing):
            sorting.stays[model.ocid] = Stays.NOT_OURS
        elif model.ocid in used:
            sorting.stays[model.ocid] = Stays.IN_USE
        elif snapshot.unread_groups and not model.is_model_group:
            sorting.stays[model.ocid] = Stays.UNKNOWN
        elif model.creating or not model.last_used or model.last_used > recent:
            sorting.stays[model.ocid] = Stays.RECENT
    for model in sorting.to_go_back_to(keep):
        sorting.stays[model.ocid] = Stays.FOR_ROLLBACK
    sorting.hold_members()
    return CatalogSorting(tuple(sorting.left()), sorting.stays)


@dataclass(frozen=True, slots=True)
class _Sorting:
    snapshot: Snapshot
    entries: list[CatalogModel]
    stays: dict[str, Stays] = field(default_factory=dict)

    def left(self) -> Iterator[CatalogModel]:
        """Those of which nothing has said yet that they stay."""
        return (model for model in self.entries if model.ocid not in self.stays)

    def to_go_back_to(self, keep: int) -> Iterator[CatalogModel]:
        """The `keep` entries of each name that were used last, of those that hold all of their content and
        can be used. Members of groups do not count: they stay or go with their groups.
        """
        members = self.snapshot.groups_by_member()
        usable = (model for model in self.left() if model.artifact and not model.failed)
        whole = (model for model in usable if model.ocid not in members)
        for models in grouped((model.name, model) for model in whole).values():
            yield from sorted(models, key=lambda model: (model.last_used, model.ocid), reverse=True)[:keep]

    def hold_members(self) -> None:
        """Members of a group that stays, whosever it is, stay."""
        going, groups = {model.ocid for model in self.left()}, self.snapshot.groups_by_member()
        for ocid in going:
            if not going.issuperset(groups.get(ocid, ())):
                self.stays[ocid] = Stays.IN_A_GROUP


def _item_names(going: Collection[CatalogModel], snapshot: Snapshot) -> dict[str, str]:
    """The name under which each entry is deleted: a member goes after its group, so under that one's name."""
    names, holding = {model.ocid: model.name or "" for model in going}, snapshot.groups_by_member()
    for model in going:
        if groups := [names[group] for group in holding.get(model.ocid, ()) if group in names]:
            names[model.ocid] = min(groups)
    return names


def _cleaned_up(name: str, models: Iterable[CatalogModel]) -> DeploymentPlan:
    ordered = sorted(models, key=lambda model: (not model.is_model_group, model.ocid))
    groups = sum(model.is_model_group for model in ordered)
    parts = [counted(groups, "model group")] if groups else []
    parts += [counted(len(ordered) - groups, "catalog model")] if len(ordered) > groups else []
    return DeploymentPlan(
        name, Action.CLEAN_UP, f"nothing uses {' and '.join(parts)}", steps=delete_models(ordered)
    )
