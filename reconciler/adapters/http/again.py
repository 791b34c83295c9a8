"""Whether an answer may be another one later, and what the server says about when. How long is too long is
judged by whoever waits.
"""

import math
from email.utils import parsedate_to_datetime
from http import HTTPStatus


def may_pass(status: int) -> bool:
    """429 and 5xx, but not 501: that is for good."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED


def seconds_of(header: str | None, now: float) -> float | None:
    """Seconds from `now` (of the epoch) that a Retry-After asks for, as a number or as a date (RFC 9110,
    section 10.2.3); None when there is none, or nobody can read it.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
        return seconds if math.isfinite(seconds) else None
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
