"""drift: which deployments are not as they were applied last, or as manifests say. Nothing is changed."""

from dataclasses import dataclass

from reconciler.app import planning
from reconciler.app.desired import PlanRequest
from reconciler.app.last_applied import last_applied_of
from reconciler.app.planning import Planned
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.target import Target
from reconciler.core.planning.drift.drift import drift_report, suspects
from reconciler.core.planning.drift.report import DriftReport


@dataclass(frozen=True, slots=True)
class FoundDrift:
    """The report of drift, and the plan that it was found with."""

    report: DriftReport
    planned: Planned


def find_drift(workspace: Workspace, target: Target, request: PlanRequest, say: Say) -> FoundDrift:
    """Who has moved, of the deployments of this request. Raises Failed for names that nobody has."""
    planned = planning.plan(workspace, target, request, say)
    plan, desired, snapshot = planned.plan, planned.desired, planned.snapshot
    found = suspects(plan, desired, snapshot)
    # What was applied of an orphan does not matter: no manifest is compared with it.
    pairs = [(suspect.spec, suspect.live if suspect.spec else None) for suspect in found]
    applied = last_applied_of(workspace, target, pairs, say)
    report = drift_report(plan, desired, snapshot, found, applied)
    return FoundDrift(workspace.redaction.drift(report), planned)
