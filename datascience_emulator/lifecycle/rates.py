"""How many predict requests are taken in a second. Pure: the clock is an argument."""


class Rate:
    """A bucket of `per_second` requests that fills up within a second: no more than that many at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = self._left = per_second
        self._last = 0.0

    def take(self, now: float) -> bool:
        """Whether one more request is within the rate. `now`: seconds of a clock that never goes back."""
        self._left = min(self._per_second, self._left + (now - self._last) * self._per_second)
        self._last = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
