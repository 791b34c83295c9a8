"""Moments as the service and our marks write them (RFC 3339), and as a person reads them.

Pure: text to text. What the time is now is not known here.
"""

import re

_UTC = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)")


def timestamp_words(moment: str) -> str:
    """`2026-11-27 22:00 UTC`; what is no moment of UTC is returned as it is."""
    found = _UTC.fullmatch(moment)
    return f"{found[1]} {found[2]} UTC" if found else moment


def at_and_why(moment: str, why: str) -> str:
    """What follows on `it failed`: ` at 2026-11-27 22:00 UTC: no capacity`, as far as it is known."""
    return (f" at {timestamp_words(moment)}" if moment else "") + (f": {why}" if why else "")
