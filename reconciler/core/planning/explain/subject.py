"""The deployment that is explained, as a value, and the answers that its fields and its marks share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.live import Live
from reconciler.core.model.spec import Hold, Spec
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.diff.merge import ignored
from reconciler.core.planning.explain.explanation import FieldStanding, LastApplied
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.rolling_back.hold import held
from reconciler.core.planning.steps import UpdateDeployment

Answer = tuple[FieldStanding, str]
"""Where a field stands, and why."""

EQUAL: Answer = (FieldStanding.EQUAL, "live is what the manifest says")
NO_MANIFEST: Answer = (FieldStanding.NOT_COMPARED, "no manifest names the deployment")


@dataclass(frozen=True, slots=True)
class Subject:
    """One deployment. `spec` is None when no manifest names it, `live` when it does not exist; `changes`
    has every field that differs.
    """

    plan: DeploymentPlan
    owner: str
    spec: Spec | None
    live: Live | None
    applied: LastApplied
    changes: Mapping[str, Change] = field(default_factory=dict)

    @property
    def desired_configuration(self) -> Configuration | None:
        """What the manifest says."""
        return self.spec.configuration if self.spec else None

    @property
    def hold(self) -> Hold | None:
        """What keeps it from being as its manifest says."""
        return held(self.spec, self.live.marks) if self.spec and self.live else None

    @property
    def live_configuration(self) -> Configuration | None:
        """What is live, if it can be compared."""
        return self.live.configuration if self.live else None


def answer_ignored(pointer: str, spec: Spec) -> Answer | None:
    """Whether the manifest says to leave this field alone."""
    entry = next((entry for entry in spec.policy.ignore if ignored(pointer, (entry,))), "")
    return (FieldStanding.IGNORED, f"spec.policy.ignore has {entry}: what is live stays") if entry else None


def answer_without_live(subject: Subject) -> Answer:
    """Where a field stands when there is nothing live to compare it with."""
    if subject.live is not None:
        kind = subject.live.deployment_type
        return FieldStanding.NOT_COMPARED, f"it is a {kind} deployment of another kind"
    if subject.plan.action is Action.BLOCKED:
        return answer_blocked(subject)
    if subject.plan.action is Action.PAUSED:
        return FieldStanding.PAUSED, "spec.policy.paused leaves it so"
    return FieldStanding.PLANNED, "it is set when the deployment is created"


def answer_differing(subject: Subject, update: int) -> Answer:
    """Where a field stands that differs and is carried by this update; 0: by none."""
    match subject.plan.action:
        case Action.BLOCKED:
            return answer_blocked(subject)
        case Action.PAUSED:
            return FieldStanding.PAUSED, "it differs, and spec.policy.paused leaves it so"
        case Action.NOTHING if subject.hold:
            return FieldStanding.HELD, f"it differs, and is {subject.hold.standing}"
        case Action.REPLACE:
            return FieldStanding.PLANNED, "it is set when the deployment is created anew"
        case _ if update:
            updates = sum(isinstance(step, UpdateDeployment) for step in subject.plan.steps)
            why = f"in update {update} of {updates}: live is not what the manifest says"
            return FieldStanding.PLANNED, why
        case _:
            return FieldStanding.PLANNED, "it differs, and is a step of its own"


def answer_blocked(subject: Subject) -> Answer:
    """Where a field stands that would change if a rule did not forbid it."""
    reasons = "; ".join(refusal.reason for refusal in subject.plan.refusals)
    return FieldStanding.BLOCKED, f"blocked by: {reasons}"
