"""Reading back: whether a deployment is what was sent, before the step counts as done."""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from reconciler.core.model.configuration import Configuration, FixedScaling
from reconciler.core.model.live import Live, State
from reconciler.core.planning.diff.comparison import Change, diff
from reconciler.core.privacy.redactor import without_credentials


class NotAsSent(NamedTuple):
    """In words, of which `foreign` are live values."""

    words: str
    foreign: tuple[str, ...] = ()


def differences(
    live: Live, desired: Configuration, model: str, from_live: Collection[str] = ()
) -> list[NotAsSent]:
    """How a deployment that was read back differs from what was sent; `model` is the OCID that it is to
    run, `from_live` the fields that were to stay as they were. What the service leaves out is not compared.
    """
    if live.configuration is None:
        return [NotAsSent(f"it is a {live.deployment_type} deployment")]
    # An empty description is none, which is what a rollback may have to bring back.
    empty = desired.description is None and not live.configuration.description
    description = None if empty else live.configuration.description
    read = replace(live.configuration, artifact=None, description=description)
    changes = diff(replace(desired, artifact=None), read)
    wrong = [_difference(change, from_live) for change in changes]
    wrong += [] if live.model_id == model else [NotAsSent(f"its model is {live.model_id}, not {model}")]
    return wrong + _miscounted(live, desired)


def _difference(change: Change, from_live: Collection[str]) -> NotAsSent:
    field, old, new = without_credentials(change.field), repr(change.old), repr(change.new)
    return NotAsSent(f"{field} is {old}, not {new}", (old, new) if change.field in from_live else (old,))


def _miscounted(live: Live, desired: Configuration) -> list[NotAsSent]:
    """As many instances as desired must be there, where the service tells how many there are."""
    if live.state is not State.ACTIVE or live.instances is None:
        return []
    if not isinstance(desired.scaling, FixedScaling) or live.instances == desired.scaling.instances:
        return []
    return [NotAsSent(f"{live.instances} instances are there, not {desired.scaling.instances}")]


def foreign_tags(live: Live, before: Live, desired: Configuration) -> tuple[str, ...]:
    """Defined tags that neither were there before nor are desired: the next update, which sends a list of
    all, would take them away.
    """
    if live.configuration is None or before.configuration is None:
        return ()
    known = {*before.configuration.defined_tags, *desired.defined_tags}
    return tuple(key for key, value in live.configuration.defined_tags if (key, value) not in known)
