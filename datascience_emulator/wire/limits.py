"""Limits that the service documents, of time, size and rate. Pure: the clock is an argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """The service's own values, for predict (docs/service.md §4.6), Object Storage (§9), artifacts (§1.3) and
    images (§4.1). Tests start emulators with smaller ones. What a tenancy may have (§10) is as good as
    unlimited, unless `service` says otherwise.

    `predict_seconds`: until the whole answer is there; for a stream, until its head is.
    `predict_rate`: requests in a second, in the whole tenancy.
    `object_bytes`: the size of an object, or of one part of it, in one request.
    `part_bytes`: the least size of a part of an object, but for the last.
    `artifact_bytes`: the size of an artifact in one upload (§1.3).
    `image_bytes`: the size of a container image, unless a deployment asks for more storage.
    `service`: limits of the tenancy by their names, such as model-deploy-count.
    """

    predict_seconds: float = 60.0
    predict_rate: float = 150.0
    object_bytes: int = 50 * 2**30
    part_bytes: int = 10 * 2**20
    artifact_bytes: int = 6 * 10**9
    image_bytes: int = 16 * 10**9
    service: Mapping[str, int] = field(default_factory=dict)


class Rate:
    """Limits requests to `per_second`: a bucket of that many requests, which fills up within a second."""

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
