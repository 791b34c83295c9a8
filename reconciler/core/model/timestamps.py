"""Timestamps as the service and our marks write them (RFC 3339), and as a person reads them.

No clock is read here.
"""

import re

_UTC = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?:(:\d\d)(?:\.\d+)?)?(?:Z|\+00:00)")


def timestamp_words(timestamp: str) -> str:
    """`2026-11-27 22:00 UTC`; what is no timestamp in UTC is returned as it is."""
    match = _UTC.fullmatch(timestamp)
    return f"{match[1]} {match[2]} UTC" if match else timestamp


def sortable(timestamp: str) -> str:
    """The timestamp to the second, so that the later of two is the greater text; empty for what is none."""
    match = _UTC.fullmatch(timestamp)
    return f"{match[1]}T{match[2]}{match[3] or ':00'}Z" if match else ""


def at_and_why(timestamp: str, why: str) -> str:
    """What comes after `it failed`: ` at 2026-11-27 22:00 UTC: no capacity`, as far as it is known."""
    return (f" at {timestamp_words(timestamp)}" if timestamp else "") + (f": {why}" if why else "")
