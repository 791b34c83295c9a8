"""What has drifted, as text and as JSON (schemas/drift.v1.json)."""

from collections import Counter
from collections.abc import Iterator

from reconciler.core.model.configuration import Json
from reconciler.core.model.text import counted
from reconciler.core.planning.diff.comparison import Mover
from reconciler.core.planning.drift.report import Drift, DriftReport
from reconciler.core.planning.explain.explanation import FieldExplanation
from reconciler.report.plan.words import unseen_lines, unset_lines
from reconciler.report.style import Paint, Style, clean
from reconciler.report.values import short_digests, short_revision, short_value, table_lines

API_VERSION = "reconciler.oci/drift.v1"
HEAD = ("FIELD", "MOVED", "LAST APPLIED", "LIVE", "MANIFEST", "IN THE PLAN")
ALL_IN_STEP = "Nothing has drifted, and nothing is pending"


def drift_lines(report: DriftReport, show: Style) -> list[str]:
    """What is out of step with each deployment, with a row for each field that was moved."""
    lines = [show("! ", Paint.CAREFUL) + clean(line) for line in not_looked_at(report)]
    for drift in report.drifts:
        lines += [*_lines(drift, show), ""]
    return [*lines, show(clean(summary(report)), Paint.STRONG)]


def summary(report: DriftReport) -> str:
    """How many deployments are out of step, by kind."""
    looked_at = counted(len(report.plan.deployments), "deployment")
    if not report.drifts:
        return f"{ALL_IN_STEP}: {looked_at} on target {report.plan.target}."
    kinds = Counter(drift.kind for drift in report.drifts)
    words = ", ".join(f"{number} {kind.value}" for kind, number in sorted(kinds.items()))
    return f"{len(report.drifts)} of {looked_at} on target {report.plan.target}: {words}."


def title(drift: Drift) -> str:
    """What is out of step, in a few words: `pending (paused)`."""
    return f"{drift.kind.value} ({drift.kept})" if drift.kept else drift.kind.value


def facts(drift: Drift) -> Iterator[str]:
    """What is to be known of a deployment besides its fields."""
    place = [drift.manifest or "no manifest", *([f"{drift.state} {drift.ocid}"] if drift.ocid else [])]
    if drift.revision:
        place.append(f"last applied from revision {short_revision(drift.revision)}")
    yield ", ".join(place)
    if drift.unknown:
        yield f"what was applied last is unknown: {drift.unknown}"
    yield from drift.notes


def cells(story: FieldExplanation, known: bool) -> tuple[str, ...]:
    """One field that was moved, for a table."""
    return (
        story.field,
        story.moved.value,
        short_value(story.applied) if known and _is_known(story) else "unknown",
        short_value(story.live),
        short_value(story.manifest),
        story.standing.value,
    )


def _is_known(story: FieldExplanation) -> bool:
    """Whether it is known what was applied last of this one: of the state that takes more than a digest."""
    return story.applied is not None or story.moved is not Mover.UNKNOWN


def not_looked_at(report: DriftReport) -> tuple[str, ...]:
    """What could not be compared."""
    return (*unset_lines(report.plan), *unseen_lines(report.plan))


def _lines(drift: Drift, show: Style) -> Iterator[str]:
    yield f"{show(clean(drift.name), Paint.STRONG)}: {show(title(drift), Paint.CAREFUL)}: {clean(drift.why)}"
    for fact in facts(drift):
        yield show(f"    {short_digests(clean(fact))}", Paint.FAINT)
    if drift.fields:
        rows = [tuple(map(clean, cells(story, not drift.unknown))) for story in drift.fields]
        yield from (f"    {line}" for line in table_lines([HEAD, *rows]))


def drift_document(report: DriftReport) -> dict[str, Json]:
    """The report as data, with whole values."""
    return {
        "apiVersion": API_VERSION,
        "target": report.plan.target,
        "owner": report.plan.owner,
        "lookedAt": len(report.plan.deployments),
        "notLookedAt": list(not_looked_at(report)),
        "deployments": [_document(drift) for drift in report.drifts],
    }


def _document(drift: Drift) -> dict[str, Json]:
    return {
        "name": drift.name,
        "kind": drift.kind.value,
        "kept": drift.kept,
        "why": drift.why,
        "manifest": drift.manifest,
        "ocid": drift.ocid,
        "state": drift.state.value if drift.state else None,
        "lastApplied": {"revision": drift.revision, "unknown": drift.unknown},
        "notes": list(drift.notes),
        "fields": [_field(story, not drift.unknown) for story in drift.fields],
    }


def _field(story: FieldExplanation, known: bool) -> dict[str, Json]:
    return {
        "field": story.field,
        "moved": story.moved.value,
        "lastApplied": story.applied if known else None,
        "live": story.live,
        "manifest": story.manifest,
        "standing": story.standing.value,
        "why": story.why,
    }
