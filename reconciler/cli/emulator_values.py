"""What the options of `emulator start` take, for help, completion and a refusal before anything is started.

Copies of the emulator's own lists, which is not imported for them; a test compares the two.
"""

from collections.abc import Iterable

import click

READINGS = {
    "update-groups": ("strict", "documented"),
    "list-filters": ("many", "one"),
    "created-status": ("200", "202"),
    "second-artifact": ("409", "400"),
    "metadata-keys": ("known", "any"),
    "metadata-entry": ("made", "refused"),
    "version-set-names": ("compartment", "tenancy"),
    "refused-update": ("400", "409"),
    "omitted": ("reset", "kept"),
    "activating": ("UPDATING", "CREATING"),
    "after-delete": ("tombstone", "gone"),
    "unknown-compartment": ("refused", "accepted"),
    "unknown-image": ("accepted", "refused"),
    "triton-headers": ("either", "underscores", "hyphens"),
}
"""The choices of each; the first is the default."""

FAULTS = (
    "capacity", "bootstrap", "digest", "timeout", "hold", "stuck", "limit-exceeded", "quota-exceeded",
    "not-authenticated", "not-authorized", "too-many-requests", "conflict",
    "internal-error", "unavailable", "reset-before", "reset-after", "slow",
)  # fmt: skip
DEFAULT_PROGRESSION = "immediate"
MAX_SECONDS = 3600
"""The most that an answer can be late."""


def reading(text: str) -> str:
    name, _, choice = text.partition("=")
    if name not in READINGS:
        raise click.BadParameter(f"reading {name!r}: must be one of {', '.join(READINGS)}")
    if choice not in READINGS[name]:
        raise click.BadParameter(f"reading {name}: must be one of {', '.join(READINGS[name])}, is {choice!r}")
    return text


def progression(text: str) -> str:
    """As the emulator writes it, so that two ways to write one number are the same."""
    kind, _, amount = text.partition(":")
    try:
        match kind:
            case "immediate" if not amount:
                return kind
            case "reads" if int(amount) >= 0:
                return f"reads:{int(amount)}"
            case "seconds" if float(amount) >= 0:
                return f"seconds:{float(amount):g}"
    except ValueError:
        pass
    raise click.BadParameter(f"{text!r} is not immediate, reads:N (whole number) or seconds:T")


def fault(text: str) -> str:
    """Only its kind is looked at: what the rest may say depends on the operations there are."""
    kind = text.partition(",")[0]
    if kind not in FAULTS:
        raise click.BadParameter(f"fault {kind!r}: must be one of {', '.join(FAULTS)}")
    return text


def complete_reading(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    return _beginning(begun, (f"{name}={one}" for name, choices in READINGS.items() for one in choices))


def complete_progression(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    return _beginning(begun, (DEFAULT_PROGRESSION, "reads:", "seconds:"))


def complete_fault(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    return _beginning(begun, FAULTS)


def _beginning(begun: str, values: Iterable[str]) -> list[str]:
    return [value for value in values if value.startswith(begun)]
