"""Release: our marks come off deployments, which run on, and off the catalog models that are theirs. Nothing
here touches them any more.

A deployment is released when it is marked so and no manifest names it any more (`orphans`), or by its name.
"""

from collections.abc import Collection
from dataclasses import replace

from reconciler.core.model.live import CatalogModel, Live, Marks, Snapshot, State
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal, Seen
from reconciler.core.planning.refusals import blocked, marked_otherwise, owner_words, several
from reconciler.core.planning.snapshot_index import SnapshotIndex, index_of
from reconciler.core.planning.steps import ReleaseModel, settle_and_mark
from reconciler.core.planning.unused_catalog_models import models_holding

RELEASE_ONE = "reconcile release OCID, for each that is to be released"
STAYS_NOTE = "it runs on, and nothing here touches it any more"


def plan_release(
    going: Collection[Live], index: SnapshotIndex, reason: str, desired: Collection[str] = ()
) -> tuple[DeploymentPlan, ...]:
    """Take our marks off these deployments, and off the catalog models that are theirs alone. `desired` has
    the digests of content that manifests desire: such models stay ours.
    """
    kept = _entries_of_others({live.ocid for live in going}, index) | models_holding(desired, index.snapshot)
    ordered = sorted(going, key=lambda live: (live.name, live.ocid))
    return tuple(_release(live, index, reason, kept) for live in ordered)


def _release(live: Live, index: SnapshotIndex, reason: str, kept: Collection[str]) -> DeploymentPlan:
    """The models go first: their marks tell nobody anything once the deployment has lost its own."""
    item = DeploymentPlan(
        live.name, Action.RELEASE, reason, seen=Seen(live.ocid, live.fingerprint), notes=(STAYS_NOTE,)
    )
    if refusal := _cannot_be_updated(live):
        return blocked(item, refusal)
    theirs = [model for model in entries_of(live, index) if model.ocid not in kept]
    entries = (ReleaseModel(model.ocid, model.is_model_group) for model in theirs)
    return replace(item, steps=settle_and_mark(live, Marks(), *entries))


def _cannot_be_updated(live: Live) -> Refusal | None:
    if live.state is State.FAILED:
        choices = (f"reconcile destroy {live.ocid}, if it is to go",)
        return Refusal("it is FAILED, and the service lets nobody change its tags then", choices)
    if live.configuration is None or live.model_id is None:
        reason = f"it is a {live.deployment_type} deployment of a kind that is not known here"
        return Refusal(reason, ("take the tags that begin with reconciler- off in the console",))
    return None


def entries_of(live: Live, index: SnapshotIndex) -> tuple[CatalogModel, ...]:
    """Our catalog entries that a deployment runs, or that were published for its name; groups first."""
    runs = index.our_models_by_ocid.get(live.model_id or "")
    members = (index.our_models_by_ocid.get(ocid) for ocid in (runs.members if runs else ()))
    published = index.our_models_by_name.get(live.marks.name, ()) if live.marks.name else ()
    found = {model.ocid: model for model in (*published, runs, *members) if model is not None}
    return tuple(sorted(found.values(), key=lambda model: (not model.is_model_group, model.ocid)))


def _entries_of_others(going: Collection[str], index: SnapshotIndex) -> set[str]:
    """The catalog entries of our deployments that stay."""
    staying = (live for live in index.ours if live.ocid not in going)
    return {model.ocid for live in staying for model in entries_of(live, index)}


def plan_release_of_names(target: str, owner: str, names: Collection[str], snapshot: Snapshot) -> Plan:
    """The plan of `release`: the deployments of ours with these names or OCIDs. One that is not ours is
    blocked, and so is a name that several carry; one that nobody owns is nothing to do, and an unknown one is
    nothing that was seen.
    """
    index = index_of(snapshot, owner)
    by_ocid = {live.ocid: live for live in index.ours}
    going: dict[str, Live] = {}
    planned: list[DeploymentPlan] = []
    for name in sorted(set(names)):
        carriers = (by_ocid[name],) if name in by_ocid else index.ours_by_name.get(name, ())
        if len(carriers) > 1:
            item = DeploymentPlan(name, Action.RELEASE, "which one?")
            planned.append(blocked(item, several(name, carriers, RELEASE_ONE)))
        elif carriers:
            going[carriers[0].ocid] = carriers[0]
        else:
            planned.append(_not_ours(name, index))
    planned += plan_release(tuple(going.values()), index, "it is to be released")
    return Plan.of(target, owner, snapshot, planned)


def _not_ours(name: str, index: SnapshotIndex) -> DeploymentPlan:
    others = [live for live in index.alive if name in (live.ocid, live.display_name)]
    if not others:
        return DeploymentPlan(name, Action.NOTHING, "it does not exist")
    unowned = next((live for live in others if live.marks.owner is None), None)
    if unowned and len(others) == 1:
        seen = Seen(unowned.ocid, unowned.fingerprint)
        return DeploymentPlan(name, Action.NOTHING, "it carries no owner's mark already", seen=seen)
    item = DeploymentPlan(name, Action.RELEASE, f"nothing of ours is marked as {name!r}")
    return blocked(item, *(_not_meant(live, index.owner) for live in others))


def _not_meant(live: Live, owner: str) -> Refusal:
    theirs = live.marks.owner
    if theirs == owner:
        return marked_otherwise(live, "reconcile release")
    choice = f"have the owner {theirs!r} release it" if theirs else "nothing: it is nobody's already"
    return Refusal(f"{live.ocid} ({live.display_name}) {owner_words(theirs)}", (choice,))
