"""The metrics of predict requests, by minute, with the service's names; kept in memory for one day.

Pure: the clock is an argument. Names, units and dimensions: docs.oracle.com, data-science/using/
metrics-model-deploy.htm. Metrics of the machine (CpuUtilization, MemoryUtilization, NetworkBytes, GPU*) and
the dimensions instanceId and modelOcid are left out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

NAMESPACE = "oci_datascience_modeldeploy"
MINUTE = 60
KEPT_MINUTES = 24 * 60
METRICS = {
    "PredictRequestCount": ("Predict Request Count", "count"),
    "PredictResponse": ("Predict Response Status", "count"),
    "PredictLatency": ("Predict Latency", "milliseconds"),
    "PredictBandwidth": ("Predict Bandwidth Utilization", "percent"),
}
"""Name → display name, and unit."""

Values: TypeAlias = Counter[float]
"""How often each value was observed."""


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """One answered request. `size`: bytes of request and answer. `bandwidth`: the provisioned Mbps."""

    deployment: str
    status: int
    milliseconds: float
    size: int
    bandwidth: float

    @property
    def result(self) -> str:
        """Everything but 4XX and 5XX is a success."""
        return "Success" if self.status < 400 else "Failure"


@dataclass(frozen=True, slots=True)
class Series:
    """A metric with its dimensions: names and values, sorted by name."""

    name: str
    dimensions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, name: str, dimensions: Mapping[str, str]) -> "Series":
        return cls(name, tuple(sorted(dimensions.items())))

    @property
    def deployment(self) -> str:
        return dict(self.dimensions)["resourceId"]


class Metrics:
    def __init__(self) -> None:
        self._minutes: dict[int, dict[Series, Values]] = {}  # the oldest first

    def record(self, request: AnsweredRequest, now: datetime) -> None:
        minute = self._minute(now)
        here = {"resourceId": request.deployment}
        response = {
            "statusCode": str(request.status),
            "statusFamily": f"{request.status // 100}XX",
            "result": request.result,
        }
        _values(minute, "PredictRequestCount", here)[1.0] += 1
        _values(minute, "PredictResponse", here | response)[1.0] += 1
        latency = _values(minute, "PredictLatency", here | {"result": request.result})
        latency[_rounded(request.milliseconds)] += 1
        _add(_values(minute, "PredictBandwidth", here), _share(request))

    def _minute(self, now: datetime) -> dict[Series, Values]:
        number = int(now.timestamp()) // MINUTE
        if number not in self._minutes:
            self._minutes[number] = {}
            for old in [minute for minute in self._minutes if minute <= number - KEPT_MINUTES]:
                del self._minutes[old]
        return self._minutes[number]

    def series(self) -> list[Series]:
        """Every series that was observed, once."""
        return list(dict.fromkeys(series for minute in self._minutes.values() for series in minute))

    def observed(
        self, name: str, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, Series, Values]]:
        """The observations of `name` in each minute that begins from `start` on and before `end`."""
        for number, minute in self._minutes.items():
            moment = datetime.fromtimestamp(number * MINUTE, UTC)
            if start <= moment < end:
                yield from (
                    (moment, series, values) for series, values in minute.items() if series.name == name
                )


def _values(minute: dict[Series, Values], name: str, dimensions: Mapping[str, str]) -> Values:
    return minute.setdefault(Series.of(name, dimensions), Counter())


def _rounded(value: float) -> float:
    """To three digits, so that a busy minute has some hundred values; no statistic is off by over 0.5 %."""
    return float(f"{value:.3g}")


def _add(values: Values, share: float) -> None:
    """Utilization has one observation for each minute: the sum of what the requests used."""
    total = next(iter(values), 0.0) + share
    values.clear()
    values[total] = 1


def _share(request: AnsweredRequest) -> float:
    """Percent of what the provisioned bandwidth can carry in a minute."""
    return 100 * request.size * 8 / (request.bandwidth * 1e6 * MINUTE)
