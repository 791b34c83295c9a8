"""How a deployment is, as one row that can be shown."""

from dataclasses import dataclass

from reconciler.core.artifact import Versions
from reconciler.core.live import Live, State


@dataclass(frozen=True, slots=True)
class Status:
    """One deployment of ours. `versions` is None where the live artifact could not be read."""

    name: str
    ocid: str
    state: State
    endpoint: str
    details: str
    image: str
    instances: str
    versions: Versions | None
    revision: str

    @property
    def healthy(self) -> bool:
        """Whether it is what one hopes for: active, or being changed while it serves."""
        return self.state in {State.ACTIVE, State.UPDATING}


def status_of(live: Live, versions: Versions | None) -> Status:
    """The row of a live deployment; `versions` as read from its artifact."""
    known = live.configuration
    return Status(
        name=live.marks.name or live.display_name,
        ocid=live.ocid,
        state=live.state,
        endpoint=f"{live.url}/predict" if live.url else "",
        details=live.details,
        image=known.container.image if known else "",
        instances=known.scaling.words if known else "",
        versions=versions,
        revision=live.marks.revision or "",
    )
