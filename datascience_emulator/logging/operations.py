"""Logging Search for the logs that deployments name in categoryLogDetails.

It takes a small part of the query language: `search "COMPARTMENT/GROUP/LOG", … [| where source = '…'] [| sort
by datetime asc|desc]` (docs.oracle.com, Content/Logging/Reference/query_language_specification.htm). Results
have the form that a test of oracle-ads has recorded (docs/service.md §4.6). Here a line is found at once, so
that it is ingested when it is written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from uuid import NAMESPACE_URL, uuid5

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Service
from datascience_emulator.store.store import Record
from datascience_emulator.store.uses import logged_deployments
from datascience_emulator.telemetry.server_logs import Line
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.ids_and_times import timestamp
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import list_items
from datascience_emulator.wire.schema import boolean, record, text

_SEARCH = re.compile(r'search\s+("[^"]+"(?:\s*,\s*"[^"]+")*)', re.IGNORECASE)
_WHERE = re.compile(r"where\s+source\s*=\s*'([^']*)'", re.IGNORECASE)
_SORT = re.compile(r"sort\s+by\s+datetime(?:\s+(asc|desc))?", re.IGNORECASE)
_details = record(
    {"timeStart": text(), "timeEnd": text(), "searchQuery": text()}, {"isReturnFieldInfo": boolean}
)


@dataclass(frozen=True, slots=True)
class _Query:
    """`logs`: OCIDs of compartment, log group and log, the last two optional."""

    logs: tuple[tuple[str, ...], ...]
    source: str | None
    descending: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A line in the log of this category ("access" or "predict") of a deployment, and where that log is."""

    line: Line
    deployment: Record
    category: str
    log: Json


def search_logs(cloud: Cloud, call: Call) -> Answer:
    query = _parse(call.body["searchQuery"])
    start, end = (_moment(call.body[name], name) for name in ("timeStart", "timeEnd"))
    found = [one for one in _found(cloud, query) if start <= one.line.time <= end]
    found.sort(key=lambda one: one.line.time, reverse=query.descending)
    results = [_result(one, call.caller.tenancy) for one in found]
    page = list_items(call, results, default=100, maximum=1000)
    summary = {"resultCount": len(page.body), "fieldCount": 0}
    return Answer(body={"results": page.body, "fields": [], "summary": summary}, headers=page.headers)


def _parse(text: str) -> _Query:
    first, *stages = [part.strip() for part in text.split("|")]
    match = _SEARCH.fullmatch(first)
    if match is None:
        raise invalid('searchQuery: must begin with search "COMPARTMENT[/LOG GROUP[/LOG]]"')
    logs = tuple(tuple(path.split("/")) for path in re.findall(r'"([^"]+)"', match[1]))
    source, descending = None, True
    for stage in stages:
        if where := _WHERE.fullmatch(stage):
            source = where[1]
        elif sort := _SORT.fullmatch(stage):
            descending = (sort[1] or "asc").lower() == "desc"
        else:
            raise invalid(
                f"searchQuery: {stage!r} is not among what the emulator knows: where source, sort by"
            )
    return _Query(logs, source, descending)


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"{name}: {text!r} is not a time of RFC 3339") from error
    if moment.tzinfo is None:
        raise invalid(f"{name}: {text!r} has no time zone")
    return moment


def _found(cloud: Cloud, query: _Query) -> Iterator[_Found]:
    for deployment in logged_deployments(cloud.store):
        if not _is_from(query.source, deployment.id):
            continue  # before its logs are read, which may be long
        details = deployment.document["categoryLogDetails"]
        for category, read in (("access", cloud.logs.access), ("predict", cloud.logs.predict)):
            log = details.get(category)
            if log and any(_names(path, log) for path in query.logs):
                yield from (_Found(line, deployment, category, log) for line in read(deployment.id))


def _names(path: tuple[str, ...], log: Json) -> bool:
    """Whether the path names the log, whatever its compartment, which the emulator does not know."""
    return list(path[1:3]) == [log["logGroupId"], log["logId"]][: len(path) - 1]


def _is_from(source: str | None, deployment: str) -> bool:
    return source is None or fnmatchcase(deployment, source)


def _result(found: _Found, tenancy: str) -> Json:
    """UNVERIFIED: that the compartment is that of the log; here it is that of the deployment."""
    line, deployment = found.line, found.deployment
    moment = timestamp(line.time)
    content = {
        "id": str(uuid5(NAMESPACE_URL, f"{deployment.id}/{line.position}")),
        "specversion": "1.0",
        "time": moment,
        "source": deployment.id,
        "type": f"com.oraclecloud.datascience.modeldeployment.{found.category}",
        "data": {"logEmissionTime": moment, "message": line.text, **line.facts},
        "oracle": {
            "compartmentid": deployment.document["compartmentId"],
            "ingestedtime": moment,
            "loggroupid": found.log["logGroupId"],
            "logid": found.log["logId"],
            "tenantid": tenancy,
        },
    }
    return {"data": {"datetime": int(line.time.timestamp() * 1000), "logContent": content}}


LOG_SEARCH = Service(
    "Logging Search",
    "/20190909",
    (
        Operation(
            "search_logs",
            "POST",
            "/search",
            search_logs,
            _details,
            query=("limit", "page"),
            note="Logs of model deployments; of the query language: search, where source, sort by datetime.",
        ),
    ),
)
