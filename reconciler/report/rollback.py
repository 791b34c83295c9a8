"""What a rollback wrote into the work tree, in lines and as JSON, and what is to be done next."""

from collections.abc import Iterator, Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.model.views.reverted import Reverted
from reconciler.report.style import clean
from reconciler.report.values import command, short_revision

API_VERSION = "reconciler.oci/rollback.v1"


def rollback_lines(done: Sequence[Reverted], target: str) -> list[str]:
    """A few lines for each deployment, and at the end what to do next."""
    lines = [clean(line) for one in done for line in _lines(one)]
    changed = [one for one in done if one.written or one.removed]
    if not changed:
        return lines
    only = [word for one in changed for word in ("--only", one.name)]
    plan, apply = (command(verb, target, *only) for verb in ("plan", "apply"))
    review = "git show" if all(one.committed for one in changed) else "git diff, then git add and git commit"
    return [
        *lines,
        "Nothing was sent: what is deployed is as it was.",
        f"next: {review}; then merge it, or {plan}, and {apply}",
    ]


def _lines(one: Reverted) -> Iterator[str]:
    at = short_revision(one.revision)
    if not one.written and not one.removed:
        yield f"{one.name}: its files are as they were at {at} already"
    else:
        yield f"{one.name}: as it was at {at}"
    yield from (f"  wrote {path}" for path in one.written)
    yield from (f"  removed {path}" for path in one.removed)
    yield from (f"  note: {note}" for note in one.notes)
    if one.committed:
        yield f"  commit {short_revision(one.committed)}"


def rollback_document(done: Sequence[Reverted]) -> dict[str, Json]:
    """The same as data (schemas/rollback.v1.json)."""
    return {"apiVersion": API_VERSION, "deployments": [_row(one) for one in done]}


def _row(one: Reverted) -> dict[str, Json]:
    return {
        "name": one.name,
        "revision": one.revision,
        "written": list(one.written),
        "removed": list(one.removed),
        "notes": list(one.notes),
        "committed": one.committed,
    }
