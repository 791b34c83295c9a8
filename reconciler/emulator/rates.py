"""How many predict requests are taken in a second. Pure: the clock is an argument."""

# "Maximum number of requests per second per tenancy is set to 150." (data-science/using/
# model-dep-predict-endpoint.htm)
PER_SECOND = 150.0


class Rate:
    """A bucket of PER_SECOND requests that fills up within a second: no more than that many at once."""

    def __init__(self) -> None:
        self._left, self._last = PER_SECOND, 0.0

    def take(self, now: float) -> bool:
        """Whether one more request is within the rate. `now`: seconds of a clock that never goes back."""
        self._left = min(PER_SECOND, self._left + (now - self._last) * PER_SECOND)
        self._last = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
