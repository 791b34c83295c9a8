"""The model deployments of experiments: the one that they share, its updates, and waiting for both.

With an image it runs Triton in a container; without, it is the service's own server for Python models, which
needs neither an image nor a policy for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from datascience_emulator.verify.artifacts import (
    INFERENCE,
    MODEL_NAME,
    MODEL_VERSION,
    python_model,
    triton_model,
)
from datascience_emulator.verify.lab import MEMORY_GB, OCPUS, Lab
from datascience_emulator.verify.service import Answer
from datascience_emulator.verify.values import CannotTell, Seen, seen

START_MINUTES = 75.0
"""An image may take 20 minutes to load, and the service's own limit for the whole is longer."""
BANDWIDTH = 20
"""Mbps: twice the default, so that a reset can be seen."""
_PATH = "/modelDeployments"
_CONFIG = "modelDeploymentConfigurationDetails"
_RESTING = ("ACTIVE", "INACTIVE", "FAILED", "NEEDS_ATTENTION", "DELETED")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The configuration of a deployment, as far as experiments change it. `bandwidth` None: left out.
    `options`: of the start command of Triton.
    """

    model: str
    image: str | None
    shape: str
    variables: Mapping[str, str] = field(default_factory=dict)
    bandwidth: int | None = BANDWIDTH
    options: tuple[str, ...] = ()

    def with_variable(self, name: str) -> "Wanted":
        return replace(self, variables={**self.variables, name: "1"})

    @property
    def body(self) -> dict[str, Any]:
        """Complete, as known clients send it: whatever is left out might be reset."""
        model: dict[str, Any] = {
            "modelId": self.model,
            "instanceConfiguration": {
                "instanceShapeName": self.shape,
                "modelDeploymentInstanceShapeConfigDetails": {"ocpus": OCPUS, "memoryInGBs": MEMORY_GB},
            },
            "scalingPolicy": {"policyType": "FIXED_SIZE", "instanceCount": 1},
        }
        if self.bandwidth is not None:
            model["bandwidthMbps"] = self.bandwidth
        return {
            "deploymentType": "SINGLE_MODEL",
            "modelConfigurationDetails": model,
            "environmentConfigurationDetails": self._environment,
        }

    @property
    def _environment(self) -> dict[str, Any]:
        if self.image is None:
            return {
                "environmentConfigurationType": "DEFAULT",
                "environmentVariables": dict(self.variables),
            }
        return {
            "environmentConfigurationType": "OCIR_CONTAINER",
            "image": self.image,
            "cmd": [
                "/opt/nvidia/nvidia_entrypoint.sh",
                "tritonserver",
                "--model-repository=/opt/ds/model/deployed_model",
                *self.options,
            ],
            "serverPort": 8000,
            "healthCheckPort": 8000,
            "environmentVariables": {"CONTAINER_TYPE": "TRITON", **self.variables},
        }


class Shared:
    """The deployment that experiments share, and what it was given last."""

    def __init__(self, lab: Lab, wanted: Wanted, answer: Answer) -> None:
        """Waits until what was `wanted` is ACTIVE. `answer`: what creating it was answered. Raises
        CannotTell.
        """
        self._lab, self.wanted = lab, wanted
        self.ocid = lab.found(_PATH, "the shared model deployment", answer)
        document = settled(lab, self.ocid)
        if document.get("lifecycleState") != "ACTIVE":
            why = f"the shared model deployment did not become ACTIVE: it is {document.get('lifecycleState')}"
            raise CannotTell(why, *work_errors(lab, answer))
        self.url = str(document.get("modelDeploymentUrl", ""))

    def document(self) -> dict[str, Any]:
        return read(self._lab, self.ocid).document

    def require_active(self) -> None:
        """Waits for what an experiment before may have begun. Raises CannotTell."""
        state = settled(self._lab, self.ocid).get("lifecycleState")
        if state != "ACTIVE":
            raise CannotTell(f"the shared model deployment is {state}")

    def send(self, wanted: Wanted, **more: Any) -> Answer:
        """Sends an update, without waiting for its end. `more`: further fields of the deployment."""
        self.require_active()
        self._lab.say("updating the shared model deployment")
        return self._lab.service.call("PUT", f"{_PATH}/{self.ocid}", {_CONFIG: wanted.body, **more})

    def update(self, wanted: Wanted, **more: Any) -> Answer:
        """As `send`; waits for the end if it is accepted. Raises CannotTell when it fails then."""
        answer = self.send(wanted, **more)
        if answer.good:
            self._finish(answer)
            self.wanted = wanted
        return answer

    def rename(self, description: str) -> Answer:
        """An update of the description alone, in whatever state it is."""
        return self._lab.service.call("PUT", f"{_PATH}/{self.ocid}", {"description": description})

    def predict(self) -> Answer:
        """The answer to an inference request that fits the model."""
        of_triton = {"model_name": MODEL_NAME, "model_version": MODEL_VERSION}
        headers, body = (of_triton, INFERENCE) if self._lab.place.image else ({}, b"{}")
        return self._lab.service.predict(f"{self.url}/predict", headers, body)

    def act(self, action: str) -> Answer:
        """Sends `activate` or `deactivate`, without waiting for its end."""
        self._lab.say(f"asking for: {action} the shared model deployment")
        return self._lab.service.call("POST", f"{_PATH}/{self.ocid}/actions/{action}")

    def _finish(self, answer: Answer) -> None:
        work = finished(self._lab, answer)
        state = settled(self._lab, self.ocid).get("lifecycleState")
        if state != "ACTIVE" or work not in ("SUCCEEDED", ""):
            why = f"the update was accepted, and its work ended {work}: the deployment is {state}"
            raise CannotTell(why, seen("update", answer), *work_errors(self._lab, answer))


def shared(lab: Lab) -> Shared:
    """It is created once, also when the cloud does not answer while it starts."""
    wanted, answer = lab.once("start of the shared deployment", lambda: _start_shared(lab))
    return lab.once("shared deployment", lambda: Shared(lab, wanted, answer))


def _start_shared(lab: Lab) -> tuple[Wanted, Answer]:
    wanted = Wanted(another_model(lab, "shared-1"), lab.place.image, lab.place.shape)
    lab.say("starting the model deployment that the experiments share")
    return wanted, create(lab, "shared", wanted)


def another_model(lab: Lab, what: str, *, broken: bool = False) -> str:
    """A catalog model that the shared deployment can serve, unless it is broken."""
    make = python_model if lab.place.image is None else triton_model
    return lab.model(what, make(what, broken=broken))


def create(lab: Lab, what: str, wanted: Wanted) -> Answer:
    return lab.create(_PATH, what, {"projectId": lab.project(), _CONFIG: wanted.body})


def read(lab: Lab, ocid: str) -> Answer:
    return lab.service.call("GET", f"{_PATH}/{ocid}")


def settled(lab: Lab, ocid: str) -> dict[str, Any]:
    """The document of a deployment, once no work on it is under way."""

    def look() -> dict[str, Any] | None:
        document = read(lab, ocid).document
        return document if document.get("lifecycleState") in _RESTING else None

    return lab.wait("the model deployment to come to rest", look, START_MINUTES)


def finished(lab: Lab, answer: Answer) -> str:
    """How the work request of an answer ended; "" when the answer names none."""
    work = answer.headers.get("opc-work-request-id")
    if not work:
        return ""

    def look() -> str | None:
        status = lab.service.call("GET", f"/workRequests/{work}").document.get("status")
        return str(status) if status in ("SUCCEEDED", "FAILED", "CANCELED") else None

    return lab.wait("the work request to end", look, START_MINUTES)


def work_errors(lab: Lab, answer: Answer) -> tuple[Seen, ...]:
    """What the work request of an answer says of its failure."""
    work = answer.headers.get("opc-work-request-id")
    if not work:
        return ()
    errors = lab.service.call("GET", f"/workRequests/{work}/errors").items
    return tuple(
        Seen("error of the work request", 0, str(one.get("code", "")), str(one.get("message", "")))
        for one in errors[:5]
    )
