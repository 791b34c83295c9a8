"""For how long GitHub wants to be left alone, from the answer to one request (GitHub docs, "Best practices
for using the REST API", handle rate limit errors appropriately). Pure.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus

from reconciler.adapters.http.retry_after import retry_after_seconds

LEAST_UNTOLD = 60.0
"""Seconds to wait where GitHub does not say how long: at least a minute, and longer each time."""

SHORTEST = 1.0
"""Seconds that are always waited, so that no answer can keep us busy."""


def limited_for(status: int, headers: Mapping[str, str], said: str, now: float, before: int) -> float | None:
    """Seconds to wait before the same request may be sent again, when that was said so many times `before`;
    None when it is no matter of rates.
    """
    if status not in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        return None
    if (asked := retry_after_seconds(headers.get("retry-after"), now)) is not None:
        return max(SHORTEST, asked)
    if headers.get("x-ratelimit-remaining") == "0":
        return _until(headers.get("x-ratelimit-reset", ""), now)
    if status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in said.lower():
        return LEAST_UNTOLD * 2.0 ** min(before, 10)
    return None


def _until(reset: str, now: float) -> float:
    """Seconds until a time of the epoch, and one more: clocks differ."""
    try:
        seconds = float(reset) - now + 1.0
    except ValueError:
        return LEAST_UNTOLD
    return max(SHORTEST, seconds) if math.isfinite(seconds) else LEAST_UNTOLD
