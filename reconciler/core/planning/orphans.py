"""Orphans: deployments of ours that no manifest names. A run with `prune` deletes them, as far as nothing
holds them back, or releases those that are marked so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import Prune
from reconciler.core.planning.ownership.owners import Owners
from reconciler.core.planning.ownership.renames import note_probable_renames
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal, Seen
from reconciler.core.planning.refusals import (
    BRING_MANIFEST_BACK,
    blocked,
    deletes_come_last,
    owner_words,
    protected,
    several,
    unconfirmed,
)
from reconciler.core.planning.release import plan_release
from reconciler.core.planning.removal import plan_removal
from reconciler.core.planning.run_scope import meant
from reconciler.core.planning.snapshot_index import grouped

RELEASED = "no manifest names it any more, and spec.policy.prune: release was its last word"
RENAMED_MEANWHILE = "it is FAILED, and another deployment has its name now: metadata.renamedFrom"
DELETE_ONE = "reconcile apply --confirm OCID, or reconcile destroy OCID, for each that is to go"


@dataclass(frozen=True, slots=True)
class _Orphan:
    """One orphan, and all orphans that carry its name, itself among them."""

    live: Live
    carriers: Sequence[Live]

    @property
    def name_or_ocid(self) -> str:
        """How a user names this orphan: its name, or its OCID where several share the name."""
        return self.live.name if len(self.carriers) == 1 else self.live.ocid


def with_orphans(planned: Sequence[DeploymentPlan], desired: Desired, owners: Owners) -> list[DeploymentPlan]:
    """The plans of what manifests name, and with them those of the orphans.

    An orphan that has to stay holds back itself alone, and keeps its models. While a deployment of a manifest
    is blocked, no orphan is deleted (docs/updates.md, Who may touch what).
    """
    all_orphans = owners.orphans()
    carriers = grouped((live.name, live) for live in all_orphans)
    concerned = meant(desired, all_orphans)
    released = [live for live in concerned if is_released(live, desired.owner)]
    orphans = [_Orphan(live, carriers[live.name]) for live in concerned if live not in released]
    kept = {orphan.live.ocid: why for orphan in orphans if (why := _why_kept(orphan, desired))}
    going = {orphan.live.ocid: orphan for orphan in orphans if orphan.live.ocid not in kept}
    contents = {
        artifact.digest
        for spec in desired.specs
        for artifact in (spec.artifact, *(member.artifact for member in spec.members))
    }
    gone = [orphan.live for orphan in going.values()]
    held = [item.name for item in planned if item.action is Action.BLOCKED]
    items = [*planned, *plan_release(released, owners.index, RELEASED, contents)]
    for item in plan_removal(gone, owners.index, "", contents):
        orphan = going[item.ocid]
        item = replace(item, reason=_reason(orphan, desired))
        items.append(blocked(item, deletes_come_last(orphan.name_or_ocid, held)) if held else item)
    for orphan in orphans:
        if orphan.live.ocid in kept:
            items.append(_stays(orphan, kept[orphan.live.ocid], desired))
    return note_probable_renames(items, desired.specs, gone, owners.index)


def is_released(live: Live, owner: str) -> bool:
    """Whether an orphan is released, and not deleted: it is ours, and marked so."""
    return live.marks.owner == owner and live.marks.prune is Prune.RELEASE


def _why_kept(orphan: _Orphan, desired: Desired) -> Refusal | None:
    """Protection and the wish for a confirmation outlive the manifest: they are marked on the deployment.
    Of several that carry one name none is deleted, unless its OCID is given.
    """
    live, name_or_ocid = orphan.live, orphan.name_or_ocid
    if live.marks.protect:
        return protected(live.name, BRING_MANIFEST_BACK)
    if name_or_ocid == live.ocid and live.ocid not in desired.confirmed | desired.only:
        return several(live.name, orphan.carriers, DELETE_ONE)
    waits = Prune.CONFIRM in (live.marks.prune, desired.safety.prune)
    confirmed = not desired.confirmed.isdisjoint({name_or_ocid, live.ocid})
    return unconfirmed(name_or_ocid) if waits and not confirmed else None


def _stays(orphan: _Orphan, why: Refusal, desired: Desired) -> DeploymentPlan:
    live, reason = orphan.live, _reason(orphan, desired)
    plan = DeploymentPlan(live.name, Action.DELETE, reason, seen=Seen(live.ocid, live.fingerprint))
    return blocked(plan, why)


def _reason(orphan: _Orphan, desired: Desired) -> str:
    """Why it goes: whose it is, and which one where several carry its name."""
    live, owner = orphan.live, orphan.live.marks.owner
    subject = live.ocid if orphan.name_or_ocid == live.ocid else "it"
    if owner == desired.owner:
        outrun = live.state is State.FAILED and any(claim.name == live.name for claim in desired.claims)
        return RENAMED_MEANWHILE if outrun else f"no manifest names {subject} any more"
    policy = desired.safety.prune_ownership
    return f"{subject} {owner_words(owner)}, and safety.ownership.prune: {policy} takes it"
