"""Lets catalog models be deleted only when every deployment of the run that goes has gone.

Two deployments may run one model, and the service keeps a model that is in use.
"""

import asyncio
from dataclasses import dataclass, field

from reconciler.core.planning.plan import DeleteDeployment, Plan


@dataclass(slots=True)
class Removals:
    """The deployments, by OCID, that are still to go. One whose chain has ended, however it ended, counts as
    gone.
    """

    left: set[str]
    none_left: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, plan: Plan) -> "Removals":
        """Those that this plan deletes."""
        going = {
            item.seen.ocid
            for item in plan.deployments
            if item.seen and any(isinstance(step, DeleteDeployment) for step in item.steps)
        }
        made = cls(going)
        made.gone("")
        return made

    def gone(self, ocid: str) -> None:
        """This one does not hold its model any more."""
        self.left.discard(ocid)
        if not self.left:
            self.none_left.set()
