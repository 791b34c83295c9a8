"""Deployments of another owner that carry the names of our manifests: they may be ours, from before `owner`
in reconciler.yaml was changed.

They are only mentioned in notes: with another owner's mark they are not ours to touch.
"""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.core.model.live import GONE, Live, Snapshot
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.snapshot_index import grouped


def note_former_owners(
    planned: Iterable[DeploymentPlan], snapshot: Snapshot, owner: str
) -> list[DeploymentPlan]:
    """The plans, with a note on each deployment that is created although another owner has one of its name.

    That one is in another project, or its display name was changed: otherwise the new one would be blocked.
    Another owner often means another project, because the emulator's project has the owner's name by default.
    """
    others = grouped((live.marks.name, live) for live in snapshot.deployments if _is_of_another(live, owner))
    return [_noted(item, others.get(item.name, ())) for item in planned]


def _is_of_another(live: Live, owner: str) -> bool:
    return live.state not in GONE and live.marks.owner not in (None, owner)


def _noted(item: DeploymentPlan, others: tuple[Live, ...]) -> DeploymentPlan:
    if item.action is not Action.CREATE or not others:
        return item
    live = others[0]
    note = (
        f"the owner {live.marks.owner!r} has a deployment of this name too ({live.ocid}), which stays. If "
        "`owner` in reconciler.yaml was changed, nothing manages that one any more: change it back, or "
        "delete that one"
    )
    return replace(item, notes=(*item.notes, note))
