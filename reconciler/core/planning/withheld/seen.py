"""Whether a deployment is what a plan saw, although the plan does not hold all of that.

Of a value that may be a secret a plan has only what may be shown, and no digest: whoever has the plan could
find out a short secret by guessing. So a change of just the part that is not shown is not noticed here.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from reconciler.core.model.configuration import (
    Configuration,
    Container,
    FixedScaling,
    Instance,
    Json,
    to_json,
)
from reconciler.core.model.live import Live
from reconciler.core.planning.diff.fields import ConfigurationField, row_at
from reconciler.core.planning.plan import Seen
from reconciler.core.privacy.redactor import MASK
from reconciler.core.privacy.text_views import without_controls

_EMPTY = Configuration("", None, Container(""), Instance(""), FixedScaling(0))


def is_what_was_seen(live: Live, seen: Seen) -> bool:
    """Whether nothing that the plan relies on has changed, as far as the plan can tell."""
    rows = {path: row_at(path) for path, _ in seen.withheld}
    for path, shown in seen.withheld:
        row = rows[path]
        if row is None or live.configuration is None:
            return False
        if not _fits(to_json(row.read(live.configuration)), shown):
            return False
    known = [row for row in rows.values() if row is not None]
    return any(fingerprint_without(one, known) == seen.fingerprint for one in (live, _without_digest(live)))


def _without_digest(live: Live) -> Live:
    """The deployment as it was before the service told the digest of its image: not while it is created
    (docs/service.md §1.6).
    """
    if live.configuration is None:
        return live
    container = replace(live.configuration.container, digest=None)
    return replace(live, configuration=replace(live.configuration, container=container))


def fingerprint_without(live: Live, rows: Iterable[ConfigurationField]) -> str:
    """The fingerprint of a deployment, in which these fields count for nothing."""
    if live.configuration is None:
        return live.fingerprint
    configuration = reduce(lambda into, row: row.put(into, _EMPTY), rows, live.configuration)
    return replace(live, configuration=configuration).fingerprint


def _fits(value: Json, shown: Json) -> bool:
    """Whether this may be shown of the value; a mask stands for any text."""
    match value, shown:
        case str(), str():
            return _is_text(without_controls(value), shown.split(MASK))
        case list(), list():
            return len(value) == len(shown) and all(map(_fits, value, shown))
        case dict(), dict():
            return value.keys() == shown.keys() and all(_fits(value[key], shown[key]) for key in value)
    return value == shown


def _is_text(text: str, pieces: list[str]) -> bool:
    """Whether the text has these pieces in this order, the first at its start and the last at its end."""
    first, *rest = pieces
    if not rest:
        return text == first
    if len(text) < len(first) + len(rest[-1]) or not text.startswith(first) or not text.endswith(rest[-1]):
        return False
    at, end = len(first), len(text) - len(rest[-1])
    for piece in rest[:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
