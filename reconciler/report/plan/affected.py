"""What a plan is limited to because of what has changed since a revision, in words."""

from collections.abc import Iterator

from reconciler.core.model.desired import Desired
from reconciler.core.model.findings import Finding
from reconciler.core.model.text import counted
from reconciler.core.planning.review.affected import Affected
from reconciler.report.style import clean
from reconciler.report.values import short_revision

MOST_NAMED = 20
"""Manifests of the revision that cannot be compared, and are told one by one."""


def affected_lines(affected: Affected, desired: Desired) -> Iterator[str]:
    """What has changed, which part of that is planned, and what could not be compared."""
    since = _since(affected)
    if affected.names is None:
        yield f"{since} every deployment counts as changed: {clean(affected.why)}"
        return
    if affected.names:
        others = len(desired.others)
        left = f"; {counted(others, 'other manifest')} left out" if others else ""
        count = counted(len(affected.names), "deployment")
        yield f"{since} {count} can have changed, and nothing else is planned{left}"
    else:
        of = f"a deployment of target {desired.target}"
        yield f"{since} nothing has changed that {of} is made of"
    if unaffected := sorted(set(_unaffected(affected, desired))):
        named = ", ".join(map(clean, unaffected))
        yield f"--only {named}: not planned, because nothing that has changed {since} is about it"
    for finding in affected.incomparable[:MOST_NAMED]:
        counts = "cannot be compared, so what it is about counts as changed"
        yield f"a manifest at {_short(affected)} {counts}: {_told(finding)}"
    if (more := len(affected.incomparable) - MOST_NAMED) > 0:
        yield f"{_short(affected)} has {counted(more, 'other manifest')} that cannot be compared"


def _unaffected(affected: Affected, desired: Desired) -> Iterator[str]:
    """Names that were asked for and are not planned. What an OCID is the name of is not known here."""
    planned = {word for spec in desired.specs for word in (spec.name, spec.renamed_from)}
    for word in desired.only - planned:
        if not affected.has(word) and not word.startswith("ocid1."):
            yield word


def _told(finding: Finding) -> str:
    return clean(f"{finding.where}: {finding.what}")


def _since(affected: Affected) -> str:
    return f"since {_short(affected)}"


def _short(affected: Affected) -> str:
    """The revision as it was named, and the commit that this is."""
    commit = short_revision(affected.commit)
    named = clean(affected.revision)
    return commit if affected.commit.startswith(affected.revision) else f"{named} ({commit})"
