"""The targets of a repository as a table, and as JSON that a matrix of CI jobs is made from. Nothing of it is
secret: reconciler.yaml holds no credential.
"""

from collections.abc import Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.model.target import OciTarget, Target
from reconciler.report.style import clean
from reconciler.report.values import table_lines

API_VERSION = "reconciler.oci/targets.v1"
TENANCY, LOCAL_CLOUD = "tenancy", "local"


def targets_lines(targets: Sequence[Target], *, tenancies_alone: bool) -> list[str]:
    """A table with a line for each target."""
    if not targets:
        return ["No target is a tenancy." if tenancies_alone else "No targets."]
    rows = [tuple(clean(cell) or "-" for cell in _cells(target)) for target in targets]
    return table_lines([("NAME", "KIND", "REGION", "AUTH"), *rows])


def _cells(target: Target) -> tuple[str, str, str, str]:
    if isinstance(target, OciTarget):
        return target.name, TENANCY, target.region, target.auth.value
    return target.name, LOCAL_CLOUD, "", ""


def targets_document(targets: Sequence[Target]) -> dict[str, Json]:
    """The same as data (schemas/targets.v1.json)."""
    return {"apiVersion": API_VERSION, "targets": [_document(target) for target in targets]}


def _document(target: Target) -> dict[str, Json]:
    if isinstance(target, OciTarget):
        return {
            "name": target.name,
            "kind": TENANCY,
            "auth": target.auth.value,
            "region": target.region,
        }
    return {"name": target.name, "kind": LOCAL_CLOUD}
