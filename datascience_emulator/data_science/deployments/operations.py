"""Model deployments: which calls are allowed in which state. `lifecycle` does the work that they start."""

from copy import deepcopy

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation
from datascience_emulator.api.records import Listing, etag, find, find_to_change, list_records
from datascience_emulator.data_science import compartment_changes
from datascience_emulator.data_science.deployments import documents
from datascience_emulator.data_science.deployments.document_parts import (
    CONFIG,
    SERVING,
    compute_target_id,
    environment,
    instance_count,
    scales,
)
from datascience_emulator.data_science.deployments.image_digests import ask_registries, check_image, pin
from datascience_emulator.data_science.deployments.option_groups import refusal, refusal_anytime
from datascience_emulator.data_science.deployments.references import check_references
from datascience_emulator.data_science.deployments.service_limits import check_limits
from datascience_emulator.data_science.deployments.updates import merged
from datascience_emulator.data_science.projects.rules import check_project
from datascience_emulator.data_science.work_requests.work import start_creation, start_work
from datascience_emulator.store.store import Record
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.empty_values import NO_TAGS
from datascience_emulator.wire.errors import ServiceError, invalid, missing
from datascience_emulator.wire.ids_and_times import new_ocid, timestamp
from datascience_emulator.wire.json_values import Json, JsonValue

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


def create(cloud: Cloud, call: Call) -> Answer:
    details = call.body
    check_project(cloud.store, details["projectId"])
    check_references(cloud, details)
    check_limits(cloud.store, cloud.limits.service, details)
    pinned = pin(cloud, call, deepcopy(details))
    document = {
        "id": new_ocid("datasciencemodeldeployment", cloud.region),
        "displayName": call.now.strftime("modeldeployment%Y%m%d%H%M%S"),
        **NO_TAGS,
        **details,
        "createdBy": call.caller.user,
        "timeCreated": timestamp(call.now),
        "lifecycleState": "CREATING",
    }
    target = document | {CONFIG: pinned[CONFIG]}
    if not environment(document).get("imageDigest"):
        environment(document).pop("imageDigest", None)  # filled in when the work ends
    record = Record("deployment", document["id"], document, {"target": target})
    view = _view(cloud, record, call)
    return start_creation(cloud, call, "MODEL_DEPLOYMENT_CREATE", record, view)


def get(cloud: Cloud, call: Call) -> Answer:
    record = find(cloud.store, "deployment", call.params["id"])
    return Answer(body=_view(cloud, record, call), headers=etag(record), seen=(record.id,))


def list_all(cloud: Cloud, call: Call) -> Answer:
    records, headers = list_records(cloud.store, call, _LISTING)
    views = [_view(cloud, record, call) for record in records]
    for view in views:
        view.pop("lifecycleDetails", None)  # the one field that lists leave out (SDK, ModelDeploymentSummary)
    return Answer(body=views, headers=headers, seen=tuple(record.id for record in records))


def update(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "deployment", call, *SERVING, "INACTIVE")
    details = call.body
    update_type = details.get(CONFIG, {}).pop("updateType", "ZDT")
    target = _target(cloud, call, record, details, live=update_type == "LIVE")
    check_references(cloud, target, record.document)
    record.private |= {"target": target, "updateType": update_type}
    return _start_work(
        cloud, call, "MODEL_DEPLOYMENT_UPDATE", record, "UPDATING", displayName=target["displayName"]
    )


def activate(cloud: Cloud, call: Call) -> Answer:
    """What it refers to is checked again: it may have been deleted or deactivated meanwhile
    (docs/service.md §1.2, §2.2). UNVERIFIED: that the call is refused, and not that the work fails.
    """
    record = find_to_change(cloud.store, "deployment", call, "INACTIVE")
    check_references(cloud, record.document)
    check_image(cloud, call, record.document)
    return _start_work(cloud, call, "MODEL_DEPLOYMENT_ACTIVATE", record, cloud.readings.activating)


def deactivate(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "deployment", call, *SERVING)
    return _start_work(cloud, call, "MODEL_DEPLOYMENT_DEACTIVATE", record, "UPDATING")


def delete(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "deployment", call, *SERVING, "INACTIVE", "FAILED")
    return _start_work(cloud, call, "MODEL_DEPLOYMENT_DELETE", record, "DELETING")


def change_compartment(cloud: Cloud, call: Call) -> Answer:
    record = find_to_change(cloud.store, "deployment", call, *SERVING, "INACTIVE", "FAILED")
    return compartment_changes.move(cloud, call, record)


# -- parts


def _start_work(
    cloud: Cloud, call: Call, operation: str, record: Record, state: str, **shown: JsonValue
) -> Answer:
    """Open work on a deployment. While it goes on there are no lifecycleDetails, and `shown` is seen already
    (docs/service.md §2.1).
    """
    before = {name: record.document.get(name) for name in ("lifecycleDetails", *shown)}
    record.document.pop("lifecycleDetails", None)
    record.document |= shown
    record.private["before"] = before
    return start_work(cloud, call, operation, record, state)


async def _image_ahead(cloud: Cloud, call: Call) -> Call:
    """For what creates, updates or activates a deployment: the image that it will have."""
    if "id" not in call.params:
        return await ask_registries(cloud, call, call.body)
    record = cloud.store.get("deployment", call.params["id"])
    if record is None:
        return call
    if call.body is None:
        return await ask_registries(cloud, call, record.document)
    target = merged(record.document, call.body, cloud.readings.omitted)
    return await ask_registries(cloud, call, target, record.document)


def _target(cloud: Cloud, call: Call, record: Record, details: Json, *, live: bool) -> Json:
    """The document that the deployment has after the update. Raises what the update is refused with."""
    if details.get(CONFIG, {}).get("deploymentType") not in (None, record.document[CONFIG]["deploymentType"]):
        raise invalid(str(refusal_anytime(record.document, details)))
    target = merged(record.document, details, cloud.readings.omitted)
    if environment(target).get("environmentConfigurationType") == "OCIR_CONTAINER":
        _require_image(environment(target))
    target = pin(cloud, call, target, record.document)
    if reason := refusal_anytime(record.document, target, live=live):
        raise invalid(reason)
    reading = cloud.readings.update_groups
    if record.state in SERVING and (reason := refusal(record.document, target, reading, live=live)):
        raise _refused_update(cloud, reason)
    return target


def _require_image(container: Json) -> None:
    if "image" not in container:
        raise missing(f"{CONFIG}.environmentConfigurationDetails.image: required")


def _refused_update(cloud: Cloud, reason: str) -> ServiceError:
    """UNVERIFIED: which of the two it is."""
    return (
        ServiceError(409, "IncorrectState", reason)
        if cloud.readings.refused_update == "409"
        else invalid(reason)
    )


def _view(cloud: Cloud, record: Record, call: Call) -> Json:
    """What clients see: the document, with its URL and instance count, which are not stored."""
    view = {
        **record.document,
        "modelDeploymentUrl": f"{call.base}/{record.id}",
        "deploymentMode": "HTTPS_ONLY",
    }
    if not (scales(record.document) or cloud.readings.system_data == "all"):
        return view
    on_cluster = compute_target_id(record.document) is not None
    system = {
        "systemInfraType": "MANAGED_COMPUTE_CLUSTER" if on_cluster else "INSTANCE_POOL",
        "currentInstanceCount": _instances_now(cloud, record),
    }
    return view | {"modelDeploymentSystemData": system}


def _instances_now(cloud: Cloud, record: Record) -> int:
    """The number of servers that serve. Where the emulator runs none, the number that the configuration asks
    for.
    """
    running = cloud.servers.count(record.id)
    if running is not None:
        return running
    return instance_count(record.document) if record.state in (*SERVING, "UPDATING") else 0


_ACTIONS = "/modelDeployments/{id}/actions"
OPERATIONS = (
    Operation(
        "create_model_deployment",
        "POST",
        "/modelDeployments",
        create,
        documents.create,
        retry_token=True,
        ahead=_image_ahead,
        note="SINGLE_MODEL_FLEX has documents, states and work requests only: nothing serves it.",
    ),
    Operation("list_model_deployments", "GET", "/modelDeployments", list_all, query=_LISTING.query),
    Operation("get_model_deployment", "GET", "/modelDeployments/{id}", get),
    Operation(
        "update_model_deployment",
        "PUT",
        "/modelDeployments/{id}",
        update,
        documents.update,
        ahead=_image_ahead,
    ),
    Operation("delete_model_deployment", "DELETE", "/modelDeployments/{id}", delete),
    Operation("activate_model_deployment", "POST", f"{_ACTIONS}/activate", activate, ahead=_image_ahead),
    Operation("deactivate_model_deployment", "POST", f"{_ACTIONS}/deactivate", deactivate),
    compartment_changes.operation(
        "change_model_deployment_compartment", "/modelDeployments/{id}", change_compartment
    ),
)
