"""The explanation of what is no part of a configuration: our marks, and whether the deployment serves."""

from collections.abc import Iterator

from reconciler.core.model.configuration import Json
from reconciler.core.model.live import State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.comparison import Mover, who_moved
from reconciler.core.planning.diff.option_groups import OptionGroup, impact_of
from reconciler.core.planning.explain.explanation import IN_THE_PLAN, FieldExplanation, FieldStanding
from reconciler.core.planning.explain.subject import (
    EQUAL,
    NO_MANIFEST,
    Answer,
    Subject,
    answer_blocked,
    answer_differing,
    answer_ignored,
    answer_without_live,
)
from reconciler.core.planning.plan import Action
from reconciler.core.planning.rolling_back.hold import HOLD_FIELD
from reconciler.core.planning.steps import RenameModel
from reconciler.core.planning.transition.changes import (
    APPLIED_FIELD,
    FAILED_FIELD,
    MARKS_SOURCE,
    OWNER_FIELD,
    PROTECT_FIELD,
    PRUNE_FIELD,
    RENAMED_FIELD,
    STATE_FIELD,
    STATE_SOURCE,
)
from reconciler.core.planning.transition.transition import STATE_POINTER

MARK_FIELDS = (STATE_FIELD, OWNER_FIELD, APPLIED_FIELD, PROTECT_FIELD, PRUNE_FIELD)
"""Fields that are no part of a configuration, and of the digest of what was applied."""

OF_THE_MANIFEST = (STATE_FIELD, PROTECT_FIELD, PRUNE_FIELD)
"""Those of them that a manifest speaks of. The others are ours alone: nobody but the manifest moves them."""


def explain_marks(subject: Subject) -> Iterator[FieldExplanation]:
    """The marks, the state, and a rename or a remembered failure if there is one."""
    desired = _marks_of(subject.spec, subject.owner)
    live, applied = _live_marks(subject), _marks_of(subject.applied.spec, subject.owner)
    for field in MARK_FIELDS:
        before = applied.get(field) if field in OF_THE_MANIFEST else None
        yield _explain(subject, field, desired.get(field), live.get(field), before)
    if subject.spec is not None and subject.spec.renamed_from:
        yield _explain(subject, RENAMED_FIELD, subject.spec.renamed_from, live.get(RENAMED_FIELD))
    for field in (FAILED_FIELD, HOLD_FIELD):
        if live.get(field):
            yield _explain(subject, field, None, live[field])


def _marks_of(spec: Spec | None, owner: str) -> dict[str, Json]:
    """What a manifest says of them."""
    if spec is None:
        return {}
    return {
        STATE_FIELD: "active" if spec.active else "inactive",
        OWNER_FIELD: owner,
        APPLIED_FIELD: spec.applied_mark,
        PROTECT_FIELD: spec.policy.protect,
        PRUNE_FIELD: spec.policy.prune,
    }


def _live_marks(subject: Subject) -> dict[str, Json]:
    if subject.live is None:
        return {}
    marks = subject.live.marks
    return {
        STATE_FIELD: subject.live.state,
        OWNER_FIELD: marks.owner,
        APPLIED_FIELD: marks.applied,
        PROTECT_FIELD: marks.protect,
        PRUNE_FIELD: marks.prune,
        RENAMED_FIELD: marks.name,
        FAILED_FIELD: marks.failed,
        HOLD_FIELD: marks.hold_words,
    }


def _explain(
    subject: Subject, field: str, desired: Json, live: Json, applied: Json = None
) -> FieldExplanation:
    standing, why = _answer(subject, field, desired, live)
    change = subject.changes.get(field)
    group = OptionGroup.STATE if field == STATE_FIELD else OptionGroup.METADATA
    return FieldExplanation(
        field=field,
        option_group=group,
        impact=change.impact if change else impact_of(group),
        source=STATE_SOURCE if group is OptionGroup.STATE else MARKS_SOURCE,
        manifest=desired,
        live=live,
        applied=applied,
        standing=standing,
        why=why,
        update=change.update if change else 0,
        moved=_moved(subject, field, standing, (desired, live, applied)),
    )


def _moved(subject: Subject, field: str, standing: FieldStanding, sides: tuple[Json, Json, Json]) -> Mover:
    """Who has moved it, by manifest, live and what was applied last. That a failure is remembered is nobody's
    move.
    """
    if subject.live is None or standing not in IN_THE_PLAN or field == FAILED_FIELD:
        return Mover.NOBODY
    if field not in OF_THE_MANIFEST or subject.applied.untouched:
        return Mover.MANIFEST
    if subject.applied.spec is None:
        return Mover.UNKNOWN
    desired, live, applied = sides
    # Where the manifest of then was silent, what is marked stayed: only one that speaks has moved.
    there = applied if applied is None or _agree(field, live, applied) else live
    return who_moved(desired != applied, there != applied)


def _agree(field: str, live: Json, said: Json) -> bool:
    """Whether what is live is what a manifest says."""
    if field != STATE_FIELD:
        return live == said
    return live != State.FAILED and (live == State.INACTIVE) == (said == "inactive")


def _answer(subject: Subject, field: str, desired: Json, live: Json) -> Answer:
    if subject.spec is None:
        return NO_MANIFEST
    if field == STATE_FIELD and (answer := answer_ignored(STATE_POINTER, subject.spec)):
        return answer
    if field == RENAMED_FIELD and field not in subject.changes:
        return _not_renamed(subject)
    if subject.live is None:
        return answer_without_live(subject)
    if change := subject.changes.get(field):
        return answer_differing(subject, change.update)
    if desired is None:
        return FieldStanding.LEFT_OPEN, "left open in the manifest, so what is marked on it stays"
    return EQUAL if _agree(field, live, desired) else answer_differing(subject, 0)


def _not_renamed(subject: Subject) -> Answer:
    if subject.plan.action is Action.BLOCKED:
        return answer_blocked(subject)
    if any(isinstance(step, RenameModel) for step in subject.plan.steps):
        return FieldStanding.PLANNED, "it has its new name, and its catalog models get it too"
    if subject.live is None:
        return FieldStanding.EQUAL, "no deployment of ours goes by that name"
    return FieldStanding.EQUAL, "it has its new name: the line can go"
