"""Manifests that are not for the target of a plan: what is told of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from reconciler.core.model.findings import Finding, Severity
from reconciler.core.model.live import Snapshot
from reconciler.manifests.loading import Absent


def absent_words(absent: Absent, target: str) -> str:
    """That a manifest is not for this target, and where it says so."""
    return f"{absent.claim.name} is not for target {target}: {absent.where} says so"


def why_absent(absent: Iterable[Absent], name: str, target: str) -> str:
    """That the manifest of this name is not for this target; empty where none of them has that name."""
    return next((absent_words(one, target) for one in absent if one.claim.name == name), "")


def not_for_target(
    absent: Sequence[Absent], snapshot: Snapshot, owner: str, target: str, only: Collection[str]
) -> Iterator[Finding]:
    """What a reader of the plan must know: which deployments of ours are there and left alone, and what was
    asked for by name and is not for this target.
    """
    names = {live.name for live in snapshot.ours(owner)}
    for one in absent:
        name = one.claim.name
        if name in names:
            advice = f"It is left alone. To delete it: reconcile destroy {name} -t {target}."
            what = f"{name} is not for target {target}, and a deployment of ours is there"
            yield Finding(one.where, what, advice, Severity.WARNING)
        elif name in only:
            yield Finding(one.where, f"{name} is not for target {target}", severity=Severity.WARNING)
