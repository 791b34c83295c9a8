"""What one process of `reconcile apply` was about, met, and left behind: what the laws judge it by."""

from dataclasses import dataclass, field
from functools import cached_property

from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Live
from reconciler.core.model.spec import Spec
from reconciler.core.planning.events import Event
from reconciler.core.planning.plan import DeploymentPlan, Plan
from reconciler.core.planning.steps import ActivateDeployment, DeactivateDeployment
from tests.chaos.manifests import Wishes

EVERYBODY = "*"
"""Trouble that is not that of one deployment."""

WORK, REFUSED, ANSWER, PASSING = "its work failed", "a write was refused", "it answered wrongly", "it passes"
"""Why a deployment may be taken back. All but the last may be remembered as well; that is want of room, and a
bug of ours.
"""


@dataclass
class Trail:
    """`troubles` are the names of the deployments that the weather struck in this process, `doubtful` those
    of which an answer was lost; `causes` why one may be taken back, by name; `first_writes` when this process
    began to write to one, by OCID. `quiet`: the weather is fine, and nobody else is there.
    """

    name: str
    wishes: Wishes
    desired: Desired
    quiet: bool = False
    alone: bool = True
    planned_at: float = 0.0
    before: dict[str, Live] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    troubles: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    causes: dict[str, set[str]] = field(default_factory=dict)
    error: BaseException | None = None
    ended_at: float | None = None
    first_writes: dict[str, float] = field(default_factory=dict)
    dead: bool = False
    interrupted: bool = False
    _plan: Plan | None = None
    _names: dict[str, str] = field(default_factory=dict)

    @cached_property
    def specs(self) -> dict[str, Spec]:
        return {spec.name: spec for spec in self.desired.specs}

    @property
    def items(self) -> tuple[DeploymentPlan, ...]:
        return self.plan.deployments if self.plan else ()

    @property
    def plan(self) -> Plan | None:
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._plan = plan
        self._names = {item.seen.ocid: item.name for item in plan.deployments if item.seen}

    def named(self, live: Live) -> str:
        """The name that it goes by in the plan, also while it is marked with its former one."""
        return self._names.get(live.ocid) or live.marks.name or live.display_name

    def means(self, what: str, live: Live) -> bool:
        """Whether its plan stops or starts this deployment, as somebody else did."""
        item = next((item for item in self.items if item.seen and item.seen.ocid == live.ocid), None)
        meant = {"start": ActivateDeployment, "stop": DeactivateDeployment}.get(what)
        return bool(item and meant) and any(isinstance(step, meant) for step in item.steps)

    def struck(self, name: str) -> bool:
        """Whether the weather struck this deployment, or all of them."""
        return name in self.troubles or EVERYBODY in self.troubles

    def because(self, name: str, cause: str) -> None:
        self.causes.setdefault(name, set()).add(cause)
