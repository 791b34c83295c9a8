"""How a deployment is, as one row that can be shown."""

from dataclasses import dataclass

from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.proof.presence import Presence
from reconciler.core.model.served.structure import Versions
from reconciler.core.model.spec import Prune
from reconciler.core.model.timestamps import at_and_why, timestamp_words


@dataclass(frozen=True, slots=True)
class Status:
    """One deployment of ours. `versions` is None where the live artifact could not be read; `marks`: what
    the marks say, in words, and that others share its name; `presence`: what its server says to that, None
    where it was not asked.
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
    presence: Presence | None = None

    @property
    def healthy(self) -> bool:
        """Whether it serves as it should: active, or being changed while it serves; and its server does not
        say that it lacks a version.
        """
        lacks = self.presence is not None and bool(self.presence.missing)
        return self.state in {State.ACTIVE, State.UPDATING} and not lacks


def status_of(
    live: Live, versions: Versions | None, carriers: int = 1, presence: Presence | None = None
) -> Status:
    """The row of a live deployment: `versions` read from its artifact, `carriers` how many share its name,
    `presence` what its server says.
    """
    known = live.configuration
    return Status(
        name=live.name,
        ocid=live.ocid,
        state=live.state,
        endpoint=live.endpoint,
        details=live.details,
        image=known.container.image if known else "",
        instances=known.scaling.words if known else "",
        versions=versions,
        revision=live.marks.revision or "",
        marks=(*_which_of_several(live, carriers), *marks_words(live.marks)),
        presence=presence,
    )


def _which_of_several(live: Live, carriers: int) -> tuple[str, ...]:
    if carriers == 1:
        return ()
    created = f", created {timestamp_words(live.created)}" if live.created else ""
    return (f"{carriers} deployments carry this name, of which this is {live.ocid}{created}",)


def last_failure(marks: Marks) -> str:
    """That the last try failed, when and why, as far as that is remembered; empty when it did not."""
    return f"the last try failed{at_and_why(marks.failed_at, marks.failed_why)}" if marks.failed else ""


def marks_words(marks: Marks) -> tuple[str, ...]:
    """What is remembered on a deployment, in words."""
    failure = last_failure(marks)
    words = (
        failure,
        marks.hold.standing if marks.hold else "",
        "protected" if marks.protect else "",
        "its deletion has to be confirmed" if marks.prune is Prune.CONFIRM else "",
        "released when no manifest names it" if marks.prune is Prune.RELEASE else "",
    )
    return tuple(filter(None, words))
