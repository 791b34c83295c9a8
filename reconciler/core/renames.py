"""Renames: what `metadata.renamedFrom` does to the catalog models, and what looks like a rename without it.

Pure. Which deployment is renamed is found in `core.owners`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.core.index import Index
from reconciler.core.live import Live, State
from reconciler.core.plan import Action, DeploymentPlan, RenameModel
from reconciler.core.spec import Spec


def model_renames(spec: Spec, live: Live, index: Index) -> tuple[RenameModel, ...]:
    """Our catalog models that are still marked with the name of before, groups after their members.

    They themselves say what a run that was killed has left to do. While another deployment goes by the old
    name, they are that one's.
    """
    old = spec.renamed_from
    if not old or any(other.ocid != live.ocid for other in index.named.get(old, ())):
        return ()
    left = sorted(index.models.get(old, ()), key=lambda model: (model.group, model.ocid))
    return tuple(RenameModel(model.ocid, spec.name, model.group) for model in left)


def with_models_renamed(plan: DeploymentPlan, renames: Sequence[RenameModel], old: str) -> DeploymentPlan:
    """The plan of a deployment, and of the catalog models that go along with its name."""
    if not renames or plan.action in (Action.BLOCKED, Action.PAUSED):
        return plan
    if plan.action is Action.NOTHING:
        plan = replace(plan, action=Action.UPDATE, reason=f"its catalog models still go by {old}")
    return replace(plan, steps=(*plan.steps, *renames))


def told_probable(
    planned: Iterable[DeploymentPlan], specs: Iterable[Spec], going: Iterable[Live], index: Index
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


def _by_content(going: Iterable[Live], index: Index) -> dict[str, list[str]]:
    """The names of those that could be renamed, by the digest of what they run."""
    found: dict[str, list[str]] = {}
    for live in going:
        name, known = live.marks.name, live.configuration
        may = live.marks.owner == index.owner and live.state is not State.FAILED
        if may and name and known and known.artifact and len(index.named[name]) == 1:
            found.setdefault(known.artifact, []).append(name)
    return {digest: sorted(names) for digest, names in found.items()}
