"""The comparison: every field in which what is live is not what is desired, ready to be shown.

Which fields there are is in `diff.fields`, and what a manifest leaves open in `diff.merge`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from reconciler.core.model.configuration import Configuration, Json, Secret, named, to_json
from reconciler.core.planning.diff.fields import DIGEST, VARIABLES, ConfigurationField, fields_of
from reconciler.core.planning.diff.merge import fill
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup, impact_of
from reconciler.core.privacy.credential_patterns import looks_secret
from reconciler.core.privacy.redactor import MASK


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one deployment, old and new, ready to be shown: secrets are masked already.

    `update` is the number of the update that carries it, counted from 1; 0 when it is not carried by one.
    """

    field: str
    old: Json
    new: Json
    option_group: OptionGroup = dataclass_field(metadata=named("group"))
    impact: Impact
    source: str
    update: int = 0


def diff(desired: Configuration, live: Configuration, ignore: Collection[str] = ()) -> tuple[Change, ...]:
    """Every field in which live is not what is desired. None in desired keeps what is live, and so do the
    JSON pointers to be ignored.
    """
    filled = fill(desired, live, ignore)
    return tuple(
        _change(row, row.read(live), row.read(filled), filled, live)
        for row in fields_of(filled, live)
        if _differs(row, row.read(live), row.read(filled))
    )


def _differs(row: ConfigurationField, old: object, new: object) -> bool:
    unknown = old is None and not row.reliable
    left_to_service = row.path == DIGEST and new is None
    return old != new and not unknown and not left_to_service


def _change(
    row: ConfigurationField, old: object, new: object, desired: Configuration, live: Configuration
) -> Change:
    if row.path.startswith(VARIABLES):
        old, new = _shown_variable(row.path.removeprefix(VARIABLES), desired, live)
    return Change(
        row.path, to_json(old), to_json(new), row.option_group, impact_of(row.option_group), row.source
    )


def _shown_variable(key: str, desired: Configuration, live: Configuration) -> tuple[object, object]:
    """What is live is never shown: it may be a secret that was declared as one in a manifest that is gone."""
    old = dict(live.container.environment or ())
    new: dict[str, str | Secret] = dict(desired.container.environment or ())
    return (MASK if key in old else None), _masked(key, new.get(key))


def _masked(key: str, value: str | Secret | None) -> object:
    return MASK if isinstance(value, str) and looks_secret(key) else value
