"""What is wrong with probes, and with the places that a policy leaves alone, beyond their form."""

import re
from collections.abc import Iterator

from reconciler.core.model.probes import OK
from reconciler.core.planning.diff.fields import FIELDS
from reconciler.manifests.declarations.rollout import ManifestPolicy, ManifestProbe
from reconciler.manifests.rules.finding import Finding
from reconciler.manifests.schema.notations import milliseconds
from reconciler.manifests.schema.words import nearest, short

LONGEST_ANSWER_SECONDS = 60

_PREDICT_DOC = "OCI documentation: Model Deployments, invoking a model deployment"
_ROOTS = ("/metadata/", "/spec/")
_OPEN = {"/metadata/labels": 1, "/metadata/definedTags": 2, "/spec/server/env": 1}
"""Tables whose keys the user chooses, and how many keys lead to a value there."""

_WHOLE = ("/spec/network/", "/spec/bandwidthMbps/")
"""Objects of which one part without the other makes no sense to the service: left alone whole, or not."""

_NEVER = ("/spec/deploymentType",)
"""What decides how everything else is compared."""

_POINTER = re.compile(r"(/([^~/]|~[01])+)+")


def _and_above(pointer: str) -> Iterator[str]:
    """A pointer and those to what it lies in, without the roots."""
    while pointer.count("/") > 1:
        yield pointer
        pointer = pointer.rpartition("/")[0]


KNOWN = frozenset(
    known
    for place in (*(row.pointer for row in FIELDS), *_OPEN, "/spec/state")
    for known in _and_above(place)
    if not known.startswith(_WHOLE) and known not in _NEVER
)
"""Every place that can be left alone, but for keys that the user chooses."""


def probe(given: ManifestProbe, at: str) -> Iterator[Finding]:
    """An expectation that no answer can meet."""
    if given.expect is not None and given.status != OK:
        what = f"{at}.expect needs the status {OK}, not {given.status}"
        yield Finding(("expect",), what, "Any other answer has no outputs; keep one of the two.", key=True)
    if given.latency is not None and milliseconds(given.latency) > LONGEST_ANSWER_SECONDS * 1000:
        what = f"{at}.latency must be at most {LONGEST_ANSWER_SECONDS}s, not {given.latency}"
        yield Finding(("latency",), what, f"The service gives up then ({_PREDICT_DOC}).")


def policy(given: ManifestPolicy, at: str) -> Iterator[Finding]:
    """Pointers that lead nowhere."""
    for index, pointer in enumerate(given.ignore):
        if not _exists(pointer):
            what = f"{at}.ignore[{index}]: no field is at '{short(pointer)}'"
            yield Finding(("ignore", index), what, _advice(pointer))


def _exists(pointer: str) -> bool:
    if pointer in KNOWN:
        return True
    table = next((table for table in _OPEN if pointer.startswith(f"{table}/")), None)
    if table is None or not _POINTER.fullmatch(pointer):
        return False
    return pointer.removeprefix(table).count("/") <= _OPEN[table]


def _advice(pointer: str) -> str:
    if not pointer.startswith(_ROOTS):
        return "A JSON pointer into the manifest starts with /metadata/ or /spec/."
    return nearest(pointer, sorted(KNOWN)) or f"There are {', '.join(sorted(KNOWN))}."
