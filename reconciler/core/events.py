"""What happens while a plan is applied, as values; showing them is somebody else's job."""

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.errors import ReconcilerError
from reconciler.core.plan import Step


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step of a deployment (empty name: of the whole plan) begins; `index` counts from 1 to `total`."""

    deployment: str
    step: Step
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step goes on: `message` in words, `percent` of the work request or of the bytes (0 to 100), if
    known.
    """

    deployment: str
    message: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step is done; `note` says what came of it, such as an OCID."""

    deployment: str
    step: Step
    note: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentFinished:
    """All steps of a deployment are done."""

    deployment: str
    seconds: float


@dataclass(frozen=True, slots=True)
class DeploymentFailed:
    """A step failed; the steps after it are not tried."""

    deployment: str
    error: ReconcilerError
    seconds: float


@dataclass(frozen=True, slots=True)
class RollbackStarted:
    """A step failed, and the way back begins; its steps follow as events of their own."""

    deployment: str
    reason: str


Event: TypeAlias = (
    StepStarted | StepProgress | StepFinished | RollbackStarted | DeploymentFinished | DeploymentFailed
)
