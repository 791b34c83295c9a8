"""Timestamps as the service and our marks write them (RFC 3339), and as a person reads them.

No clock is read here.
"""

import re
from datetime import UTC, datetime

_UTC = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)")


def timestamp_words(timestamp: str) -> str:
    """`2026-11-27 22:00 UTC`; what is no timestamp in UTC is returned as it is."""
    match = _UTC.fullmatch(timestamp)
    return f"{match[1]} {match[2]} UTC" if match else timestamp


def seconds_of(timestamp: str) -> float | None:
    """Seconds since 1970; None for what is no timestamp in UTC."""
    if not _UTC.fullmatch(timestamp):
        return None
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except ValueError:
        return None


def timestamp_of(seconds: float) -> str:
    """`2026-11-27T22:00:00Z`, of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at_and_why(timestamp: str, why: str) -> str:
    """What comes after `it failed`: ` at 2026-11-27 22:00 UTC: no capacity`, as far as it is known."""
    return (f" at {timestamp_words(timestamp)}" if timestamp else "") + (f": {why}" if why else "")
