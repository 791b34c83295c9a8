"""A proof of a refusal: a function that prepares an emulator, sends the request, and returns the answer."""

from collections.abc import Callable
from typing import Any

import requests

from datascience_emulator.lifecycle.progression import Reads
from tests.support.emulator import Emulator

Cloud = Callable[..., Emulator]
"""`cloud()` is an emulator shared by many proofs; `cloud(progression, readings=…)` starts one of its own."""

Proof = Callable[[Cloud], requests.Response]
PROOFS: dict[str, Proof] = {}


def forever() -> Reads:
    """Work that is not over while a test runs; each emulator needs its own."""
    return Reads(10_000)


def refused(name: str) -> Callable[[Proof], Proof]:
    """This function sends the request of the refusal called `name`."""

    def register(proof: Proof) -> Proof:
        assert name not in PROOFS, f"{name} has a proof already"
        PROOFS[name] = proof
        return proof

    return register


NOBODY = "none" + "a" * 56


def ocid(kind: str) -> str:
    """A legal OCID of nothing."""
    return f"ocid1.{kind}.oc1.iad.{NOBODY}"


Json = dict[str, Any]
CONFIG = "modelDeploymentConfigurationDetails"
MODEL = "modelConfigurationDetails"
ENVIRONMENT = "environmentConfigurationDetails"


def deployment(e: Emulator, model: str | None = None, **environment: Any) -> Json:
    """The body of a create that would be accepted."""
    project = e.project()
    return {
        "compartmentId": e.compartment,
        "projectId": project,
        CONFIG: {
            "deploymentType": "SINGLE_MODEL",
            MODEL: {
                "modelId": model or e.model(project),
                "bandwidthMbps": 10,
                "instanceConfiguration": {
                    "instanceShapeName": "VM.Standard.E4.Flex",
                    "modelDeploymentInstanceShapeConfigDetails": {"ocpus": 1, "memoryInGBs": 16},
                },
                "scalingPolicy": {"policyType": "FIXED_SIZE", "instanceCount": 1},
            },
            ENVIRONMENT: {
                "environmentConfigurationType": "OCIR_CONTAINER",
                "image": "iad.ocir.io/acme/triton:1.0.0",
                **environment,
            },
        },
    }


def deploy(e: Emulator, body: Json) -> requests.Response:
    return e.raw("POST", "/modelDeployments", body)


def group(e: Emulator, **changes: Any) -> Json:
    """The body of a create of a model group that would be accepted."""
    project = e.project()
    member = {"inferenceKey": "one", "modelId": e.model(project, b"content")}
    return {
        "createType": "CREATE",
        "compartmentId": e.compartment,
        "projectId": project,
        "modelGroupDetails": {"type": "HETEROGENEOUS"},
        "memberModelEntries": {"memberModelDetails": [member]},
        **changes,
    }
