"""Drift: for each deployment of ours who has moved, field by field, from one explanation of each.

What a plan finds as it should be is not looked at again: nobody has moved it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.core.model.desired import Desired
from reconciler.core.model.live import IN_FLIGHT, Live, Snapshot
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.comparison import Mover
from reconciler.core.planning.drift.report import Drift, DriftKind, DriftReport
from reconciler.core.planning.drift.traces import traces_of
from reconciler.core.planning.explain.explain import explain
from reconciler.core.planning.explain.explanation import Explanation, FieldExplanation, LastApplied
from reconciler.core.planning.ownership.owners import Owners
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.rolling_back.hold import held
from reconciler.core.planning.run_scope import owners_in
from reconciler.core.planning.transition.changes import APPLIED_FIELD

WHY = {
    DriftKind.DRIFT: "live was changed since it was applied",
    DriftKind.PENDING: "the manifest has moved on since it was applied",
    DriftKind.BOTH: "live was changed since it was applied, and the manifest has moved on",
    DriftKind.DIFFERS: "live is not what the manifest says, and who has moved cannot be told",
}

LIVE_NOT_KNOWN = "; whether live was changed too cannot be told"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A deployment that may be out of step. `spec` is None when no manifest names it, `live` when it does not
    exist, or is not ours to touch.
    """

    plan: DeploymentPlan
    spec: Spec | None
    live: Live | None

    @property
    def kept(self) -> str:
        """The word for what leaves the deployment as it is although it differs; empty if nothing does."""
        if self.spec and self.live and held(self.spec, self.live.marks):
            return "held"
        return "paused" if self.plan.action is Action.PAUSED else ""

    @property
    def settled(self) -> bool:
        """Whether the plan has found it as it should be."""
        still = self.plan.action in (Action.NOTHING, Action.PAUSED, Action.WAIT)
        return still and self.plan.seen is not None and not self.plan.changes and self.kept != "held"


def suspects(plan: Plan, desired: Desired, snapshot: Snapshot) -> tuple[Suspect, ...]:
    """The deployments that may be out of step: of these it has to be known what was applied last."""
    specs = {spec.name: spec for spec in desired.specs}
    by_ocid = {live.ocid: live for live in snapshot.deployments}
    all_of_them = (
        Suspect(item, specs.get(item.name) if item.manifest else None, by_ocid.get(item.ocid))
        for item in plan.deployments
    )
    return tuple(suspect for suspect in all_of_them if not suspect.settled)


def drift_report(
    plan: Plan,
    desired: Desired,
    snapshot: Snapshot,
    found: Sequence[Suspect],
    applied: Sequence[LastApplied],
) -> DriftReport:
    """The report; `applied` says what was applied last of each of the suspects that were `found`."""
    owners = owners_in(snapshot, desired)
    judged = (
        _judged(suspect, owners, past, desired.owner) for suspect, past in zip(found, applied, strict=True)
    )
    return DriftReport(plan, tuple(filter(None, judged)))


def _judged(suspect: Suspect, owners: Owners, applied: LastApplied, owner: str) -> Drift | None:
    """What is out of step with one deployment; None when nothing is."""
    spec, live = suspect.spec, suspect.live
    if spec is None:
        return _drift(suspect, DriftKind.ORPHAN, suspect.plan.reason)
    if live is None:
        return _not_found(suspect, spec, owners)
    explanation = explain(suspect.plan, owner, spec, live, applied)
    if live.configuration is None:
        kind = f"it is a {live.deployment_type} deployment of a kind that cannot be compared"
        return _drift(suspect, DriftKind.UNCLEAR, kind, explanation)
    moved = [field for field in explanation.fields if field.moved]
    if not moved:
        return None
    who = {field.moved for field in moved}
    kind_of_all = _kind(who)
    more = LIVE_NOT_KNOWN if kind_of_all is DriftKind.PENDING and Mover.UNKNOWN in who else ""
    return _drift(suspect, kind_of_all, WHY[kind_of_all] + more, explanation, _told(moved))


def _kind(moved: set[Mover]) -> DriftKind:
    live = not moved.isdisjoint({Mover.LIVE, Mover.BOTH})
    manifest = not moved.isdisjoint({Mover.MANIFEST, Mover.BOTH})
    if manifest:
        return DriftKind.BOTH if live else DriftKind.PENDING
    return DriftKind.DRIFT if live else DriftKind.DIFFERS


def _told(moved: Sequence[FieldExplanation]) -> tuple[FieldExplanation, ...]:
    """The fields that are told. The mark of what was applied moves with every field of the manifest."""
    fields = tuple(field for field in moved if field.field != APPLIED_FIELD)
    return fields or tuple(moved)


def _not_found(suspect: Suspect, spec: Spec, owners: Owners) -> Drift:
    """A manifest without a deployment that is its own: why there is none."""
    _, refusal = owners.find(spec.claim)
    if refusal is None:
        kind, why, deleted = traces_of(spec.claim, owners.index)
        return _drift(Suspect(suspect.plan, spec, deleted), kind, why)
    named = owners.index.alive_by_display_name.get(spec.name, ())
    stranger = next((live for live in named if live.marks.owner != owners.index.owner), None)
    kind = DriftKind.FOREIGN if stranger else DriftKind.UNCLEAR
    return _drift(Suspect(suspect.plan, spec, stranger), kind, refusal.reason)


def _drift(
    suspect: Suspect,
    kind: DriftKind,
    why: str,
    explanation: Explanation | None = None,
    fields: tuple[FieldExplanation, ...] = (),
) -> Drift:
    plan, live = suspect.plan, suspect.live
    return Drift(
        name=plan.name,
        kind=kind,
        why=why,
        manifest=plan.manifest,
        ocid=live.ocid if live else "",
        state=live.state if live else None,
        revision=(live.marks.revision or "") if live else "",
        kept=suspect.kept,
        unknown=explanation.applied_unknown if explanation else "",
        fields=fields,
        notes=tuple(_notes(suspect, why, explanation)),
    )


def _notes(suspect: Suspect, why: str, explanation: Explanation | None) -> list[str]:
    """What else is good to know: why apply leaves it, what failed before, what goes on now."""
    live = suspect.live
    notes = [f"apply leaves it: {one.reason}" for one in suspect.plan.refusals if one.reason != why]
    if explanation and explanation.last_failure:
        notes.append(explanation.last_failure)
    if live and live.state in IN_FLIGHT:
        notes.append(f"it is {live.state} now")
    return notes
