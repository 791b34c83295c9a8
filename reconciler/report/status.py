"""The status of deployments, as a table and as JSON."""

from collections.abc import Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.model.served.structure import Versions
from reconciler.core.model.status import Status
from reconciler.report.style import clean
from reconciler.report.values import short_revision, table_lines, versions_by_model

API_VERSION = "reconciler.oci/status.v1"
HEAD = ("NAME", "STATE", "VERSIONS", "INSTANCES", "REVISION", "ENDPOINT")


def status_lines(rows: Sequence[Status]) -> list[str]:
    """A table with a line for each deployment. Below its line stand what the service says about it if it is
    not healthy, and the marks on it that a user should know of.
    """
    if not rows:
        return ["No deployments."]
    head, *lines = table_lines([HEAD, *(_cells(row) for row in rows)])
    result = [head]
    for row, line in zip(rows, lines, strict=True):
        result.append(line)
        if row.details and not row.healthy:
            result.append(f"    {clean(row.details)}")
        if row.marks:
            result.append(f"    {clean('; '.join(row.marks))}")
    return result


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
    versions: Json = None
    if row.versions is not None:
        versions = {model: [*numbers] for model, numbers in versions_by_model(row.versions).items()}
    return {
        "name": row.name,
        "ocid": row.ocid,
        "state": row.state.value,
        "healthy": row.healthy,
        "details": row.details,
        "endpoint": row.endpoint,
        "image": row.image,
        "instances": row.instances,
        "versions": versions,
        "revision": row.revision,
        "marks": list(row.marks),
    }
