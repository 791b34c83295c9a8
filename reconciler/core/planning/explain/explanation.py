"""An explanation as a value: what happens to one deployment, and where each of its fields stands."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.configuration import Configuration, Json
from reconciler.core.model.live import State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.comparison import Mover
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup
from reconciler.core.planning.plan import DeploymentPlan


class FieldStanding(StrEnum):
    """Whether a field is in the plan, and why, in one word or two."""

    EQUAL = "equal"
    LEFT_OPEN = "left open"
    IGNORED = "ignored"
    NOT_RETURNED = "not returned"
    NOT_COMPARED = "not compared"
    PLANNED = "planned"
    PAUSED = "paused"
    HELD = "held"
    BLOCKED = "blocked"


IN_THE_PLAN = frozenset({FieldStanding.PLANNED, FieldStanding.PAUSED, FieldStanding.BLOCKED})
"""Where manifest and live differ, whatever is done about it."""


@dataclass(frozen=True, slots=True)
class FieldExplanation:
    """One field: what the manifest says, what is live, what was applied last, why it is in the plan or out,
    and who has moved it since it was applied.

    Secrets are masked. `update` is the number of the update that carries it, from 1; 0: none does.
    """

    field: str
    option_group: OptionGroup
    impact: Impact
    source: str
    manifest: Json
    live: Json
    applied: Json
    standing: FieldStanding
    why: str
    update: int = 0
    moved: Mover = Mover.NOBODY


@dataclass(frozen=True, slots=True)
class LastApplied:
    """What the manifest said when it was applied last; `unknown` says why that is not known, and with
    `untouched` nothing of ours was ever applied. `spec` is the whole manifest of then, None where not all of
    it is known: its state and its policy are no part of the digest that is marked on the deployment.
    """

    configuration: Configuration | None = None
    unknown: str = ""
    untouched: bool = False
    spec: Spec | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say of one deployment. `state` is None when it does not exist, `revision` the commit
    that was applied last, `last_failure` what is remembered of a try that failed.
    """

    plan: DeploymentPlan
    fields: tuple[FieldExplanation, ...]
    state: State | None = None
    ocid: str = ""
    revision: str = ""
    applied_unknown: str = ""
    last_failure: str = ""
