"""The explanation of one deployment, field by field. `diff.comparison` decides what differs, and the planner
what is done about it.
"""

from collections.abc import Iterator

from reconciler.core.model.configuration import Configuration, Json, Secret, to_json
from reconciler.core.model.live import Live
from reconciler.core.model.spec import Spec
from reconciler.core.model.status import last_failure
from reconciler.core.planning.diff.comparison import diff
from reconciler.core.planning.diff.fields import DIGEST, LIVE, VARIABLES, ConfigurationField, fields_of
from reconciler.core.planning.diff.merge import fill
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
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.privacy.credential_patterns import looks_secret
from reconciler.core.privacy.redactor import MASK


def explain(
    plan: DeploymentPlan, owner: str, spec: Spec | None, live: Live | None, applied: LastApplied
) -> Explanation:
    """The explanation of one deployment; `spec` is None when no manifest names it, `live` when it does not
    exist.
    """
    known = live.configuration if live else None
    fields = diff(spec.configuration, known, spec.policy.ignore) if spec and known else ()
    changes = {change.field: change for change in (*fields, *plan.changes)}
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
    desired, live = subject.desired_configuration, subject.live_configuration
    if desired is None and live is None:
        return
    for row in _rows(desired, live):
        yield _explain_field(subject, row)
    yield from explain_marks(subject)


def _rows(desired: Configuration | None, live: Configuration | None) -> Iterator[ConfigurationField]:
    """Every row of the table of fields that says something of the two, or of the one there is."""
    if desired is not None and live is not None:
        return fields_of(fill(desired, live), live)
    either = desired or live
    return fields_of(either, either) if either else iter(())


def _explain_field(subject: Subject, row: ConfigurationField) -> FieldExplanation:
    standing, why = (
        answer_digest(subject, _answer(subject, row)) if row.path == DIGEST else _answer(subject, row)
    )
    change = subject.changes.get(row.path)
    return FieldExplanation(
        field=row.path,
        option_group=row.option_group,
        impact=change.impact if change else impact_of(row.option_group),
        source=change.source if change else row.source,
        manifest=_shown(row, subject.desired_configuration, live=False),
        live=_shown(row, subject.live_configuration, live=True),
        applied=_shown(row, subject.applied.configuration, live=False),
        standing=standing,
        why=why,
        update=change.update if change else 0,
    )


def _answer(subject: Subject, row: ConfigurationField) -> Answer:
    if subject.spec is None:
        return NO_MANIFEST
    if answer := answer_ignored(row.pointer, subject.spec):
        return answer
    live_configuration = subject.live_configuration
    if live_configuration is None:
        return answer_without_live(subject)
    if change := subject.changes.get(row.path):
        return answer_differing(subject, change.update)
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


def _shown(row: ConfigurationField, configuration: Configuration | None, *, live: bool) -> Json:
    """A value as it may be seen: of live variables, and of those whose name says that they are secret, only
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
