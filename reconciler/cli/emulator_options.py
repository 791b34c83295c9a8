"""Values of the options of `emulator start`: checked, and completed by the shell, before anything starts.

The lists are copies of the emulator's own, because the reconciler does not import the emulator. A test
compares the two.
"""

from collections.abc import Callable, Iterable

import click

READINGS = {
    "update-groups": ("strict", "documented"),
    "list-filters": ("many", "one"),
    "created-status": ("200", "202"),
    "second-artifact": ("409", "400"),
    "large-upload": ("refused", "accepted"),
    "metadata-keys": ("known", "any"),
    "metadata-entry": ("made", "refused"),
    "version-set-names": ("compartment", "tenancy"),
    "refused-update": ("400", "409"),
    "omitted": ("reset", "kept"),
    "activating": ("UPDATING", "CREATING"),
    "after-delete": ("tombstone", "gone"),
    "unknown-compartment": ("refused", "accepted"),
    "unknown-image": ("accepted", "refused"),
    "missing-image": ("call", "work"),
    "triton-headers": ("either", "underscores", "hyphens"),
    "system-data": ("autoscaling", "all"),
    "defined-category": ("any", "none"),
}
"""Each reading with its choices; the first is the default."""

FAULTS = (
    "capacity", "bootstrap", "digest", "timeout", "hold", "stuck", "limit-exceeded", "quota-exceeded",
    "not-authenticated", "not-authorized", "clock", "too-many-requests", "conflict",
    "internal-error", "unavailable", "reset-before", "reset-after", "slow",
)  # fmt: skip
SERVERS = ("local", "docker")
"""The first is the default."""

DEFAULT_PROGRESSION = "immediate"
MAX_SECONDS = 3600
"""The longest delay of an answer."""


def reading(text: str) -> str:
    """A reading and a choice that it has. Only these two are checked here."""
    name, _, choice = text.partition("=")
    if name not in READINGS:
        raise click.BadParameter(f"reading {name!r}: must be one of {', '.join(READINGS)}")
    if choice not in READINGS[name]:
        raise click.BadParameter(f"reading {name}: must be one of {', '.join(READINGS[name])}, is {choice!r}")
    return text


def progression(text: str) -> str:
    """The pace as the emulator writes it, so that `seconds:1` and `seconds:1.0` are the same."""
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
    """A fault of a known kind. The emulator checks the rest, which depends on its operations."""
    kind = text.partition(",")[0]
    if kind not in FAULTS:
        raise click.BadParameter(f"fault {kind!r}: must be one of {', '.join(FAULTS)}")
    return text


def completion(values: Iterable[str]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Completes these values in a shell."""
    choices = tuple(values)
    return lambda ctx, param, begun: [value for value in choices if value.startswith(begun)]


complete_reading = completion(f"{name}={choice}" for name, choices in READINGS.items() for choice in choices)
complete_progression = completion((DEFAULT_PROGRESSION, "reads:", "seconds:"))
complete_fault = completion(FAULTS)
