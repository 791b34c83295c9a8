"""What drift looks like, as values: each deployment that is not in step, in what, and by whom."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.live import State
from reconciler.core.planning.explain.explanation import FieldExplanation
from reconciler.core.planning.plan import Plan


class DriftKind(StrEnum):
    """What is out of step with a deployment."""

    DRIFT = "drift"
    PENDING = "pending"
    BOTH = "both"
    DIFFERS = "differs"
    ORPHAN = "orphan"
    FOREIGN = "foreign"
    GONE = "gone"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Drift:
    """One deployment that is out of step. `fields` are those that somebody has moved; `kept` is the word for
    what makes a run leave it as it is although it differs, empty where nothing does; `unknown` says why it
    is not known what was applied last. `manifest`, `ocid`, `state` and `revision` (the commit that was
    applied last) are empty where there is none.
    """

    name: str
    kind: DriftKind
    why: str
    manifest: str = ""
    ocid: str = ""
    state: State | None = None
    revision: str = ""
    kept: str = ""
    unknown: str = ""
    fields: tuple[FieldExplanation, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All deployments that are out of step, by name, of those that a plan is about."""

    plan: Plan
    drifts: tuple[Drift, ...]
