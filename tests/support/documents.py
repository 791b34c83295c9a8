"""Deployments as the SDK sends and reads them, through its own (de)serialisation; nothing is sent."""

import json
from typing import Any

import oci
from oci.data_science import models

from reconciler.adapters.oci.conversion.live import live_of
from reconciler.adapters.oci.conversion.requests import create_details
from reconciler.core.model.configuration import (
    Configuration,
    Container,
    FixedScaling,
    Instance,
    Metric,
    ThresholdRule,
)
from reconciler.core.model.live import Live, Marks

NO_MARKS = Marks()
CPU = ThresholdRule(Metric.CPU, 70, 30)
CLIENT = oci.base_client.BaseClient(
    "test",
    {"region": "us-ashburn-1"},
    oci.auth.signers.SecurityTokenSigner.__new__(oci.auth.signers.SecurityTokenSigner),
    models.data_science_type_mapping,
    service_endpoint="http://127.0.0.1:1",
)
PROJECT, COMPARTMENT, OCID, MODEL = (
    "ocid1.datascienceproject.p",
    "ocid1.compartment.c",
    "ocid1.datasciencemodeldeployment.d",
    "ocid1.datasciencemodel.m",
)


def wire(body: object) -> dict[str, Any]:
    """What the SDK would send."""
    sent: dict[str, Any] = json.loads(json.dumps(CLIENT.sanitize_for_serialization(body)))
    return sent


def read(document: dict[str, Any], kind: str = "ModelDeployment") -> Any:
    """What the SDK would make of an answer."""
    return CLIENT.deserialize_response_data(json.dumps(document).encode(), kind)


def created(configuration: Configuration, marks: Marks = NO_MARKS, model: str = MODEL) -> dict[str, Any]:
    body = wire(create_details(configuration, model, marks, PROJECT, COMPARTMENT))
    return {**body, "id": OCID, "lifecycleState": "ACTIVE", "modelDeploymentUrl": f"https://md/{OCID}"}


def updated(document: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """As the service does it: top-level fields replaced whole, an empty digest looked up."""
    environment = body.get("modelDeploymentConfigurationDetails", {}).get(
        "environmentConfigurationDetails", {}
    )
    if environment.get("imageDigest") == "":
        del environment["imageDigest"]
    return {**document, **body}


def live(document: dict[str, Any], digest: str | None = None) -> Live:
    return live_of(read(document), {MODEL: digest} if digest else {})


def configuration_with(**parts: Any) -> Configuration:
    defaults: dict[str, Any] = {
        "name": "vision",
        "artifact": None,
        "container": Container("iad.ocir.io/acme/triton:1"),
        "instance": Instance("VM.Standard.E4.Flex", 2.0, 16.0),
        "scaling": FixedScaling(1),
    }
    return Configuration(**{**defaults, **parts})
