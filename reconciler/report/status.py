"""The status of deployments, as a table and as JSON."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.model.proof.presence import Presence, listed
from reconciler.core.model.served.structure import ModelVersion, Versions
from reconciler.core.model.status import Status
from reconciler.core.model.text import counted
from reconciler.report.style import clean
from reconciler.report.values import short_revision, table_lines, versions_by_model

API_VERSION = "reconciler.oci/status.v1"
HEAD = ("NAME", "STATE", "VERSIONS", "INSTANCES", "REVISION", "ENDPOINT")


def status_lines(rows: Sequence[Status]) -> list[str]:
    """A table with a line for each deployment. Below its line stand what the service says about it if it is
    not healthy, what its server says to the versions if it was asked, and the marks on it that a user should
    know of.
    """
    if not rows:
        return ["No deployments."]
    head, *lines = table_lines([HEAD, *(_cells(row) for row in rows)])
    result = [head]
    for row, line in zip(rows, lines, strict=True):
        result.append(line)
        if row.details and not row.healthy:
            result.append(f"    {clean(row.details)}")
        if row.presence is not None:
            result += [f"    {clean(line)}" for line in _presence_lines(row.presence)]
        if row.marks:
            result.append(f"    {clean('; '.join(row.marks))}")
    return result


def _presence_lines(presence: Presence) -> Iterator[str]:
    if presence.missing:
        yield f"not served: {listed(presence.missing)}"
    if presence.unseen:
        yield f"could not be seen: {listed(presence.unseen)}"
    if not presence.missing and not presence.unseen:
        yield f"its server answers for {counted(len(presence.served), 'version')}"


def _cells(row: Status) -> tuple[str, ...]:
    cells = (
        row.name,
        row.state.value,
        _versions_words(row.versions),
        row.instances,
        short_revision(row.revision),
        row.endpoint,
    )
    return tuple(clean(cell) or "-" for cell in cells)


def _versions_words(versions: Versions | None) -> str:
    if versions is None:
        return "unknown"
    by_model = versions_by_model(versions).items()
    return ", ".join(f"{model} {'+'.join(map(str, numbers))}" for model, numbers in by_model)


def status_document(rows: Sequence[Status]) -> dict[str, Json]:
    """The status of deployments as data (schemas/status.v1.json)."""
    return {"apiVersion": API_VERSION, "deployments": [_row(row) for row in rows]}


def _row(row: Status) -> dict[str, Json]:
    return {
        "name": row.name,
        "ocid": row.ocid,
        "state": row.state.value,
        "healthy": row.healthy,
        "details": row.details,
        "endpoint": row.endpoint,
        "image": row.image,
        "instances": row.instances,
        "versions": None if row.versions is None else _numbers(row.versions),
        "revision": row.revision,
        "marks": list(row.marks),
        "presence": None if row.presence is None else _presence(row.presence),
    }


def _presence(presence: Presence) -> dict[str, Json]:
    return {
        "served": _numbers(one.version for one in presence.served),
        "missing": _numbers(one.version for one in presence.missing),
        "unseen": _numbers(one.version for one in presence.unseen),
        "answers": [*dict.fromkeys(sighting.why for sighting in presence.sightings if sighting.why)],
    }


def _numbers(versions: Iterable[ModelVersion]) -> dict[str, Json]:
    return {model: [*numbers] for model, numbers in versions_by_model(versions).items()}
