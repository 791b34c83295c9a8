"""Model deployments: what may be asked for in which state. The work itself is done by `lifecycle`."""

import hashlib
from typing import Any

from .. import deployment_documents as documents
from ..errors import incorrect_state, invalid, related_not_found
from ..jsons import Json
from ..lifecycle import SERVING
from ..parts import CONFIG, INFRASTRUCTURE, MODEL, group_id, instance_count, members, model_id
from ..plane import Operation, Site
from ..shapes import SHAPES
from ..store import Record
from ..update_groups import Reading, refusal, refusal_anytime
from ..wire import (
    Answer,
    Call,
    Listing,
    etag,
    find,
    find_to_change,
    list_items,
    list_records,
    new_ocid,
    require_query,
    timestamp,
)
from ..work import open_work

_LISTING = Listing(
    "deployment",
    {
        "id": "id",
        "projectId": "parent",
        "displayName": "name",
        "lifecycleState": "state",
        "createdBy": "createdBy",
    },
    {"timeCreated": "seq", "displayName": "name"},
)


def create(site: Site, call: Call) -> Answer:
    details = call.body
    project = site.store.get("project", details["projectId"])
    if project is None or project.state != "ACTIVE":
        raise related_not_found(f"projectId {details['projectId']}")
    _check_models(site, details)
    document = {
        "id": new_ocid("datasciencemodeldeployment", site.region),
        "displayName": call.now.strftime("modeldeployment%Y%m%d%H%M%S"),
        **_with_digest(details),
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "lifecycleState": "CREATING",
    }
    record = Record("deployment", document["id"], document)
    site.store.insert(record)
    work = open_work(site.store, call, site.region, "MODEL_DEPLOYMENT_CREATE", record)
    location = f"{call.base}/20190101/modelDeployments/{record.id}"
    headers = {**etag(record), "location": location, "opc-work-request-id": work}
    return Answer(body=_view(site, record, call), headers=headers, work=work, made=record.id)


def get(site: Site, call: Call) -> Answer:
    record = find(site.store, "deployment", call.params["id"])
    return Answer(body=_view(site, record, call), headers=etag(record), seen=(record.id,))


def list_all(site: Site, call: Call) -> Answer:
    records, headers = list_records(site.store, call, _LISTING)
    views = [_view(site, record, call) for record in records]
    for view in views:
        view.pop(
            "lifecycleDetails", None
        )  # the one field that a list leaves out (SDK, ModelDeploymentSummary)
    return Answer(body=views, headers=headers, seen=tuple(record.id for record in records))


def update(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "deployment", call)
    _require(record, *SERVING, "INACTIVE")
    details = call.body
    update_type = details.get(CONFIG, {}).pop("updateType", "ZDT")
    reason = _refused(site, record, details, live=update_type == "LIVE")
    if reason is not None:
        raise invalid(reason)
    target = _merged(record.document, details)
    _check_models(site, target)
    record.private |= {"target": target, "updateType": update_type}
    return _start(site, call, record, "MODEL_DEPLOYMENT_UPDATE", "UPDATING")


def activate(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "deployment", call)
    _require(record, "INACTIVE")
    return _start(site, call, record, "MODEL_DEPLOYMENT_ACTIVATE", "UPDATING")


def deactivate(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "deployment", call)
    _require(record, *SERVING)
    return _start(site, call, record, "MODEL_DEPLOYMENT_DEACTIVATE", "UPDATING")


def delete(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "deployment", call)
    _require(record, *SERVING, "INACTIVE", "FAILED")
    return _start(site, call, record, "MODEL_DEPLOYMENT_DELETE", "DELETING")


def shapes(site: Site, call: Call) -> Answer:
    require_query(call, "compartmentId")
    items = [
        {"name": s.name, "coreCount": s.cores, "memoryInGBs": s.memory, "shapeSeries": s.series}
        for s in SHAPES.values()
    ]
    return list_items(call, items)


# -- parts


def _start(site: Site, call: Call, record: Record, operation: str, state: str) -> Answer:
    record.private["from"] = record.state
    record.document["lifecycleState"] = state
    site.store.save(record)
    work = open_work(site.store, call, site.region, operation, record)
    return Answer(202, headers={"opc-work-request-id": work}, work=work)


def _require(record: Record, *states: str) -> None:
    if record.state not in states:
        raise incorrect_state(f"The model deployment {record.id}", record.state, " or ".join(states))


def _refused(site: Site, record: Record, details: Json, *, live: bool) -> str | None:
    asked = details.get(CONFIG, {}).get("deploymentType")
    if asked not in (None, record.document[CONFIG]["deploymentType"]):
        return refusal_anytime(record.document, details)
    target = _merged(record.document, details)
    if record.state in SERVING:
        return refusal(record.document, target, Reading(site.readings.update_groups), live=live)
    return refusal_anytime(record.document, target, live=live)


def _check_models(site: Site, document: Json) -> None:
    """What it serves exists and may be used. A group's members are looked at too: they may be gone by now."""
    group = group_id(document)
    if group is None:
        _check_model(site, str(model_id(document)))
        return
    record = site.store.get("model-group", group)
    if record is None or record.state not in ("ACTIVE", "INACTIVE"):
        raise related_not_found(f"modelGroupId {group}")
    if record.state == "INACTIVE":
        raise invalid(f"The model group {group} is inactive; activate it, or use another one.")
    for member in members(record.document).values():
        _check_model(site, member)


def _check_model(site: Site, model: str) -> None:
    record = site.store.get("model", model)
    if record is None or record.state in ("DELETED", "FAILED"):
        raise related_not_found(f"modelId {model}")
    if record.state == "INACTIVE":
        raise invalid(
            f"The model {model} is inactive; an inactive model cannot be used in a model deployment."
        )


def _with_digest(details: Json) -> Json:
    """The service resolves the tag of the image when no digest is given.

    There is no registry here: a digest of the image's name stands in for the digest of the image.
    """
    environment = details[CONFIG].get("environmentConfigurationDetails", {})
    if environment.get("environmentConfigurationType") == "OCIR_CONTAINER" and not environment.get(
        "imageDigest"
    ):
        _, _, pinned = environment["image"].partition("@")
        environment["imageDigest"] = (
            pinned or f"sha256:{hashlib.sha256(environment['image'].encode()).hexdigest()}"
        )
    return details


def _merged(old: Json, details: Json) -> Json:
    """What is named replaces what was, whole objects at a time.

    Kept where absent: top-level fields, the blocks of the configuration, and the instance configuration
    (which may be left out of an update but not of a deployment). Everything else inside the part that holds
    it is reset by leaving it out: the documents do not say, and this reading shows a client that it sends
    too little.
    """
    new = {**old, **details}
    if CONFIG in details:
        config = {**old[CONFIG], **details[CONFIG]}
        part = MODEL if MODEL in config else INFRASTRUCTURE
        instance: Any = old[CONFIG][part]["instanceConfiguration"]
        config[part] = {"instanceConfiguration": instance, **config[part]}
        new[CONFIG] = config
    return _with_digest(new)


def _view(site: Site, record: Record, call: Call) -> Json:
    """What clients see. The URL and the instance count are not stored: they follow from where and what we
    are.
    """
    system = {
        "systemInfraType": "INSTANCE_POOL",
        "currentInstanceCount": _instances_now(site, record),
    }
    return {
        **record.document,
        "modelDeploymentUrl": f"{call.base}/{record.id}",
        "modelDeploymentSystemData": system,
    }


def _instances_now(site: Site, record: Record) -> int:
    """The servers that serve; where none are run, as many as there would be."""
    counted = site.servers(record.id)
    if counted is not None:
        return counted
    return instance_count(record.document) if record.state in (*SERVING, "UPDATING") else 0


_ACTIONS = "/modelDeployments/{id}/actions"
OPERATIONS = (
    Operation(
        "create_model_deployment", "POST", "/modelDeployments", create, documents.create, retry_token=True
    ),
    Operation("list_model_deployments", "GET", "/modelDeployments", list_all, query=_LISTING.query),
    Operation("get_model_deployment", "GET", "/modelDeployments/{id}", get),
    Operation("update_model_deployment", "PUT", "/modelDeployments/{id}", update, documents.update),
    Operation("delete_model_deployment", "DELETE", "/modelDeployments/{id}", delete),
    Operation("activate_model_deployment", "POST", f"{_ACTIONS}/activate", activate),
    Operation("deactivate_model_deployment", "POST", f"{_ACTIONS}/deactivate", deactivate),
    Operation(
        "list_model_deployment_shapes",
        "GET",
        "/modelDeploymentShapes",
        shapes,
        query=("compartmentId", "limit", "page"),
    ),
)
