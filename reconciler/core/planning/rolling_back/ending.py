"""The end of a hold on demand: the mark goes, and nothing else changes. What the manifest asks for is planned
by the next run.
"""

from dataclasses import replace

from reconciler.core.model.live import Live, Snapshot, State
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan, Refusal, Seen
from reconciler.core.planning.refusals import blocked
from reconciler.core.planning.rolling_back.hold import HOLD_FIELD
from reconciler.core.planning.steps import settle_and_mark

SOURCE = "our marks: a hold is kept on the deployment"


def plan_end_of_holds(target: str, owner: str, lives: tuple[Live, ...], snapshot: Snapshot) -> Plan:
    """The plan that takes the holds off these deployments of ours."""
    return Plan.of(target, owner, snapshot, map(_end_of_hold, lives))


def _end_of_hold(live: Live) -> DeploymentPlan:
    hold, seen = live.marks.hold, Seen(live.ocid, live.fingerprint)
    if hold is None:
        return DeploymentPlan(live.name, Action.NOTHING, "it is not held", seen=seen)
    change = Change(HOLD_FIELD, hold.words, None, OptionGroup.METADATA, Impact.METADATA, SOURCE, update=1)
    reason = f"it is {hold.standing}, and is to be as its manifest says again"
    item = DeploymentPlan(live.name, Action.UPDATE, reason, seen=seen, changes=(change,))
    if live.state is State.FAILED or live.configuration is None or live.model_id is None:
        choices = ("commit another manifest, which ends the hold", f"reconcile destroy {live.name}")
        return blocked(item, Refusal(f"it is {live.state}, and cannot be marked", choices))
    return replace(item, steps=settle_and_mark(live, replace(live.marks, hold=None)))
