"""Monitoring: the metrics of predict requests, listed and summarized. There are no others, and none can be
posted.

Fields and defaults: OCI SDK, `oci/monitoring/models`, ListMetricsDetails ("If groupBy is used, then
dimensionFilters is ignored") and SummarizeMetricsDataDetails.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import invalid
from ..jsons import Json, JsonValue
from ..metrics import KEPT_MINUTES, METRICS, NAMESPACE, Series, Values
from ..mql import Query, interval, merged, parse
from ..plane import Operation, Site
from ..schema import Parser, mapping, one_of, record, sequence, text
from ..wire import Answer, Call, list_items, require_query, timestamp

_SPAN = timedelta(hours=3)
_PAGE = 1000
Stream = tuple[tuple[str, str], ...]


def list_metrics(site: Site, call: Call) -> Answer:
    rows = [_definition(one, compartment) for one, compartment in _visible(site, call)]
    found = [row for row in rows if _wanted(row, call.body)]
    return list_items(call, _sorted(_grouped(found, call.body), call.body), default=_PAGE, maximum=_PAGE)


def summarize(site: Site, call: Call) -> Answer:
    details = call.body
    query = parse(details["query"])
    step = interval(details["resolution"]) if "resolution" in details else query.seconds
    start, end = _span(details, call.now, step)
    visible = dict(_visible(site, call))
    if details["namespace"] != NAMESPACE:
        return Answer(body=[])
    windows = _windows(site, query, visible, start, end, step)
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
                    {"timestamp": timestamp(moment), "value": query.statistic(values, query.seconds)}
                    for moment, values in sorted(found.items())
                ],
            }
            for stream, found in sorted(windows.items())
        ]
    )


def _visible(site: Site, call: Call) -> Iterator[tuple[Series, str]]:
    """The series of deployments in the compartment of the call, or below the tenancy when it asks for all;
    metrics move with their deployment (model-dep-move.htm).
    """
    wanted = require_query(call, "compartmentId")
    below = call.query.get("compartmentIdInSubtree") == "true"
    if below and wanted != call.caller.tenancy:
        raise invalid("compartmentIdInSubtree: can be true only for the compartmentId of the tenancy")
    for series in site.metrics.series():
        deployment = site.store.get("deployment", series.deployment)
        compartment = deployment.document["compartmentId"] if deployment else None
        if compartment is not None and (below or compartment == wanted):
            yield series, compartment


def _definition(series: Series, compartment: str) -> Json:
    dimensions = dict(series.dimensions)
    name = {"name": series.name, "namespace": NAMESPACE, "compartmentId": compartment}
    return {**name, "dimensions": dimensions}


def _wanted(row: Json, details: Json) -> bool:
    asked: Mapping[str, str] = {} if details.get("groupBy") else details.get("dimensionFilters", {})
    return (
        details.get("name", row["name"]) == row["name"]
        and details.get("namespace", NAMESPACE) == NAMESPACE
        and all(row["dimensions"].get(name) == value for name, value in asked.items())
    )


def _grouped(rows: list[Json], details: Json) -> list[Json]:
    """Rows that only have the fields of `groupBy`, each once."""
    kept = details.get("groupBy")
    if not kept:
        return rows
    short = ({name: row[name] for name in kept if name in row} for row in rows)
    return [dict(one) for one in dict.fromkeys(tuple(row.items()) for row in short)]


def _sorted(rows: list[Json], details: Json) -> list[Json]:
    field = {"NAME": "name", "NAMESPACE": "namespace"}.get(details.get("sortBy", "NAME"), "name")
    backwards = details.get("sortOrder") == "DESC"
    return sorted(rows, key=lambda row: str(row.get(field, "")), reverse=backwards)


def _windows(
    site: Site, query: Query, visible: Mapping[Series, str], start: datetime, end: datetime, step: int
) -> dict[Stream, dict[datetime, Values]]:
    """By stream and by the beginning of each window, which lasts for the query's interval."""
    found: dict[Stream, dict[datetime, Values]] = {}
    reach = timedelta(seconds=query.seconds)
    for minute, series, values in site.metrics.observed(query.metric, start, end + reach):
        dimensions = query.stream(series)
        if dimensions is None or series not in visible:
            continue
        windows = found.setdefault(tuple(dimensions.items()), {})
        for moment in _starts(minute, query.seconds, step):
            if start <= moment < end:
                windows[moment] = merged(windows.get(moment), values)
    return {stream: windows for stream, windows in found.items() if windows}


def _starts(minute: datetime, seconds: int, step: int) -> Iterator[datetime]:
    """The beginnings of all windows that `minute` lies in; they are whole steps after the epoch."""
    at = int(minute.timestamp())
    moment = at - at % step
    while moment > at - seconds:
        yield datetime.fromtimestamp(moment, UTC)
        moment -= step


def _span(details: Json, now: datetime, step: int) -> tuple[datetime, datetime]:
    """The start is that of the window it lies in."""
    end: datetime = details.get("endTime", now)
    start: datetime = details.get("startTime", end - _SPAN)
    if start >= end:
        raise invalid("startTime: must be before endTime")
    oldest = max(start, now - timedelta(minutes=KEPT_MINUTES)).timestamp()
    return datetime.fromtimestamp(oldest - oldest % step, UTC), end


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
_LIST = record(
    {},
    {
        "name": text(maximum=255),
        "namespace": text(maximum=255),
        "resourceGroup": text(maximum=255),
        "dimensionFilters": mapping(text(maximum=512)),
        "groupBy": sequence(one_of(*_GROUPS), maximum=len(_GROUPS)),
        "sortBy": one_of("NAMESPACE", "NAME", "RESOURCEGROUP"),
        "sortOrder": one_of("ASC", "DESC"),
    },
)
_SUMMARIZE: Any = record(
    {"namespace": text(maximum=255), "query": text(maximum=10_000)},
    {
        "resourceGroup": text(maximum=255),
        "startTime": _TIME,
        "endTime": _TIME,
        "resolution": text(maximum=3),
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
