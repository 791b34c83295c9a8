"""Rules for probes and policies (`declarations.rollout`): what the form of each single value does not say."""

import re
from collections.abc import Iterator

from reconciler.core.model.findings import Finding
from reconciler.core.model.proof.probes import OK
from reconciler.core.model.text import nearest
from reconciler.core.planning.diff.fields import FIELDS
from reconciler.manifests.declarations.rollout import PREDICT_DOC, ManifestPolicy, ManifestProbe
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.manifests.schema.formats import milliseconds
from reconciler.manifests.wording import short

LONGEST_ANSWER_SECONDS = 60

_ROOTS = ("/metadata/", "/spec/")
_OPEN = {"/metadata/labels": 1, "/metadata/definedTags": 2, "/spec/server/env": 1}
"""Tables whose keys the user chooses, and how many keys lead to a value there."""

_WHOLE = ("/spec/network/", "/spec/bandwidthMbps/")
"""Objects whose parts make sense to the service only together: they are ignored as a whole, or not at all."""

_NEVER = ("/spec/deploymentType",)
"""It decides how everything else is compared, so it cannot be ignored."""

_POINTER = re.compile(r"(/([^~/]|~[01])+)+")


def _and_above(pointer: str) -> Iterator[str]:
    """A pointer, and the pointers to what holds it, without `/metadata` and `/spec`."""
    while pointer.count("/") > 1:
        yield pointer
        pointer = pointer.rpartition("/")[0]


KNOWN = frozenset(
    pointer
    for place in (*(row.pointer for row in FIELDS), *_OPEN, "/spec/state")
    for pointer in _and_above(place)
    if not pointer.startswith(_WHOLE) and pointer not in _NEVER
)
"""Every place that can be ignored, except those with keys that the user chooses."""


def check_probe(probe: ManifestProbe, table: ReadTable) -> Iterator[Finding]:
    """What no answer can meet."""
    if probe.expect is not None and probe.status != OK:
        what = f"{table.at}.expect needs the status {OK}, not {probe.status}"
        yield table.finding_at_key(("expect",), what, "Any other answer has no outputs; keep one of the two.")
    if probe.latency is not None and milliseconds(probe.latency) > LONGEST_ANSWER_SECONDS * 1000:
        what = f"{table.at}.latency must be at most {LONGEST_ANSWER_SECONDS}s, not {probe.latency}"
        yield table.finding(("latency",), what, f"The service gives up after that time ({PREDICT_DOC}).")


def check_policy(policy: ManifestPolicy, table: ReadTable) -> Iterator[Finding]:
    """Pointers to fields that do not exist."""
    for index, pointer in enumerate(policy.ignore):
        if not _exists(pointer):
            what = f"{table.at}.ignore[{index}]: no field is at '{short(pointer)}'"
            yield table.finding(("ignore", index), what, _advice(pointer))


def _exists(pointer: str) -> bool:
    if pointer in KNOWN:
        return True
    open_table = next((start for start in _OPEN if pointer.startswith(f"{start}/")), None)
    if open_table is None or not _POINTER.fullmatch(pointer):
        return False
    return pointer.removeprefix(open_table).count("/") <= _OPEN[open_table]


def _advice(pointer: str) -> str:
    if not pointer.startswith(_ROOTS):
        return "A JSON pointer into the manifest starts with /metadata/ or /spec/."
    return nearest(pointer, sorted(KNOWN)) or f"These exist: {', '.join(sorted(KNOWN))}."
