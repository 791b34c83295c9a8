"""Compute targets, private endpoints, and deployments that use them."""

from typing import Any

import requests

from tests.support.clusters import compute_target, flex, private_endpoint
from tests.support.clusters import deploy as deploy_flex
from tests.support.emulator import Emulator
from tests.support.refusals.proof import (
    CONFIG,
    MODEL,
    Cloud,
    Json,
    deploy,
    deployment,
    forever,
    ocid,
    refused,
)

_SIZE = {"resourceRequestConfiguration": {"ocpus": 2, "memoryInGBs": 16}}


def _flex(e: Emulator, target: str, **resources: Any) -> Json:
    body = deployment(e)
    body[CONFIG] |= {
        "deploymentType": "SINGLE_MODEL_FLEX",
        MODEL: {"modelId": body[CONFIG][MODEL]["modelId"]},
        "infrastructureConfigurationDetails": {
            "infrastructureType": "MANAGED_COMPUTE_CLUSTER",
            "computeTargetId": target,
            "modelDeploymentResourceConfiguration": _SIZE | resources,
        },
    }
    return body


def _target(e: Emulator) -> str:
    made = compute_target(e)
    e.finished(made)
    return str(made.data.id)


def _deployed(e: Emulator, target: str) -> str:
    project = e.project()
    made = deploy_flex(e, flex(e.model(project, b"content"), target), project)
    e.finished(made)
    return str(made.data.id)


@refused("unknown-compute-target")
def unknown_compute_target(cloud: Cloud) -> requests.Response:
    e = cloud()
    return deploy(e, _flex(e, ocid("datasciencecomputetarget")))


@refused("limit-below-request")
def limit_below_request(cloud: Cloud) -> requests.Response:
    e = cloud()
    limit = {"resourceLimitConfiguration": {"ocpus": 1, "memoryInGBs": 16}}
    return deploy(e, _flex(e, ocid("datasciencecomputetarget"), **limit))


@refused("other-target")
def other_target(cloud: Cloud) -> requests.Response:
    e = cloud()
    made = _deployed(e, _target(e))
    config = {
        "deploymentType": "SINGLE_MODEL_FLEX",
        "infrastructureConfigurationDetails": {
            "infrastructureType": "MANAGED_COMPUTE_CLUSTER",
            "computeTargetId": _target(e),
        },
    }
    return e.raw("PUT", f"/modelDeployments/{made}", {CONFIG: config})


@refused("target-shape")
def target_shape(cloud: Cloud) -> requests.Response:
    e = cloud()
    computer = {
        "computeType": "MANAGED_COMPUTE_CLUSTER",
        "instanceConfiguration": {"instanceShape": "VM.Huge"},
    }
    body = {"compartmentId": e.compartment, "computeConfigurationDetails": computer}
    return e.raw("POST", "/computeTargets", body)


@refused("target-in-use")
def target_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    target = _target(e)
    _deployed(e, target)
    return e.raw("DELETE", f"/computeTargets/{target}")


@refused("target-in-flight")
def target_in_flight(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    return e.raw("PUT", f"/computeTargets/{compute_target(e).data.id}", {"displayName": "other"})


# -- private endpoints


def _endpoint(e: Emulator, kind: str = "MODEL_DEPLOYMENT") -> str:
    made = private_endpoint(e, kind)
    e.finished(made)
    return str(made.data.id)


def _behind(e: Emulator, endpoint: str) -> requests.Response:
    body = deployment(e)
    body[CONFIG][MODEL]["instanceConfiguration"] |= {
        "subnetId": ocid("subnet"),
        "networkAccessType": "CUSTOM_NETWORKING",
        "privateEndpointId": endpoint,
    }
    return deploy(e, body)


@refused("unknown-private-endpoint")
def unknown_private_endpoint(cloud: Cloud) -> requests.Response:
    return _behind(cloud(), ocid("datascienceprivateendpoint"))


@refused("notebook-endpoint")
def notebook_endpoint(cloud: Cloud) -> requests.Response:
    e = cloud()
    return _behind(e, _endpoint(e, "NOTEBOOK_SESSION"))


@refused("endpoint-in-use")
def endpoint_in_use(cloud: Cloud) -> requests.Response:
    e = cloud()
    endpoint = _endpoint(e)
    assert _behind(e, endpoint).ok
    return e.raw("DELETE", f"/dataSciencePrivateEndpoints/{endpoint}")


@refused("endpoint-in-flight")
def endpoint_in_flight(cloud: Cloud) -> requests.Response:
    e = cloud(forever())
    made = private_endpoint(e).data.id
    return e.raw("PUT", f"/dataSciencePrivateEndpoints/{made}", {"displayName": "other"})
