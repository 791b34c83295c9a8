"""The explanation of one deployment, field by field. `diff.comparison` decides what differs and who has moved
it, and the planner what is done about it.
"""

from collections.abc import Iterator

from reconciler.core.model.configuration import Configuration, Secret
from reconciler.core.model.live import Live
from reconciler.core.model.spec import Spec
from reconciler.core.model.status import last_failure
from reconciler.core.planning.diff.comparison import FieldComparison, Sides, compare, shown
from reconciler.core.planning.diff.fields import DIGEST, VARIABLES, ConfigurationField
from reconciler.core.planning.diff.option_groups import impact_of
from reconciler.core.planning.explain.explained_digest import answer_digest
from reconciler.core.planning.explain.explained_marks import explain_marks
from reconciler.core.planning.explain.explanation import (
    Explanation,
    FieldExplanation,
    FieldStanding,
    LastApplied,
)
from reconciler.core.planning.explain.subject import (
    EQUAL,
    NO_MANIFEST,
    Answer,
    Subject,
    answer_differing,
    answer_ignored,
    answer_without_live,
)
from reconciler.core.planning.images.resolving import as_live
from reconciler.core.planning.plan import DeploymentPlan


def explain(
    plan: DeploymentPlan, owner: str, spec: Spec | None, live: Live | None, applied: LastApplied
) -> Explanation:
    """The explanation of one deployment; `spec` is None when no manifest names it, `live` when it does not
    exist.
    """
    spec = as_live(spec, live) if spec and live else spec
    changes = {change.field: change for change in plan.changes}
    return Explanation(
        plan=plan,
        fields=tuple(_explain_all(Subject(plan, owner, spec, live, applied, changes))),
        state=live.state if live else None,
        ocid=live.ocid if live else "",
        revision=(live.marks.revision or "") if live else "",
        applied_unknown=applied.unknown,
        last_failure=last_failure(live.marks) if live else "",
    )


def _explain_all(subject: Subject) -> Iterator[FieldExplanation]:
    manifest, live = subject.desired_configuration, subject.live_configuration
    if manifest is None and live is None:
        return
    applied, ignore = subject.applied, subject.spec.policy.ignore if subject.spec else ()
    sides = Sides(manifest, live, applied.configuration, applied.untouched, ignore)
    yield from (_explain_field(subject, compared) for compared in compare(sides))
    yield from explain_marks(subject)


def _explain_field(subject: Subject, compared: FieldComparison) -> FieldExplanation:
    row, answer = compared.row, _answer(subject, compared)
    standing, why = answer_digest(subject, answer) if row.path == DIGEST else answer
    change = subject.changes.get(row.path)
    return FieldExplanation(
        field=row.path,
        option_group=row.option_group,
        impact=change.impact if change else impact_of(row.option_group),
        source=change.source if change else row.source,
        manifest=shown(row, subject.desired_configuration),
        live=shown(row, subject.live_configuration, live=True),
        applied=shown(row, subject.applied.configuration),
        standing=standing,
        why=why,
        update=change.update if change else 0,
        moved=compared.moved,
    )


def _answer(subject: Subject, compared: FieldComparison) -> Answer:
    row, live_configuration = compared.row, subject.live_configuration
    if subject.spec is None:
        return NO_MANIFEST
    if answer := answer_ignored(row.pointer, subject.spec):
        return answer
    if live_configuration is None:
        return answer_without_live(subject)
    if compared.differs:
        change = subject.changes.get(row.path)
        return answer_differing(subject, change.update if change else 0)
    if unset := _unset(row, subject.spec.configuration):
        return FieldStanding.NOT_COMPARED, f"{unset} is not set here, so it was not looked at"
    desired, live = row.read(subject.spec.configuration), row.read(live_configuration)
    if desired is None and live is not None:
        return FieldStanding.LEFT_OPEN, "left open in the manifest, so the service's value stays"
    if desired is None:
        return FieldStanding.LEFT_OPEN, "left open in the manifest, and the service tells none"
    if live is None and not row.reliable:
        return FieldStanding.NOT_RETURNED, "the service does not return it, so it cannot be compared"
    return EQUAL


def _unset(row: ConfigurationField, desired: Configuration) -> str:
    """The variable of the environment that this one comes from and that was not looked at; empty if none."""
    if not row.path.startswith(VARIABLES):
        return ""
    value = dict(desired.container.environment or ()).get(row.path.removeprefix(VARIABLES))
    return value.name if isinstance(value, Secret) and not value.known else ""
