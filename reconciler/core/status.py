"""How a deployment is, as one row that can be shown."""

from dataclasses import dataclass

from reconciler.core.artifact import Versions
from reconciler.core.live import Live, Marks, State
from reconciler.core.spec import Prune


@dataclass(frozen=True, slots=True)
class Status:
    """One deployment of ours. `versions` is None where the live artifact could not be read; `marks` are the
    words for what is remembered on it.
    """

    name: str
    ocid: str
    state: State
    endpoint: str
    details: str
    image: str
    instances: str
    versions: Versions | None
    revision: str
    marks: tuple[str, ...] = ()

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
        marks=marks_words(live.marks),
    )


def marks_words(marks: Marks) -> tuple[str, ...]:
    """What is remembered on a deployment, in words."""
    found = ["the last try failed"] if marks.failed else []
    found += ["protected"] if marks.protect else []
    found += ["its deletion has to be confirmed"] if marks.prune is Prune.CONFIRM else []
    return tuple(found)
