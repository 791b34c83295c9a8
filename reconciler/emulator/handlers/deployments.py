"""Model deployments: what may be asked for in which state. The work itself is done by `lifecycle`."""

import hashlib
from typing import Any

from .. import deployment_documents as documents
from ..errors import incorrect_state, invalid, related_not_found
from ..fleets import instance_count
from ..jsons import Json
from ..lifecycle import SERVING
from ..plane import Site
from ..shapes import SHAPES
from ..store import Record
from ..update_groups import changed_groups, check_combination, check_networking
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
_CONFIG = "modelDeploymentConfigurationDetails"


def create(site: Site, call: Call) -> Answer:
    details = documents.create(call.body, "")
    project = site.store.get("project", details["projectId"])
    if project is None or project.state != "ACTIVE":
        raise related_not_found(f"projectId {details['projectId']}")
    _check_model(site, details)
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
    return Answer(body=_view(record, call), headers=headers, work=work, made=record.id)


def get(site: Site, call: Call) -> Answer:
    record = find(site.store, "deployment", call.params["id"])
    return Answer(body=_view(record, call), headers=etag(record), seen=(record.id,))


def list_all(site: Site, call: Call) -> Answer:
    records, headers = list_records(site.store, call, _LISTING)
    views = [_view(record, call) for record in records]
    for view in views:
        view.pop(
            "lifecycleDetails", None
        )  # the one field that a list leaves out (SDK, ModelDeploymentSummary)
    return Answer(body=views, headers=headers, seen=tuple(record.id for record in records))


def update(site: Site, call: Call) -> Answer:
    record = find_to_change(site.store, "deployment", call)
    _require(record, *SERVING, "INACTIVE")
    target = _merged(record.document, documents.update(call.body, ""))
    _check_model(site, target)
    check_networking(record.document, target)
    if record.state in SERVING:
        check_combination(changed_groups(record.document, target))
    record.private["target"] = target
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


def _check_model(site: Site, document: Json) -> None:
    model_id = document[_CONFIG]["modelConfigurationDetails"]["modelId"]
    model = site.store.get("model", model_id)
    if model is None or model.state in ("DELETED", "FAILED"):
        raise related_not_found(f"modelId {model_id}")
    if model.state == "INACTIVE":
        raise invalid(
            f"The model {model_id} is inactive; an inactive model cannot be used in a model deployment."
        )


def _with_digest(details: Json) -> Json:
    """The service resolves the tag of the image when no digest is given.

    There is no registry here: a digest of the image's name stands in for the digest of the image.
    """
    environment = details[_CONFIG].get("environmentConfigurationDetails", {})
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

    Kept where absent: top-level fields, the environment block, and the instance configuration (which may be
    left out of an update but not of a deployment). Everything else inside the model part is reset by leaving
    it out: the documents do not say, and this reading shows a client that it sends too little.
    """
    new = {**old, **details}
    if _CONFIG in details:
        config = {**old[_CONFIG], **details[_CONFIG]}
        instance: Any = old[_CONFIG]["modelConfigurationDetails"]["instanceConfiguration"]
        config["modelConfigurationDetails"] = {
            "instanceConfiguration": instance,
            **config["modelConfigurationDetails"],
        }
        new[_CONFIG] = config
    return _with_digest(new)


def _view(record: Record, call: Call) -> Json:
    """What clients see. The URL and the instance count are not stored: they follow from where and what we
    are.
    """
    serving = record.state in (*SERVING, "UPDATING")
    system = {
        "systemInfraType": "INSTANCE_POOL",
        "currentInstanceCount": instance_count(record.document) if serving else 0,
    }
    return {
        **record.document,
        "modelDeploymentUrl": f"{call.base}/{record.id}",
        "modelDeploymentSystemData": system,
    }
