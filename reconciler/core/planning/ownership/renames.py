"""Renames: what `metadata.renamedFrom` does to the catalog models, and what looks like a rename without it.

Which deployment is renamed is decided in `ownership.owners`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.core.model.live import CatalogModel, Live, State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import DeleteModel, RenameModel


def with_models_renamed(
    planned: Sequence[DeploymentPlan], specs: Sequence[Spec], index: SnapshotIndex
) -> list[DeploymentPlan]:
    """The plans, with the renames of the catalog models that are still marked with an old name. The plans of
    the specs come first, in the order of the specs.

    So the rest of a rename is done after a run that was killed. While another deployment keeps the old name,
    the models belong to that one. What this plan deletes is not renamed.
    """
    going = {item.seen.ocid for item in planned if item.action is Action.DELETE and item.seen}
    deleted = {step.ocid for item in planned for step in item.steps if isinstance(step, DeleteModel)}
    items = list(planned)
    for at, spec in enumerate(specs):
        item = planned[at]
        leaving = {*going, item.seen.ocid} if item.seen else going
        old = spec.renamed_from if spec.renamed_from != spec.name else ""
        if old and leaving.issuperset(live.ocid for live in index.ours_by_name.get(old, ())):
            left = (model for model in index.our_models_by_name.get(old, ()) if model.ocid not in deleted)
            items[at] = _with_renames(item, spec, left)
    return items


def _with_renames(item: DeploymentPlan, spec: Spec, left: Iterable[CatalogModel]) -> DeploymentPlan:
    """Model groups are renamed after their members."""
    ordered = sorted(left, key=lambda model: (model.is_model_group, model.ocid))
    if not ordered or item.action in (Action.BLOCKED, Action.PAUSED):
        return item
    if item.action is Action.NOTHING:
        reason = f"its catalog models still go by {spec.renamed_from}"
        item = replace(item, action=Action.UPDATE, reason=reason)
    renames = (RenameModel(model.ocid, spec.name, model.is_model_group) for model in ordered)
    return replace(item, steps=(*item.steps, *renames))


def note_probable_renames(
    planned: Iterable[DeploymentPlan], specs: Iterable[Spec], going: Iterable[Live], index: SnapshotIndex
) -> list[DeploymentPlan]:
    """The plans, with a note on each deployment that is created with the content of one of ours that goes,
    and on that one.
    """
    planned = list(planned)
    created = {item.name for item in planned if item.action is Action.CREATE}
    left = _by_content(going, index)
    notes: dict[str, str] = {}
    for spec in sorted(specs, key=lambda spec: spec.name):
        old = left.get(spec.artifact.digest)
        if spec.name in created and old:
            name = old.pop(0)
            how = f"`metadata.renamedFrom: {name}` keeps its OCID and endpoint"
            notes[spec.name] = f"probably a rename of {name}: {how}"
            notes[name] = f"probably renamed to {spec.name}: {how}"
    return [
        replace(item, notes=(*item.notes, notes[item.name])) if item.name in notes else item
        for item in planned
    ]


def _by_content(going: Iterable[Live], index: SnapshotIndex) -> dict[str, list[str]]:
    """The names of those that could be renamed, by the digest of what they run."""
    names_by_content: dict[str, list[str]] = {}
    for live in going:
        name, known = live.marks.name, live.configuration
        may = live.marks.owner == index.owner and live.state is not State.FAILED
        if may and name and known and known.artifact and len(index.ours_by_name[name]) == 1:
            names_by_content.setdefault(known.artifact, []).append(name)
    return {digest: sorted(names) for digest, names in names_by_content.items()}
