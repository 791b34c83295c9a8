"""The one comparison: what the manifest says, what is live, and what was applied last, field by field.

A plan takes from it what differs (`diff`), `explain` and `drift` also who has moved. Which fields there are
is in `diff.fields`, and what a manifest leaves open in `diff.merge`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import NamedTuple

from reconciler.core.model.configuration import Configuration, Json, Secret, named, to_json
from reconciler.core.planning.diff.fields import DIGEST, LIVE, VARIABLES, ConfigurationField, fields_of
from reconciler.core.planning.diff.merge import fill, ignored
from reconciler.core.planning.diff.option_groups import Impact, OptionGroup, impact_of
from reconciler.core.privacy.credential_patterns import looks_secret
from reconciler.core.privacy.redactor import MASK


class Mover(StrEnum):
    """Who has moved a field away from what was applied last; the value is the word for it."""

    NOBODY = ""
    LIVE = "drift"
    MANIFEST = "pending"
    BOTH = "both"
    UNKNOWN = "differs"


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


@dataclass(frozen=True, slots=True)
class Sides:
    """The three sides of one deployment. `manifest` is None when no manifest names it, `live` when it does
    not exist, or cannot be compared, and `applied` when it is not known what was applied last; with
    `untouched` it is known that nothing was. `ignore` has the JSON pointers that are left alone.
    """

    manifest: Configuration | None
    live: Configuration | None
    applied: Configuration | None = None
    untouched: bool = False
    ignore: Collection[str] = ()


class FieldComparison(NamedTuple):
    """One field: its row of the table, the three sides with what they leave open filled in from live, whether
    the manifest and live differ in it, and who has moved it.
    """

    row: ConfigurationField
    manifest: Configuration | None
    live: Configuration | None
    applied: Configuration | None
    differs: bool
    moved: Mover

    @property
    def change(self) -> Change:
        """From live to the manifest."""
        row = self.row
        old, new = shown(row, self.live, live=True), shown(row, self.manifest)
        return Change(row.path, old, new, row.option_group, impact_of(row.option_group), row.source)


def compare(sides: Sides) -> Iterator[FieldComparison]:
    """Every field that one of the sides says something of. What a manifest leaves open, or ignores, keeps
    what is live: it is not moved by anybody.
    """
    manifest, live, applied = sides.manifest, sides.live, sides.applied
    if manifest is None or live is None:
        only = manifest or live
        for row in fields_of(only, only) if only else ():
            yield FieldComparison(row, manifest, live, applied, False, Mover.NOBODY)
        return
    filled = fill(manifest, live, sides.ignore)
    before = fill(applied, live, sides.ignore) if applied else None
    for row in fields_of(filled, live, applied):
        differs = _differs(row, row.read(live), row.read(filled))
        if ignored(row.pointer, sides.ignore):
            moved = Mover.NOBODY
        else:
            moved = _moved(row, filled, live, before) if before else _moved_from_unknown(differs, sides)
        yield FieldComparison(row, filled, live, before, differs, moved)


def diff(desired: Configuration, live: Configuration, ignore: Collection[str] = ()) -> tuple[Change, ...]:
    """Every field in which live is not what is desired."""
    return tuple(field.change for field in compare(Sides(desired, live, ignore=ignore)) if field.differs)


def written_changes(before: Configuration, after: Configuration) -> tuple[Change, ...]:
    """Every field in which two manifests differ, as they are written: nothing is filled in, and a secret is
    another one when its reference is.
    """
    rows = fields_of(after, before, before)
    return tuple(change for row in rows if (change := _written_change(row, before, after)))


def _written_change(row: ConfigurationField, before: Configuration, after: Configuration) -> Change | None:
    old, new = shown(row, before), shown(row, after)
    was_secret, is_secret = _is_secret(row, before), _is_secret(row, after)
    if old == new and (was_secret or row.read(before) == row.read(after)):
        return None
    if was_secret is not is_secret:
        # What was, or becomes, a secret may stand openly in the other.
        old, new = (old, new and MASK) if was_secret else (old and MASK, new)
    return Change(row.path, old, new, row.option_group, impact_of(row.option_group), row.source)


def who_moved(manifest: bool, live: bool) -> Mover:
    """The word for who has moved."""
    if manifest:
        return Mover.BOTH if live else Mover.MANIFEST
    return Mover.LIVE if live else Mover.NOBODY


def _moved(
    row: ConfigurationField, manifest: Configuration, live: Configuration, applied: Configuration
) -> Mover:
    before, now = row.read(applied), row.read(live)
    moved = who_moved(_differs(row, before, row.read(manifest)), _differs(row, now, before))
    rests_on_secret = moved in (Mover.LIVE, Mover.BOTH) and _is_secret(row, applied)
    # Of a secret no trace is kept: another value may be live, or in the environment of whoever compares.
    return Mover.UNKNOWN if rests_on_secret else moved


def _moved_from_unknown(differs: bool, sides: Sides) -> Mover:
    if not differs:
        return Mover.NOBODY
    return Mover.MANIFEST if sides.untouched else Mover.UNKNOWN


def _differs(row: ConfigurationField, old: object, new: object) -> bool:
    unknown = old is None and not row.reliable
    left_to_service = row.path == DIGEST and new is None
    return old != new and not unknown and not left_to_service


def _is_secret(row: ConfigurationField, configuration: Configuration) -> bool:
    return isinstance(_variable(row, configuration), Secret)


def _variable(row: ConfigurationField, configuration: Configuration) -> str | Secret | None:
    """The value of a row that is a variable; None for another one."""
    if not row.path.startswith(VARIABLES):
        return None
    return dict(configuration.container.environment or ()).get(row.path.removeprefix(VARIABLES))


def shown(row: ConfigurationField, configuration: Configuration | None, *, live: bool = False) -> Json:
    """A value as it may be seen: of live variables, and of those whose name says that they are secret, only
    that there is one. What is live may have been declared a secret in a manifest that is gone.
    """
    if configuration is None:
        return None
    if not row.path.startswith(VARIABLES):
        return to_json(row.read(configuration))
    value = _variable(row, configuration)
    if isinstance(value, Secret):
        return MASK if live or value.reference == LIVE else to_json(value)
    secret = live or looks_secret(row.path.removeprefix(VARIABLES))
    return MASK if value is not None and secret else value
