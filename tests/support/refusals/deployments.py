"""Calls for a model deployment in the wrong state, or with references that do not exist."""

from typing import Any

import requests

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.readings import Readings
from tests.support.emulator import Emulator, artifact
from tests.support.refusals.proof import (
    CONFIG,
    ENVIRONMENT,
    MODEL,
    Cloud,
    Json,
    deploy,
    deployment,
    forever,
    ocid,
    refused,
)
from tests.support.waiting import wait_for


def _without(cloud: Cloud, part: str, **fields: Any) -> requests.Response:
    e = cloud()
    body = deployment(e)
    (body[CONFIG][MODEL] if part == MODEL else body[CONFIG][MODEL][part]).update(fields)
    return deploy(e, body)


def _made(e: Emulator) -> tuple[str, Json]:
    """A deployment that serves (nothing runs), and the body that made it."""
    body = deployment(e)
    found = str(deploy(e, body).json()["id"])
    e.settle(found)
    return found, body


def _in_flight(cloud: Cloud) -> tuple[Emulator, str]:
    """A deployment whose creation does not end."""
    e = cloud(forever())
    return e, str(deploy(e, deployment(e)).json()["id"])


@refused("unknown-model")
def unknown_model(cloud: Cloud) -> requests.Response:
    e = cloud()
    return deploy(e, deployment(e, ocid("datasciencemodel")))


@refused("unknown-group")
def unknown_group(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = deployment(e)
    single = body[CONFIG].pop(MODEL)
    del single["modelId"]
    body[CONFIG] |= {
        "deploymentType": "MODEL_GROUP",
        "modelGroupConfigurationDetails": {"modelGroupId": ocid("datasciencemodelgroup")},
        "infrastructureConfigurationDetails": {"infrastructureType": "INSTANCE_POOL", **single},
    }
    return deploy(e, body)


@refused("unknown-signature")
def unknown_signature(cloud: Cloud) -> requests.Response:
    return _without(cloud, MODEL, modelArtifactSignatureId=ocid("datasciencemodelartifactsignature"))


@refused("unknown-image")
def unknown_image(cloud: Cloud) -> requests.Response:
    e = cloud(readings=Readings(unknown_image="refused"))
    return deploy(e, deployment(e))


@refused("inactive-model")
def inactive_model(cloud: Cloud) -> requests.Response:
    e = cloud()
    model = e.model(e.project(), b"content")
    e.client.deactivate_model(model)
    return deploy(e, deployment(e, model))


@refused("inactive-at-activation")
def inactive_at_activation(cloud: Cloud) -> requests.Response:
    e = cloud()
    model = e.model(e.project(), b"content")
    made = str(deploy(e, deployment(e, model)).json()["id"])
    e.settle(made)
    e.finished(e.client.deactivate_model_deployment(made))
    e.client.deactivate_model(model)
    return e.raw("POST", f"/modelDeployments/{made}/actions/activate")


@refused("two-groups")
def two_groups(cloud: Cloud) -> requests.Response:
    e = cloud()
    made, body = _made(e)
    config = body[CONFIG]
    config[MODEL]["bandwidthMbps"] = 20
    config[ENVIRONMENT]["environmentVariables"] = {"MORE": "1"}
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: config})


@refused("back-to-default-network")
def back_to_default_network(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = deployment(e)
    instance = body[CONFIG][MODEL]["instanceConfiguration"]
    instance |= {"subnetId": ocid("subnet"), "networkAccessType": "CUSTOM_NETWORKING"}
    made = str(deploy(e, body).json()["id"])
    e.settle(made)
    del instance["subnetId"], instance["networkAccessType"]
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: body[CONFIG]})


@refused("no-image-in-update")
def no_image_in_update(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = deployment(e)
    body[CONFIG][ENVIRONMENT] = {"environmentConfigurationType": "DEFAULT"}
    made = str(deploy(e, body).json()["id"])
    e.settle(made)
    container = {"environmentConfigurationType": "OCIR_CONTAINER"}
    config = {"deploymentType": "SINGLE_MODEL", ENVIRONMENT: container}
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: config})


@refused("latest-flag")
def latest_flag(cloud: Cloud) -> requests.Response:
    return cloud().raw("GET", "/containers?isLatest=perhaps")


@refused("other-deployment-type")
def other_deployment_type(cloud: Cloud) -> requests.Response:
    e = cloud()
    made, _ = _made(e)
    other = {"deploymentType": "MODEL_GROUP"}
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: other})


@refused("live-without-group")
def live_without_group(cloud: Cloud) -> requests.Response:
    e = cloud()
    group = e.group(project := e.project(), {"one": e.model(project, b"content")})
    made = e.deploy_group(project, group, triton=False).data.id
    e.settle(made)
    config = {
        "deploymentType": "MODEL_GROUP",
        "updateType": "LIVE",
        "modelGroupConfigurationDetails": {"modelGroupId": group},
    }
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: config})


@refused("two-filters")
def two_filters(cloud: Cloud) -> requests.Response:
    e = cloud(readings=Readings(list_filters="one"))
    query = f"compartmentId={e.compartment}&displayName=one&lifecycleState=ACTIVE"
    return e.raw("GET", f"/modelDeployments?{query}")


@refused("update-in-flight")
def update_in_flight(cloud: Cloud) -> requests.Response:
    e, made = _in_flight(cloud)
    return e.raw("PUT", f"/modelDeployments/{made}", {"displayName": "other"})


@refused("update-failed")
def update_failed(cloud: Cloud) -> requests.Response:
    e = cloud()
    body = deployment(e, environmentVariables={"CONTAINER_TYPE": "TRITON", "BREAK": "it breaks"})
    body[CONFIG][MODEL]["modelId"] = e.model(e.project(), artifact("one"))
    made = str(deploy(e, body).json()["id"])
    assert e.settle(made).lifecycle_state == "FAILED"
    return e.raw("PUT", f"/modelDeployments/{made}", {"displayName": "other"})


@refused("activate-active")
def activate_active(cloud: Cloud) -> requests.Response:
    e = cloud()
    return e.raw("POST", f"/modelDeployments/{_made(e)[0]}/actions/activate")


@refused("deactivate-inactive")
def deactivate_inactive(cloud: Cloud) -> requests.Response:
    e = cloud()
    made, _ = _made(e)
    e.finished(e.client.deactivate_model_deployment(made))
    return e.raw("POST", f"/modelDeployments/{made}/actions/deactivate")


@refused("delete-creating")
def delete_creating(cloud: Cloud) -> requests.Response:
    e, made = _in_flight(cloud)
    return e.raw("DELETE", f"/modelDeployments/{made}")


@refused("move-in-flight")
def move_in_flight(cloud: Cloud) -> requests.Response:
    e, made = _in_flight(cloud)
    there = {"compartmentId": e.compartment}
    return e.raw("POST", f"/modelDeployments/{made}/actions/changeCompartment", there)


@refused("cancel-started")
def cancel_started(cloud: Cloud) -> requests.Response:
    e, made = _in_flight(cloud)
    works = e.client.list_work_requests(e.compartment, resource_id=made).data
    wait_for(lambda: e.client.get_work_request(works[0].id).data.status == "IN_PROGRESS")
    return e.raw("DELETE", f"/workRequests/{works[0].id}")


@refused("cancel-finished")
def cancel_finished(cloud: Cloud) -> requests.Response:
    e = cloud()
    made, _ = _made(e)
    works = e.client.list_work_requests(e.compartment, resource_id=made).data
    wait_for(lambda: e.client.get_work_request(works[0].id).data.time_finished)
    return e.raw("DELETE", f"/workRequests/{works[0].id}")


@refused("unknown-work")
def unknown_work(cloud: Cloud) -> requests.Response:
    return cloud().raw("GET", f"/workRequests/{ocid('datascienceworkrequest')}/logs")


@refused("unknown-digest")
def unknown_digest(cloud: Cloud) -> requests.Response:
    e = cloud(control=True)
    image = {"uri": "iad.ocir.io/acme/triton:1.0.0"}
    assert requests.post(f"{e.endpoint}/emulator/images", json=image, timeout=10).ok
    return deploy(e, deployment(e, imageDigest=f"sha256:{'0' * 64}"))


@refused("env-with-bandwidth")
def env_with_bandwidth(cloud: Cloud) -> requests.Response:
    e = cloud(readings=Readings(update_groups="documented"))
    made, body = _made(e)
    body[CONFIG][MODEL]["bandwidthMbps"] = 20
    body[CONFIG][ENVIRONMENT]["environmentVariables"] = {"MORE": "1"}
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: body[CONFIG]})


@refused("update-going")
def update_going(cloud: Cloud) -> requests.Response:
    e = cloud(ephemeral=True)
    made, _ = _made(e)
    e.orders.add(Order(Fault.HOLD, "delete_model_deployment"))
    assert e.raw("DELETE", f"/modelDeployments/{made}").ok
    return e.raw("PUT", f"/modelDeployments/{made}", {"displayName": "other"})


@refused("activate-in-flight")
def activate_in_flight(cloud: Cloud) -> requests.Response:
    e, made = _in_flight(cloud)
    return e.raw("POST", f"/modelDeployments/{made}/actions/activate")


@refused("deactivate-in-flight")
def deactivate_in_flight(cloud: Cloud) -> requests.Response:
    e, made = _in_flight(cloud)
    return e.raw("POST", f"/modelDeployments/{made}/actions/deactivate")


@refused("live-with-more")
def live_with_more(cloud: Cloud) -> requests.Response:
    e = cloud()
    project = e.project()
    one, two = (e.group(project, {"one": e.model(project, b"content")}) for _ in range(2))
    made = e.deploy_group(project, one, triton=False).data.id
    e.settle(made)
    config = e.raw("GET", f"/modelDeployments/{made}").json()[CONFIG]
    config |= {"updateType": "LIVE", "modelGroupConfigurationDetails": {"modelGroupId": two}}
    config["infrastructureConfigurationDetails"]["bandwidthMbps"] = 20
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: config})
