"""Which deployment a manifest is about, and which deployments are orphans: whose each of them is.

What is not ours, and may not be adopted, is never found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import Claim
from reconciler.core.model.target import Ownership, Safety
from reconciler.core.planning.ownership.adoption import not_adoptable, taken_over
from reconciler.core.planning.plan import Refusal
from reconciler.core.planning.refusals import owner_words, several
from reconciler.core.planning.snapshot_index import SnapshotIndex, grouped


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose the deployments of a snapshot are, by the claims of all manifests of the repository, planned or
    not. `claimants` has the claims by each name in them, the present one and the one before, and `adopters`
    those that take a deployment over, by its OCID.
    """

    index: SnapshotIndex
    safety: Safety
    claims: tuple[Claim, ...]
    claimants: Mapping[str, tuple[Claim, ...]]
    adopters: Mapping[str, tuple[Claim, ...]]

    def find(self, claim: Claim) -> tuple[Live | None, Refusal | None]:
        """The deployment that a manifest is about, if there is one; or why it is not clear which, or must
        not be touched.
        """
        name, index = claim.name, self.index
        rivals = [rival for rival in self.claimants.get(claim.renamed_from, ()) if rival != claim]
        if rivals:
            return None, _claimed(claim, rivals[0])
        failed = failed_copies(claim, index)
        ours = [live for live in index.ours_by_name.get(name, ()) if live not in failed]
        if len(ours) > 1:
            return None, several(name, ours)
        if ours:
            return ours[0], None
        before = index.ours_by_name.get(claim.renamed_from, ()) if claim.renamed_from else ()
        if before:
            return _before(claim, before, index)
        if claim.adopt:
            return self._adopted(claim)
        others = index.alive_by_display_name.get(name, ())
        if taken := next((live for live in others if self._is_taken_over(live)), None):
            return None, taken_over(taken, self.adopters[taken.ocid][0])
        allowed = [live for live in others if _may_adopt(live, index.owner, self.safety.update_ownership)]
        if len(allowed) > 1:
            return None, several(name, allowed, "delete all but one of them in the console")
        if allowed:
            return allowed[0], None
        return None, self._in_the_way(others[0]) if others else None

    def _adopted(self, claim: Claim) -> tuple[Live | None, Refusal | None]:
        """The deployment that the manifest takes over by its OCID, if nobody owns it."""
        rival = next((other for other in self.adopters[claim.adopt] if other != claim), None)
        live = self.index.by_ocid.get(claim.adopt)
        refusal = not_adoptable(claim, live, self.index, rival)
        return (None, refusal) if refusal else (live, None)

    def _is_taken_over(self, live: Live) -> bool:
        """Whether a deployment that is not ours is named by its OCID in a manifest."""
        return live.ocid in self.adopters and live.marks.owner != self.index.owner

    def _in_the_way(self, live: Live) -> Refusal:
        """Why a deployment that has the display name of a manifest is not the one that it is about."""
        ours, name = live.marks.owner == self.index.owner, live.marks.name
        return _ours_of_another_name(live, name in self.claimants) if ours else _foreign(live)

    def orphans(self) -> tuple[Live, ...]:
        """Deployments that no manifest is about, as far as they are ours or may be adopted. One that cannot
        be renamed, or taken over by its OCID, is not among them: a manifest names it all the same.
        """
        claimed = [(claim, *self.find(claim)) for claim in self.claims]
        failed = {
            copy.ocid for claim, live, _ in claimed if live for copy in failed_copies(claim, self.index)
        }
        used = {live.ocid for _, live, _ in claimed if live}
        used |= {claim.adopt for claim, _, refusal in claimed if refusal}
        names = {claim.name for claim, _, _ in claimed}
        names |= {claim.renamed_from for claim, _, refusal in claimed if refusal}
        owner, policy = self.index.owner, self.safety.prune_ownership
        return tuple(
            live
            for live in self.index.alive
            if live.ocid not in used
            and policy.allows(live.marks.owner, owner)
            and (live.marks.owner != owner or live.marks.name not in names or live.ocid in failed)
        )


def owners_of(claims: Iterable[Claim], index: SnapshotIndex, safety: Safety) -> Owners:
    """Whose the deployments in the index are."""
    claims = tuple(claims)
    pairs = ((name, claim) for claim in claims for name in {claim.name, claim.renamed_from} if name)
    adopters = grouped((claim.adopt, claim) for claim in claims if claim.adopt)
    return Owners(index, safety, claims, grouped(pairs), adopters)


def failed_copies(claim: Claim, index: SnapshotIndex) -> tuple[Live, ...]:
    """Failed deployments under the new name. They were created before the manifest said `renamedFrom`, and do
    not count while the renamed deployment exists. It must be older than they are; a younger one is a copy
    that somebody made.
    """
    if not claim.renamed_from or claim.renamed_from == claim.name:
        return ()
    named = index.ours_by_name.get(claim.name, ())
    failed = tuple(live for live in named if live.state is State.FAILED)
    well = [live.created for live in named if live.state is not State.FAILED]
    if well:
        return tuple(live for live in failed if all(well) and max(well) < live.created)
    before = any(live.state is not State.FAILED for live in index.ours_by_name.get(claim.renamed_from, ()))
    return failed if before else ()


def _before(claim: Claim, before: Sequence[Live], index: SnapshotIndex) -> tuple[Live | None, Refusal | None]:
    """The deployment of ours that is to be renamed, unless a stranger has the new name already."""
    if len(before) > 1:
        return None, several(claim.renamed_from, before)
    strangers = (
        live for live in index.alive_by_display_name.get(claim.name, ()) if live.marks.owner != index.owner
    )
    stranger = next(strangers, None)
    return (before[0], None) if stranger is None else (None, _taken(claim, stranger))


def _may_adopt(live: Live, owner: str, policy: Ownership) -> bool:
    """Never one of ours: under its marked name it belongs to another manifest."""
    return live.marks.owner != owner and policy.allows(live.marks.owner, owner)


def _claimed(claim: Claim, rival: Claim) -> Refusal:
    """Why a deployment that another manifest claims is not renamed."""
    old = claim.renamed_from
    if rival.name == old:
        choices = (
            "take that manifest away: the deployment goes by its new name",
            "take metadata.renamedFrom out",
        )
        return Refusal(f"{old} has a manifest of its own, so it is not renamed to {claim.name}", choices)
    reason = f"another manifest renames {old} to {rival.name}, so it is not renamed to {claim.name}"
    return Refusal(reason, ("take metadata.renamedFrom out of one of them",))


def _taken(claim: Claim, live: Live) -> Refusal:
    return Refusal(
        f"{claim.renamed_from} cannot be renamed: a deployment with this name exists already "
        f"({live.ocid}) and {owner_words(live.marks.owner)}",
        ("choose another metadata.name", "delete it"),
    )


def _ours_of_another_name(live: Live, claimed: bool) -> Refusal:
    """Why one of ours is not taken whose marked name is another; `claimed`: that name has a manifest."""
    name, other = live.marks.name, "choose another metadata.name"
    reason = f"a deployment of ours that is marked as {name!r} has this display name ({live.ocid})"
    if claimed:
        return Refusal(reason, (f"apply the manifest of {name} first: it gets its name back", other))
    rename = (f"set metadata.renamedFrom: {name}, if this manifest is about it",) if name else ()
    return Refusal(reason, (*rename, f"reconcile destroy {name or live.ocid}, if it is to go", other))


def _foreign(live: Live) -> Refusal:
    who = live.marks.owner
    policy = Ownership.ADOPT_ALL if who else Ownership.ADOPT_UNOWNED
    former = (f"change `owner` in reconciler.yaml back to {who!r}, if it was changed",) if who else ()
    return Refusal(
        f"a deployment with this name exists already ({live.ocid}) and {owner_words(who)}",
        (
            "choose another metadata.name",
            "delete it",
            f"set safety.ownership.update: {policy} in reconciler.yaml, if it is to be managed from here",
            *former,
        ),
    )
