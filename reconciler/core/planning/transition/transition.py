"""The transition of one deployment, from what is live to what its manifest desires, as a value.

Everything that decides how its plan looks is in here, so the functions that make the plan take it and nothing
else. Which transitions there are is in `transition.plan_transition`.
"""

from dataclasses import dataclass, replace

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.merge import fill, ignored
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import ActivateDeployment, DeactivateDeployment, Step, WaitFor

NOT_THERE = Live("", "", State.DELETED, None, None)
"""What is live of a deployment that does not exist."""

STATE_POINTER = "/spec/state"


@dataclass(frozen=True, slots=True)
class Transition:
    """One deployment, from `live` to `spec`. `plan` is its plan as far as it is decided; at first there is
    nothing to do.
    """

    desired: Desired
    spec: Spec
    index: SnapshotIndex
    plan: DeploymentPlan
    live: Live = NOT_THERE

    @property
    def before(self) -> Configuration:
        """What is live; for a deployment that does not exist, or cannot be compared, what the spec says."""
        return self.live.configuration or self.spec.configuration

    @property
    def after(self) -> Configuration:
        """What is to be live: as the spec says, and as it is now where the spec leaves that open or ignores
        it.
        """
        if self.live.configuration is None:
            return self.spec.configuration
        return fill(self.spec.configuration, self.live.configuration, self.spec.policy.ignore)

    @property
    def ends_active(self) -> bool:
        """Whether it serves in the end. A state that the manifest ignores stays as it is, save FAILED."""
        if self.live.state in {State.DELETED, State.FAILED}:
            return self.spec.active
        if ignored(STATE_POINTER, self.spec.policy.ignore):
            return self.live.state is not State.INACTIVE
        return self.spec.active

    @property
    def failed_before(self) -> bool:
        """Whether this very spec is remembered as failed."""
        return self.spec.failed_as(self.live.marks.failed)

    def with_plan(self, plan: DeploymentPlan) -> "Transition":
        """The same with this plan."""
        return replace(self, plan=plan)


def stop(ocid: str) -> tuple[Step, ...]:
    """Deactivate, and wait."""
    return (DeactivateDeployment(ocid), WaitFor(State.INACTIVE))


def start(ocid: str) -> tuple[Step, ...]:
    """Activate, and wait."""
    return (ActivateDeployment(ocid), WaitFor(State.ACTIVE))
