"""What happens while a plan is applied, as values; `report` shows them.

`deployment` is the name, for people; `ocid` distinguishes deployments of the same name, and is empty for
one that does not exist yet.
"""

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.model.errors import ReconcilerError
from reconciler.core.planning.steps import Step


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step of a deployment (empty name: of the whole plan) begins; `index` counts from 1 to `total`."""

    deployment: str
    step: Step
    index: int
    total: int
    ocid: str = ""


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step goes on: `message` in words, `percent` of the work request or of the bytes (0 to 100), if
    known.
    """

    deployment: str
    message: str
    percent: float | None = None
    ocid: str = ""


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step is done; `note` says with what result, such as an OCID."""

    deployment: str
    step: Step
    note: str = ""
    ocid: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentFinished:
    """All steps of a deployment are done; `notes` say what could not be seen of it."""

    deployment: str
    seconds: float
    notes: tuple[str, ...] = ()
    ocid: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentFailed:
    """A step failed; the steps after it are not tried."""

    deployment: str
    error: ReconcilerError
    seconds: float
    ocid: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentLeftOut:
    """A deletion that was not begun, because something that comes before it did not end well."""

    deployment: str
    reason: str
    ocid: str = ""


@dataclass(frozen=True, slots=True)
class RollbackStarted:
    """A step failed, and the rollback begins; its steps follow as events of their own."""

    deployment: str
    error: ReconcilerError
    ocid: str = ""


Event: TypeAlias = (
    StepStarted
    | StepProgress
    | StepFinished
    | RollbackStarted
    | DeploymentFinished
    | DeploymentFailed
    | DeploymentLeftOut
)
