"""Logging: log groups and the logs in them, as deployments name them in categoryLogDetails.

Deployments may name others too: nothing says that the service looks. Fields: OCI SDK 2.189, `oci/logging`.
"""

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Service
from datascience_emulator.api.records import etag, find, find_to_change
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call, require_query
from datascience_emulator.wire.empty_values import NO_TAGS_OF_ANY_KIND, changed
from datascience_emulator.wire.errors import conflict, not_found
from datascience_emulator.wire.fields import DESCRIBED, IN_COMPARTMENT, NAME, TAGS, tag_size
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import filtered, sorted_items
from datascience_emulator.wire.schema import ANYTHING, boolean, integer, one_of, record

_DONE = 202
"""Creates and deletes are accepted; here they are done at once, without a work request."""

_DESCRIBED = {name: parser for name, parser in DESCRIBED.items() if name != "displayName"}
_new_group = record({**IN_COMPARTMENT, "displayName": NAME}, _DESCRIBED, tag_size)
_new_log = record(
    {"displayName": NAME, "logType": one_of("CUSTOM", "SERVICE")},
    {"isEnabled": boolean, "configuration": ANYTHING, "retentionDuration": integer(30, 180), **TAGS},
    tag_size,
)
_changed_log = record({}, {"displayName": NAME, "isEnabled": boolean, **TAGS}, tag_size)


def create_group(cloud: Cloud, call: Call) -> Answer:
    ocid = new_ocid("loggroup", cloud.region)
    cloud.store.insert(Record("log-group", ocid, {"id": ocid, **_new(call)}))
    return Answer(_DONE, made=ocid)


def get_group(cloud: Cloud, call: Call) -> Answer:
    group = find(cloud.store, "log-group", call.params["group"])
    return Answer(body=group.document, headers=etag(group))


def list_groups(cloud: Cloud, call: Call) -> Answer:
    compartment = require_query(call, "compartmentId")
    groups = [one.document for one in cloud.store.every("log-group")]
    return _page(call, [one for one in groups if one["compartmentId"] == compartment])


def delete_group(cloud: Cloud, call: Call) -> Answer:
    group = find(cloud.store, "log-group", call.params["group"])
    if left := len(_logs_of(cloud, group.id)):
        raise conflict(f"The log group {group.id} still holds {left} logs. Delete them first.")
    cloud.store.remove(group)
    return Answer(_DONE)


def create_log(cloud: Cloud, call: Call) -> Answer:
    group, ocid = find(cloud.store, "log-group", call.params["group"]), new_ocid("log", cloud.region)
    document: Json = {
        "id": ocid,
        "logGroupId": group.id,
        "tenancyId": call.caller.tenancy,
        "compartmentId": group.document["compartmentId"],
        "isEnabled": True,
        "retentionDuration": 30,
        **_new(call),
    }
    cloud.store.insert(Record("log", ocid, document))
    return Answer(_DONE, made=ocid)


def get_log(cloud: Cloud, call: Call) -> Answer:
    log = _log(cloud, call)
    return Answer(body=log.document, headers=etag(log))


def update_log(cloud: Cloud, call: Call) -> Answer:
    log = _log(cloud, call)
    log.document = changed(log.document, {**call.body, "timeLastModified": timestamp(call.now)})
    cloud.store.save(log)
    return Answer(_DONE)


def list_logs(cloud: Cloud, call: Call) -> Answer:
    group = find(cloud.store, "log-group", call.params["group"])
    return _page(call, [one.document for one in _logs_of(cloud, group.id)])


def delete_log(cloud: Cloud, call: Call) -> Answer:
    cloud.store.remove(_log(cloud, call))
    return Answer(_DONE)


def _new(call: Call) -> Json:
    moment = timestamp(call.now)
    times = {"timeCreated": moment, "timeLastModified": moment}
    return {**NO_TAGS_OF_ANY_KIND, **call.body, **times, "lifecycleState": "ACTIVE"}


def _log(cloud: Cloud, call: Call) -> Record:
    """The log that the path names, in its own group."""
    log = find_to_change(cloud.store, "log", call)
    if log.document["logGroupId"] != call.params["group"]:
        raise not_found()
    return log


def _logs_of(cloud: Cloud, group: str) -> list[Record]:
    return [log for log in cloud.store.every("log") if log.document["logGroupId"] == group]


_SORTS = {"timeCreated": "timeCreated", "displayName": "displayName"}
_FILTERS = {"displayName": "displayName", "lifecycleState": "lifecycleState", "logType": "logType"}
_PAGED = ("limit", "page", "sortBy", "sortOrder")


def _page(call: Call, items: list[Json]) -> Answer:
    page = sorted_items(call, filtered(call, items, _FILTERS), _SORTS)
    return Answer(body=page.items, headers=page.headers)


_GROUPS, _GROUP = "/logGroups", "/logGroups/{group}"
_LOGS, _LOG = "/logGroups/{group}/logs", "/logGroups/{group}/logs/{id}"
_AT_ONCE = "Done at once, without a work request."
LOGGING = Service(
    "Logging",
    "/20200531",
    (
        Operation(
            "create_log_group", "POST", _GROUPS, create_group, _new_group, retry_token=True, note=_AT_ONCE
        ),
        Operation(
            "list_log_groups",
            "GET",
            _GROUPS,
            list_groups,
            query=("compartmentId", "displayName", *_PAGED),
        ),
        Operation("get_log_group", "GET", _GROUP, get_group),
        Operation("delete_log_group", "DELETE", _GROUP, delete_group, note=_AT_ONCE),
        Operation("create_log", "POST", _LOGS, create_log, _new_log, retry_token=True, note=_AT_ONCE),
        Operation("list_logs", "GET", _LOGS, list_logs, query=(*_FILTERS, *_PAGED)),
        Operation("get_log", "GET", _LOG, get_log),
        Operation("update_log", "PUT", _LOG, update_log, _changed_log, note=_AT_ONCE),
        Operation("delete_log", "DELETE", _LOG, delete_log, note=_AT_ONCE),
    ),
)
