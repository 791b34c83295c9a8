"""The moment as a timestamp, for marks: read from a clock that is an argument."""

from datetime import UTC, datetime

from reconciler.engine.ports import Clock


def timestamp(clock: Clock, seconds_ago: float = 0.0) -> str:
    """Now, or so long ago: `2026-11-27T22:00:00Z`."""
    return datetime.fromtimestamp(clock.utc() - seconds_ago, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
