"""Which deployments a run is about, and what has to be read of them before it can be planned."""

from dataclasses import dataclass

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import NOTHING_TO_LOSE, Live, Snapshot, State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.merge import fill
from reconciler.core.planning.given_models import with_given_models
from reconciler.core.planning.images.resolving import as_live
from reconciler.core.planning.ownership.owners import Owners, owners_of
from reconciler.core.planning.rolling_back.hold import held
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.transition.replacement import has_failed_as_desired

UNWELL = frozenset({State.FAILED, State.NEEDS_ATTENTION})


def as_manifests_call_it(snapshot: Snapshot, desired: Desired) -> Snapshot:
    """The snapshot to compare with manifests field by field: what runs a catalog model that a manifest gives
    has its content by the name that it has there.
    """
    if all(spec.given is None for spec in desired.specs):
        return snapshot
    return owners_in(snapshot, desired).index.snapshot


def owners_in(snapshot: Snapshot, desired: Desired) -> Owners:
    """Whose the deployments of the snapshot are."""
    owners = owners_of(desired.claims, index_of(snapshot, desired.owner), desired.safety)
    called = with_given_models(snapshot, desired.specs, owners)
    if called is snapshot:
        return owners
    return owners_of(desired.claims, index_of(called, desired.owner), desired.safety)


def with_live(desired: Desired, owners: Owners) -> tuple[tuple[Spec, Live], ...]:
    """The specs whose deployment exists, each with that deployment; what is paused or held is left alone."""
    unpaused = (spec for spec in desired.specs if not spec.policy.paused)
    found = ((spec, live) for spec in unpaused if (live := owners.find(spec.claim)[0]))
    return tuple((as_live(spec, live), live) for spec, live in found if not held(spec, live.marks))


def meant(desired: Desired, orphans: tuple[Live, ...]) -> tuple[Live, ...]:
    """Those of the orphans that this run is about."""
    only, changed = desired.only, desired.changed
    asked_for = [live for live in orphans if not only or not only.isdisjoint({live.name, live.ocid})]
    return tuple(live for live in asked_for if changed is None or live.name in changed)


def concerned(desired: Desired, snapshot: Snapshot) -> tuple[tuple[str, Live], ...]:
    """The deployments that a plan would be about, each with its name."""
    owners = owners_in(snapshot, desired)
    orphans = meant(desired, owners.orphans()) if desired.prune else ()
    desired_ones = ((spec.name, live) for spec, live in with_live(desired, owners))
    return (*desired_ones, *((live.name, live) for live in orphans))


@dataclass(frozen=True, slots=True)
class Guarded:
    """A deployment that serves, and whose content or start command would change: what it is now, what it is
    to be, and its spec.
    """

    live: Live
    before: Configuration
    after: Configuration
    spec: Spec


def to_guard(desired: Desired, snapshot: Snapshot) -> tuple[Guarded, ...]:
    """The deployments of which it must be known what they serve before this can be planned."""
    guarded = []
    for spec, live in with_live(desired, owners_in(snapshot, desired)):
        if live.configuration is None or live.model_id is None or live.state in NOTHING_TO_LOSE:
            continue
        item = Guarded(
            live, live.configuration, fill(spec.configuration, live.configuration, spec.policy.ignore), spec
        )
        if (
            item.before.artifact != item.after.artifact
            or item.before.container.words != item.after.container.words
        ):
            guarded.append(item)
    return tuple(guarded)


def unwell(desired: Desired, snapshot: Snapshot) -> tuple[Live, ...]:
    """The deployments of a spec that FAILED or need attention: a plan says why, which no list tells
    (docs/service.md §1.7).
    """
    owners = owners_in(snapshot, desired)
    return tuple(live for _, live in with_live(desired, owners) if live.state in UNWELL)


def failed_as_desired(desired: Desired, snapshot: Snapshot) -> tuple[Live, ...]:
    """Those of them that FAILED with the very spec that is desired now: whether it is tried again depends
    on what their work requests say.
    """
    owners = owners_in(snapshot, desired)
    return tuple(live for spec, live in with_live(desired, owners) if has_failed_as_desired(spec, live))
