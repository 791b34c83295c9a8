"""Which deployment a manifest is about, and which deployments no manifest is about: whose they are.

Pure. What is not ours, and may not be taken for ours, is never found.
"""

from collections.abc import Iterable, Sequence

from reconciler.core.index import Index
from reconciler.core.live import Live
from reconciler.core.plan import Refusal
from reconciler.core.spec import Spec
from reconciler.core.target import Ownership, Safety


def find(spec: Spec, index: Index, policy: Ownership) -> tuple[Live | None, Refusal | None]:
    """The deployment that this manifest is about, if there is one; or why it cannot be told, or must not be
    touched.
    """
    name = spec.name
    ours = index.named.get(name, ())
    if len(ours) > 1:
        return None, _several(name, ours)
    if ours:
        return ours[0], None
    others = index.shown.get(name, ())
    allowed = [live for live in others if _may_adopt(live, index.owner, policy)]
    if len(allowed) > 1:
        return None, _several(name, allowed)
    if allowed:
        return allowed[0], None
    return None, _foreign(others[0]) if others else None


def orphans(specs: Iterable[Spec], index: Index, safety: Safety) -> tuple[Live, ...]:
    """Deployments that no manifest names, as far as they may be taken for ours."""
    specs = tuple(specs)
    names = {spec.name for spec in specs}
    used = {live.ocid for spec in specs if (live := find(spec, index, safety.update_ownership)[0])}
    return tuple(
        live
        for live in index.alive
        if live.ocid not in used
        and safety.prune_ownership.allows(live.marks.owner, index.owner)
        and (live.marks.owner != index.owner or live.marks.name not in names)
    )


def name_of(live: Live) -> str:
    """What a deployment goes by in a plan."""
    return live.marks.name or live.display_name


def _may_adopt(live: Live, owner: str, policy: Ownership) -> bool:
    """One that is ours under another name belongs to another manifest."""
    return live.marks.owner != owner and policy.allows(live.marks.owner, owner)


def _several(name: str, found: Sequence[Live]) -> Refusal:
    ocids = ", ".join(live.ocid for live in found)
    return Refusal(f"{len(found)} deployments go by {name!r}: {ocids}", ("delete all but one of them",))


def _foreign(live: Live) -> Refusal:
    who = live.marks.owner
    whose = f"belongs to the owner {who!r}" if who else "carries no owner's mark"
    policy = Ownership.ADOPT_ALL if who else Ownership.ADOPT_UNOWNED
    return Refusal(
        f"a deployment with this name exists already ({live.ocid}) and {whose}",
        (
            "choose another metadata.name",
            "delete it",
            f"set safety.ownership.update: {policy} in reconciler.yaml, if it is to be managed from here",
        ),
    )
