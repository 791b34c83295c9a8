"""Monitoring: lists and summaries of the metrics of predict requests. There are no other metrics, and none
can be posted.

Fields and defaults: OCI SDK, `oci/monitoring/models`, ListMetricsDetails ("If groupBy is used, then
dimensionFilters is ignored") and SummarizeMetricsDataDetails.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.monitoring.query import Query, interval, parse
from datascience_emulator.telemetry.metrics import KEPT_MINUTES, METRICS, NAMESPACE, Series, Values
from datascience_emulator.wire.calls import Answer, Call, require_query, whole_tenancy
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.ids_and_times import timestamp
from datascience_emulator.wire.json_values import Json, JsonValue
from datascience_emulator.wire.pages import list_items
from datascience_emulator.wire.schema import Parser, mapping, one_of, record, sequence, text

_SPAN = timedelta(hours=3)
_PAGE = 1000
Stream = tuple[tuple[str, str], ...]
Point = tuple[datetime, float]


def list_metrics(cloud: Cloud, call: Call) -> Answer:
    rows = [_definition(series, compartment) for series, compartment in _visible(cloud, call)]
    fitting = [row for row in rows if _fits(row, call.body)]
    return list_items(call, _sorted(_grouped(fitting, call.body), call.body), default=_PAGE, maximum=_PAGE)


def summarize(cloud: Cloud, call: Call) -> Answer:
    details = call.body
    query = parse(details["query"])
    step = interval(details["resolution"]) if "resolution" in details else query.seconds
    span = _span(details, call.now, step)
    visible = dict(_visible(cloud, call))
    if details["namespace"] != NAMESPACE:
        return Answer(body=[])
    compartment = require_query(call, "compartmentId")
    return Answer(
        body=[
            {
                "namespace": NAMESPACE,
                "compartmentId": compartment,
                "name": query.metric,
                "dimensions": dict(stream),
                "metadata": _metadata(query.metric),
                "resolution": details.get("resolution", f"{step // 60}m"),
                "aggregatedDatapoints": [
                    {"timestamp": timestamp(moment), "value": value} for moment, value in points
                ],
            }
            for stream, points in sorted(streams(cloud, query, visible, span).items())
        ]
    )


def _visible(cloud: Cloud, call: Call) -> Iterator[tuple[Series, str]]:
    """The series of deployments in the compartment of the call, or in the whole tenancy if it asks for that,
    each with its compartment. Metrics move with their deployment (model-dep-move.htm).
    """
    parent = require_query(call, "compartmentId")
    subtree = whole_tenancy(call, parent)
    for series in cloud.metrics.series():
        deployment = cloud.store.get("deployment", series.deployment)
        compartment = deployment.document["compartmentId"] if deployment else None
        if compartment is not None and (subtree or compartment == parent):
            yield series, compartment


def _definition(series: Series, compartment: str) -> Json:
    dimensions = dict(series.dimensions)
    name = {"name": series.name, "namespace": NAMESPACE, "compartmentId": compartment}
    return {**name, "dimensions": dimensions}


def _fits(row: Json, details: Json) -> bool:
    filters: Mapping[str, str] = {} if details.get("groupBy") else details.get("dimensionFilters", {})
    return (
        details.get("name", row["name"]) == row["name"]
        and details.get("namespace", NAMESPACE) == NAMESPACE
        and all(row["dimensions"].get(name) == value for name, value in filters.items())
    )


def _grouped(rows: list[Json], details: Json) -> list[Json]:
    """Rows that only have the fields of `groupBy`, each once."""
    kept = details.get("groupBy")
    if not kept:
        return rows
    short = ({name: row[name] for name in kept if name in row} for row in rows)
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in short)]


def _sorted(rows: list[Json], details: Json) -> list[Json]:
    field = {"NAME": "name", "NAMESPACE": "namespace"}.get(details.get("sortBy", "NAME"), "name")
    backwards = details.get("sortOrder") == "DESC"
    return sorted(rows, key=lambda row: str(row.get(field, "")), reverse=backwards)


@dataclass(frozen=True, slots=True)
class Span:
    """When windows begin: every `step` seconds, from `start` on and before `end`."""

    start: datetime
    end: datetime
    step: int


def streams(cloud: Cloud, query: Query, visible: Collection[Series], span: Span) -> dict[Stream, list[Point]]:
    """The windows of each stream in which anything was observed: their beginnings and statistics. Each window
    lasts for the query's interval.
    """
    observed: dict[Stream, list[tuple[int, Values]]] = {}
    reach = timedelta(seconds=query.seconds)
    for minute, series, values in cloud.metrics.observed(query.metric, span.start, span.end + reach):
        dimensions = query.stream(series)
        if dimensions is not None and series in visible:
            observed.setdefault(tuple(dimensions.items()), []).append((int(minute.timestamp()), values))
    points = {stream: list(_points(query, minutes, span)) for stream, minutes in observed.items()}
    return {stream: some for stream, some in points.items() if some}


def _points(query: Query, minutes: list[tuple[int, Values]], span: Span) -> Iterator[Point]:
    """One window slides over the minutes, so that each minute is added and removed only once. There may be
    many windows, each as wide as everything that is kept.
    """
    minutes.sort(key=itemgetter(0))
    values: Values = Counter()
    came = left = 0
    end = min(math.ceil(span.end.timestamp()), minutes[-1][0] + 1)
    for moment in range(int(span.start.timestamp()), end, span.step):
        while came < len(minutes) and minutes[came][0] < moment + query.seconds:
            values.update(minutes[came][1])
            came += 1
        while left < came and minutes[left][0] < moment:
            _take_out(values, minutes[left][1])
            left += 1
        if values:
            yield datetime.fromtimestamp(moment, UTC), query.statistic(values, query.seconds)


def _take_out(values: Values, less: Values) -> None:
    for value, times in less.items():
        values[value] -= times
        if not values[value]:
            del values[value]


def _span(details: Json, now: datetime, step: int) -> Span:
    """The start is moved back to the beginning of its window."""
    end: datetime = details.get("endTime", now)
    start: datetime = details.get("startTime", end - _SPAN)
    if start >= end:
        raise invalid("startTime: must be before endTime")
    oldest = max(start, now - timedelta(minutes=KEPT_MINUTES)).timestamp()
    return Span(datetime.fromtimestamp(oldest - oldest % step, UTC), end, step)


def _metadata(metric: str) -> dict[str, str]:
    if metric not in METRICS:
        return {}
    shown, unit = METRICS[metric]
    return {"displayName": shown, "unit": unit}


def _moment(value: JsonValue, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise invalid(f"{where}: {value!r} is not a time such as 2026-01-31T12:00:00Z") from error
    if moment.tzinfo is None:
        raise invalid(f"{where}: {value!r} names no time zone; add Z for UTC")
    if not 1970 < moment.year < 9999:
        raise invalid(f"{where}: {value!r} is not a time of this service")
    return moment.astimezone(UTC)


_TIME = Parser(_moment, {"type": "string", "format": "date-time"})
_GROUPS = ("namespace", "name", "resourceGroup")
_NAME = replace(text(maximum=255), unset=("",))
_LIST = record(
    {},
    {
        "name": _NAME,
        "namespace": _NAME,
        "resourceGroup": _NAME,
        "dimensionFilters": mapping(text(maximum=512)),
        "groupBy": sequence(one_of(*_GROUPS), maximum=len(_GROUPS)),
        "sortBy": one_of("NAMESPACE", "NAME", "RESOURCEGROUP"),
        "sortOrder": one_of("ASC", "DESC"),
    },
)
_SUMMARIZE: Any = record(
    {"namespace": text(maximum=255), "query": text(maximum=10_000)},
    {
        "resourceGroup": _NAME,
        "startTime": _TIME,
        "endTime": _TIME,
        "resolution": replace(text(maximum=3), unset=("",)),
    },
)
_SCOPE = ("compartmentId", "compartmentIdInSubtree")
OPERATIONS = (
    Operation(
        "list_metrics",
        "POST",
        "/metrics/actions/listMetrics",
        list_metrics,
        _LIST,
        (*_SCOPE, "limit", "page"),
        note="Metrics of predict requests, of the last 24 hours and since the emulator was started.",
    ),
    Operation(
        "summarize_metrics_data",
        "POST",
        "/metrics/actions/summarizeMetricsData",
        summarize,
        _SUMMARIZE,
        _SCOPE,
        note="One metric and one statistic per query; no comparison, join or nesting.",
    ),
)
