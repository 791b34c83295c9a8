"""The explanation of one deployment, field by field, as text and as JSON (schemas/explain.v1.json)."""

from collections.abc import Iterator

from reconciler.core.model.configuration import Json, to_json
from reconciler.core.planning.explain.explained_marks import MARK_FIELDS
from reconciler.core.planning.explain.explanation import IN_THE_PLAN, Explanation, FieldExplanation
from reconciler.report.plan.steps import group_words
from reconciler.report.plan.text import headline, step_lines, step_texts, warning_lines
from reconciler.report.plan.words import rollback_words
from reconciler.report.style import Paint, Style, clean
from reconciler.report.values import short_digests, short_revision, short_value, table_lines

API_VERSION = "reconciler.oci/explain.v1"
HEAD = ("FIELD", "MANIFEST", "LIVE", "LAST APPLIED", "MOVED", "GROUP: IMPACT", "IN THE PLAN, OR OUT")


def explain_lines(explanation: Explanation, show: Style) -> list[str]:
    """What happens to the deployment and why, then a row for each field; `*` marks the fields in the plan."""
    return [*_summary(explanation, show), "", *_table(explanation, show)]


def _summary(explanation: Explanation, show: Style) -> Iterator[str]:
    yield headline(explanation.plan, show)
    for line in _facts(explanation):
        yield "    " + show(clean(line), Paint.FAINT)
    yield from warning_lines(explanation.plan, show)
    yield from step_lines(explanation.plan)


def _facts(explanation: Explanation) -> Iterator[str]:
    yield explanation.plan.manifest or "no manifest names it"
    yield f"{explanation.state} {explanation.ocid}" if explanation.state else "it does not exist"
    if explanation.revision:
        yield f"last applied from revision {short_revision(explanation.revision)}"
    if explanation.applied_unknown:
        yield f"what was applied last is unknown: {explanation.applied_unknown}"
    if explanation.last_failure:
        yield explanation.last_failure
    if explanation.plan.unseen:
        yield f"its image could not be looked up: {explanation.plan.unseen}"


def _table(explanation: Explanation, show: Style) -> Iterator[str]:
    known = not explanation.applied_unknown
    rows = [_row(story, known) for story in explanation.fields]
    head, *lines = table_lines([("  " + HEAD[0], *HEAD[1:]), *rows])
    yield show(head, Paint.STRONG)
    for story, line in zip(explanation.fields, lines, strict=True):
        yield show(line, Paint.CAREFUL) if story.standing in IN_THE_PLAN else line


def _row(story: FieldExplanation, known: bool) -> tuple[str, ...]:
    mark = "*" if story.standing in IN_THE_PLAN else " "
    return (
        f"{mark} {clean(story.field)}",
        short_value(story.manifest),
        short_value(story.live),
        _applied(story, known),
        story.moved.value or "-",
        f"{group_words(story.option_group)}: {story.impact}",
        short_digests(clean(story.why)),
    )


def _applied(story: FieldExplanation, known: bool) -> str:
    if story.field in MARK_FIELDS and story.applied is None:
        return "-"
    return short_value(story.applied) if known else "unknown"


def explain_document(explanation: Explanation) -> dict[str, Json]:
    """The explanation as data, with whole values."""
    plan = explanation.plan
    return {
        "apiVersion": API_VERSION,
        "name": plan.name,
        "manifest": plan.manifest,
        "action": plan.action.value,
        "reason": plan.reason,
        "state": explanation.state.value if explanation.state else None,
        "ocid": explanation.ocid,
        "lastApplied": {"revision": explanation.revision, "unknown": explanation.applied_unknown},
        "failedBefore": bool(explanation.last_failure),
        "lastFailure": explanation.last_failure,
        "refusals": to_json(plan.refusals),
        "dangers": list(plan.dangers),
        "notes": list(plan.notes),
        "steps": list(step_texts(plan)),
        "wayBack": rollback_words(plan),
        "fields": [_field(story, not explanation.applied_unknown) for story in explanation.fields],
    }


def _field(story: FieldExplanation, known: bool) -> dict[str, Json]:
    return {
        "field": story.field,
        "group": story.option_group.name.lower(),
        "impact": story.impact.value,
        "source": story.source,
        "manifest": story.manifest,
        "live": story.live,
        "lastApplied": story.applied if known else None,
        "standing": story.standing.value,
        "moved": story.moved.value,
        "why": story.why,
        "update": story.update,
    }
