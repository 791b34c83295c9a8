"""After how long a request may be sent again, by the server's word. How long is too long is judged by whoever
waits.
"""

import math
from email.utils import parsedate_to_datetime


def retry_after_seconds(header: str | None, now: float) -> float | None:
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
