"""Holds back the deletion of catalog models until every deployment that a run deletes is gone.

Two deployments may run one model, and the service keeps a model that is in use.
"""

import asyncio
from dataclasses import dataclass, field

from reconciler.core.planning.plan import Plan
from reconciler.core.planning.steps import DeleteDeployment


@dataclass(slots=True)
class PendingDeletions:
    """The OCIDs of the deployments that are still to be deleted. A deployment whose steps have ended counts
    as gone, however they ended.
    """

    left: set[str]
    none_left: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, plan: Plan) -> "PendingDeletions":
        """Those that this plan deletes."""
        pending = cls(
            {
                item.seen.ocid
                for item in plan.deployments
                if item.seen and any(isinstance(step, DeleteDeployment) for step in item.steps)
            }
        )
        pending.gone("")
        return pending

    def gone(self, ocid: str) -> None:
        """This deployment does not use its model any more."""
        self.left.discard(ocid)
        if not self.left:
            self.none_left.set()
