"""Adoption by OCID (`metadata.adopt`): one deployment that nobody owns is taken over by the manifest that
names it.
"""

from reconciler.core.model.live import GONE, Live
from reconciler.core.model.spec import Claim
from reconciler.core.planning.plan import Refusal
from reconciler.core.planning.refusals import owner_words
from reconciler.core.planning.snapshot_index import SnapshotIndex

TAKE_LINE_OUT = "take metadata.adopt out of the manifest"


def adoption_note(ocid: str) -> str:
    """What a plan says of a deployment that is taken over by its OCID."""
    return f"metadata.adopt takes over {ocid}, which carries no owner's mark"


def not_adoptable(
    claim: Claim, live: Live | None, index: SnapshotIndex, rival: Claim | None
) -> Refusal | None:
    """Why a claim may not take over the deployment that it names by its OCID, if it may not. `live` is that
    deployment; `rival` another claim that names it too.
    """
    ocid = claim.adopt
    if rival is not None:
        return Refusal(f"metadata.adopt of {rival.name} names {ocid} too", ("keep one of them",))
    if live is None or live.state in GONE or live.project_id != index.snapshot.project.ocid:
        project = index.snapshot.project.name
        reason = f"metadata.adopt names {ocid}, which is no deployment of the project {project}"
        return Refusal(reason, ("correct it", f"{TAKE_LINE_OUT}: a deployment is created then"))
    if live.marks.owner == index.owner:
        name = live.marks.name
        rename = (f"set metadata.renamedFrom: {name} in its place, if this manifest is about it",)
        reason = f"metadata.adopt names {ocid}, which is ours already, and is marked as {name!r}"
        return Refusal(reason, (*(rename if name else ()), TAKE_LINE_OUT))
    if live.marks.owner is not None:
        reason = f"metadata.adopt names {ocid}, which {owner_words(live.marks.owner)}"
        return Refusal(reason, ("have that owner release it: reconcile release", TAKE_LINE_OUT))
    named = index.alive_by_display_name.get(claim.name, ())
    if named and live.display_name != claim.name:
        reason = f"{ocid} would be renamed to {claim.name}, which {named[0].ocid} is called already"
        return Refusal(reason, ("choose another metadata.name",))
    return None


def taken_over(live: Live, adopter: Claim) -> Refusal:
    """Why a deployment is not taken for the one of the manifest whose name it has: another manifest takes it
    over by its OCID.
    """
    reason = f"a deployment with this name exists already ({live.ocid}), and metadata.adopt of {adopter.name}"
    choices = (f"apply the manifest of {adopter.name} first", f"take metadata.adopt out of {adopter.name}")
    return Refusal(f"{reason} takes it over", choices)
