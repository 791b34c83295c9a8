"""The limits that a whole plan must not pass, each a function: with any of them passed, nothing of it is
done.

Only what would really be done counts: a blocked deployment changes nothing.
"""

from collections.abc import Iterable, Sequence

from reconciler.core.model.live import State
from reconciler.core.model.target import Safety
from reconciler.core.model.text import counted
from reconciler.core.planning.plan import Action, DeploymentPlan, Refusal
from reconciler.core.planning.snapshot_index import SnapshotIndex

CHANGING = frozenset({Action.UPDATE, Action.REPLACE, Action.DELETE, Action.RELEASE})


def limits_passed(
    planned: Sequence[DeploymentPlan], safety: Safety, index: SnapshotIndex, manifests: bool
) -> tuple[Refusal, ...]:
    """Why the plan of these deployments is refused as a whole; `manifests`: at least one was found."""
    refusals = (
        None if manifests else _deletes_without_manifests(planned),
        _too_many_deletes(planned, safety, index),
        _too_large_a_share(planned, safety, index),
    )
    return tuple(refusal for refusal in refusals if refusal is not None)


def _deletes_without_manifests(planned: Iterable[DeploymentPlan]) -> Refusal | None:
    leaving = (Action.DELETE, Action.RELEASE)
    return NO_MANIFEST if any(item.action in leaving for item in planned) else None


NO_MANIFEST = Refusal(
    "no manifest was found at all, which is taken for a mistake rather than for a wish to delete",
    ("restore the manifests", "reconcile destroy NAME, for each that is to go"),
)


def _too_many_deletes(
    planned: Iterable[DeploymentPlan], safety: Safety, index: SnapshotIndex
) -> Refusal | None:
    """What is replaced is deleted too, unless it had failed."""
    failed = {live.ocid for live in index.alive if live.state is State.FAILED}
    going = sum(
        item.action is Action.DELETE
        or (item.action is Action.REPLACE and item.seen is not None and item.seen.ocid not in failed)
        for item in planned
    )
    most = safety.max_deletes
    if going <= most:
        return None
    return Refusal(
        f"{counted(going, 'deployment')} would be deleted or replaced; at most {most} may be at once",
        (
            f"set safety.maxDeletes: {going} in reconciler.yaml if they are to go",
            "restore their manifests if they are to stay",
        ),
    )


def _too_large_a_share(
    planned: Iterable[DeploymentPlan], safety: Safety, index: SnapshotIndex
) -> Refusal | None:
    changing = [item for item in planned if item.action in CHANGING]
    adopted = {item.seen.ocid for item in changing if item.seen}
    there = len({live.ocid for live in index.ours} | adopted)
    most = safety.max_changed_percent
    if 100 * len(changing) <= most * there:
        return None
    share = -(-100 * len(changing) // there)
    return Refusal(
        f"{len(changing)} of {counted(there, 'deployment')} would change; at most {most}% may at once",
        (
            f"set safety.maxChangedPercent: {min(share, 100)} in reconciler.yaml if that is meant",
            "apply fewer of them at a time: reconcile apply PATH… or --only NAME",
        ),
    )
