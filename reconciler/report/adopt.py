"""What `adopt` wrote, and what comes next."""

from reconciler.core.model.configuration import Json
from reconciler.core.model.views.adopted import Adopted
from reconciler.report.style import clean
from reconciler.report.values import command

API_VERSION = "reconciler.oci/adopt.v1"


def adopted_lines(adopted: Adopted, target: str) -> list[str]:
    """For people."""
    lines = [f"wrote {clean(adopted.manifest)}"]
    lines += [f"wrote {clean(adopted.models)}/"] if adopted.models else []
    lines += [f"left out: {clean(name)}, which Triton does not look at" for name in adopted.left_out]
    if adopted.variables:
        lines.append(f"Set {', '.join(map(clean, adopted.variables))} where plans are made.")
    return [*lines, "", f"Next: {command('plan', target, '--only', adopted.name)}"]


def adopted_document(adopted: Adopted, target: str) -> dict[str, Json]:
    """For programs (schemas/adopt.v1.json)."""
    return {
        "apiVersion": API_VERSION,
        "target": target,
        "name": adopted.name,
        "ocid": adopted.ocid,
        "manifest": adopted.manifest,
        "models": adopted.models or None,
        "variables": list(adopted.variables),
        "leftOut": list(adopted.left_out),
    }
