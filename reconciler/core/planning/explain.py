"""Why each field of a deployment is in the plan, or is not.

Pure, and it decides nothing anew: what differs is `diff.fields`' word, what is done about it the planner's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.model.configuration import Configuration, Json, Secret, to_json
from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import Spec
from reconciler.core.model.status import last_failure
from reconciler.core.planning.diff.changes import Change, diff
from reconciler.core.planning.diff.fields import LIVE, VARIABLES, ConfigurationField, fields_of
from reconciler.core.planning.diff.merge import fill, ignored
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup, impact_of
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import RenameModel, UpdateDeployment
from reconciler.core.planning.transition.changes import (
    FAILED_FIELD,
    MARKS_SOURCE,
    RENAMED_FIELD,
    STATE_FIELD,
    STATE_SOURCE,
)
from reconciler.core.planning.transition.transition import STATE_POINTER
from reconciler.core.privacy.credentials import looks_secret
from reconciler.core.privacy.redactor import MASK


class FieldStanding(StrEnum):
    """Whether a field is in the plan, and why, in one word or two."""

    EQUAL = "equal"
    LEFT_OPEN = "left open"
    IGNORED = "ignored"
    NOT_RETURNED = "not returned"
    NOT_COMPARED = "not compared"
    PLANNED = "planned"
    PAUSED = "paused"
    BLOCKED = "blocked"


PROTECT_FIELD, PRUNE_FIELD = "spec.policy.protect", "spec.policy.prune"
MARK_FIELDS = (STATE_FIELD, "owner", "lastApplied", PROTECT_FIELD, PRUNE_FIELD)
"""Fields that are no part of a configuration: what was applied of them is not remembered."""

IN_THE_PLAN = frozenset({FieldStanding.PLANNED, FieldStanding.PAUSED, FieldStanding.BLOCKED})
"""Where manifest and live differ, whatever is done about it."""


@dataclass(frozen=True, slots=True)
class FieldStory:
    """One field: what is asked for, what is live, what was applied last, and why it is in the plan or out.

    Secrets are masked. `update` is the number of the update that carries it, from 1; 0: none does.
    """

    field: str
    group: OptionGroup
    impact: Impact
    source: str
    manifest: Json
    live: Json
    applied: Json
    standing: FieldStanding
    why: str
    update: int = 0


@dataclass(frozen=True, slots=True)
class LastApplied:
    """What the manifest said when it was applied last; `unknown` says why that is not known."""

    configuration: Configuration | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say of one deployment. `state` is None when it does not exist, `revision` the commit
    that was applied last, `last_failure` what is remembered of a try that failed.
    """

    plan: DeploymentPlan
    fields: tuple[FieldStory, ...]
    state: State | None = None
    ocid: str = ""
    revision: str = ""
    applied_unknown: str = ""
    last_failure: str = ""


def explain(
    plan: DeploymentPlan, owner: str, spec: Spec | None, live: Live | None, applied: LastApplied
) -> Explanation:
    """One deployment's story; `spec` is None when no manifest names it, `live` when it does not exist."""
    story = _Story(plan, owner, spec, live, applied)
    return Explanation(
        plan=plan,
        fields=tuple(story.all()),
        state=live.state if live else None,
        ocid=live.ocid if live else "",
        revision=(live.marks.revision or "") if live else "",
        applied_unknown=applied.unknown,
        last_failure=last_failure(live.marks) if live else "",
    )


@dataclass(frozen=True, slots=True)
class _Story:
    plan: DeploymentPlan
    owner: str
    spec: Spec | None
    live: Live | None
    applied: LastApplied
    found: dict[str, Change] = field(default_factory=dict)

    def all(self) -> Iterator[FieldStory]:
        asked = self.spec.configuration if self.spec else None
        now = self.live.configuration if self.live else None
        if asked is None and now is None:
            return
        if self.spec is not None and now is not None:
            differing = diff(self.spec.configuration, now, self.spec.policy.ignore)
            self.found.update({change.field: change for change in differing})
        self.found.update({change.field: change for change in self.plan.changes})
        for row in _rows(asked, now):
            yield self._row(row, asked, now)
        yield from self._marks()

    def _row(
        self, row: ConfigurationField, asked: Configuration | None, now: Configuration | None
    ) -> FieldStory:
        standing, why = self._why(row, asked, now)
        change = self.found.get(row.path)
        return FieldStory(
            field=row.path,
            group=row.group,
            impact=change.impact if change else impact_of(row.group),
            source=change.source if change else row.source,
            manifest=_shown(row, asked, live=False),
            live=_shown(row, now, live=True),
            applied=_shown(row, self.applied.configuration, live=False),
            standing=standing,
            why=why,
            update=change.update if change else 0,
        )

    def _why(
        self, row: ConfigurationField, asked: Configuration | None, now: Configuration | None
    ) -> tuple[FieldStanding, str]:
        if self.spec is None or asked is None:
            return FieldStanding.NOT_COMPARED, "no manifest names the deployment"
        if pointer := _pointer(row.pointer, self.spec):
            return FieldStanding.IGNORED, f"spec.policy.ignore has {pointer}: what is live stays"
        if now is None:
            return self._without_live()
        if row.path in self.found:
            return self._differing(self.found[row.path].update)
        if unset := _unset(row, asked):
            return FieldStanding.NOT_COMPARED, f"{unset} is not set here, so it was not looked at"
        wanted, is_live = row.read(asked), row.read(now)
        if wanted is None and is_live is not None:
            return FieldStanding.LEFT_OPEN, "left open in the manifest, so the service's value stays"
        if wanted is None:
            return FieldStanding.LEFT_OPEN, "left open in the manifest, and the service tells none"
        if is_live is None and not row.reliable:
            return FieldStanding.NOT_RETURNED, "the service does not return it, so it cannot be compared"
        return FieldStanding.EQUAL, "live is what the manifest says"

    def _without_live(self) -> tuple[FieldStanding, str]:
        if self.live is not None:
            return (
                FieldStanding.NOT_COMPARED,
                f"it is a {self.live.deployment_type} deployment of another kind",
            )
        if self.plan.action is Action.BLOCKED:
            return FieldStanding.BLOCKED, self._refused()
        return FieldStanding.PLANNED, "it is set when the deployment is created"

    def _differing(self, update: int) -> tuple[FieldStanding, str]:
        match self.plan.action:
            case Action.BLOCKED:
                return FieldStanding.BLOCKED, self._refused()
            case Action.PAUSED:
                return FieldStanding.PAUSED, "it differs, and spec.policy.paused leaves it so"
            case Action.REPLACE:
                return FieldStanding.PLANNED, "it is set when the deployment is created anew"
            case _ if update:
                return FieldStanding.PLANNED, self._carried(update)
            case _:
                return FieldStanding.PLANNED, "it differs, and is a step of its own"

    def _carried(self, number: int) -> str:
        updates = sum(isinstance(step, UpdateDeployment) for step in self.plan.steps)
        return f"in update {number} of {updates}: live is not what the manifest says"

    def _refused(self) -> str:
        return f"blocked by: {'; '.join(refusal.reason for refusal in self.plan.refusals)}"

    # -- what is not part of a configuration

    def _marks(self) -> Iterator[FieldStory]:
        wanted, there = self._wanted_marks(), self._live_marks()
        for name in MARK_FIELDS:
            yield self._mark(name, wanted.get(name), there.get(name))
        if self.spec is not None and self.spec.renamed_from:
            yield self._mark(RENAMED_FIELD, self.spec.renamed_from, there.get(RENAMED_FIELD))
        if there.get(FAILED_FIELD):
            yield self._mark(FAILED_FIELD, None, there[FAILED_FIELD])

    def _wanted_marks(self) -> dict[str, Json]:
        if self.spec is None:
            return {}
        return {
            STATE_FIELD: "active" if self.spec.active else "inactive",
            "owner": self.owner,
            "lastApplied": self.spec.applied_mark,
            PROTECT_FIELD: self.spec.policy.protect,
            PRUNE_FIELD: self.spec.policy.prune,
        }

    def _live_marks(self) -> dict[str, Json]:
        if self.live is None:
            return {}
        marks = self.live.marks
        return {
            STATE_FIELD: self.live.state,
            "owner": marks.owner,
            "lastApplied": marks.applied,
            PROTECT_FIELD: marks.protect,
            PRUNE_FIELD: marks.prune,
            RENAMED_FIELD: marks.name,
            FAILED_FIELD: marks.failed,
        }

    def _mark(self, name: str, wanted: Json, there: Json) -> FieldStory:
        standing, why = self._mark_why(name, wanted, there)
        change = self.found.get(name)
        group = OptionGroup.STATE if name == STATE_FIELD else OptionGroup.METADATA
        return FieldStory(
            field=name,
            group=group,
            impact=change.impact if change else impact_of(group),
            source=STATE_SOURCE if group is OptionGroup.STATE else MARKS_SOURCE,
            manifest=wanted,
            live=there,
            applied=None,
            standing=standing,
            why=why,
            update=change.update if change else 0,
        )

    def _mark_why(self, name: str, wanted: Json, there: Json) -> tuple[FieldStanding, str]:
        if self.spec is None:
            return FieldStanding.NOT_COMPARED, "no manifest names the deployment"
        if name == STATE_FIELD and (pointer := _pointer(STATE_POINTER, self.spec)):
            return FieldStanding.IGNORED, f"spec.policy.ignore has {pointer}: what is live stays"
        if name == RENAMED_FIELD and name not in self.found:
            return self._not_renamed()
        if self.live is None:
            return self._without_live()
        if change := self.found.get(name):
            return self._differing(change.update)
        if wanted is None:
            return FieldStanding.LEFT_OPEN, "left open in the manifest, so what is marked on it stays"
        equal = there != State.FAILED if name == STATE_FIELD else there == wanted
        return (FieldStanding.EQUAL, "live is what the manifest says") if equal else self._differing(0)

    def _not_renamed(self) -> tuple[FieldStanding, str]:
        if self.plan.action is Action.BLOCKED:
            return FieldStanding.BLOCKED, self._refused()
        if any(isinstance(step, RenameModel) for step in self.plan.steps):
            return FieldStanding.PLANNED, "it has its new name, and its catalog models get it too"
        if self.live is None:
            return FieldStanding.EQUAL, "no deployment of ours goes by that name"
        return FieldStanding.EQUAL, "it has its new name: the line can go"


def _rows(asked: Configuration | None, now: Configuration | None) -> Iterator[ConfigurationField]:
    """Every row that says something of the two, or of the one there is."""
    if asked is not None and now is not None:
        return fields_of(fill(asked, now), now)
    one = asked or now
    return fields_of(one, one) if one else iter(())


def _unset(row: ConfigurationField, asked: Configuration) -> str:
    """The variable of the environment that this one comes from and that was not looked at; empty if none."""
    value = dict(asked.container.environment or ()).get(row.path.removeprefix(VARIABLES))
    unset = row.path.startswith(VARIABLES) and isinstance(value, Secret) and not value.known
    return value.name if unset and isinstance(value, Secret) else ""


def _pointer(pointer: str, spec: Spec) -> str:
    return next((item for item in spec.policy.ignore if ignored(pointer, (item,))), "")


def _shown(row: ConfigurationField, configuration: Configuration | None, *, live: bool) -> Json:
    """A value as it may be seen: of variables that are live, and of those whose name tells a secret, only
    that there is one.
    """
    if configuration is None:
        return None
    if not row.path.startswith(VARIABLES):
        return to_json(row.read(configuration))
    key = row.path.removeprefix(VARIABLES)
    value = dict(configuration.container.environment or ()).get(key)
    if isinstance(value, Secret):
        return MASK if live or value.reference == LIVE else to_json(value)
    return MASK if value is not None and (live or looks_secret(key)) else value
