"""What is worth knowing beside the readings: the local cloud behaves in one way, and has no choice for it."""

from dataclasses import replace
from typing import Any

from datascience_emulator.verify.deployments import another_model, finished, settled, shared, work_errors
from datascience_emulator.verify.experiment import Deployment, Experiment, Need
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.service import Answer
from datascience_emulator.verify.values import CannotTell, Seen, Told, seen


def _container_and_environment(lab: Lab) -> Told:
    deployment = shared(lab)
    wanted = replace(deployment.wanted, options=("--log-verbose=0",)).with_variable("VERIFY_CONTAINER")
    return _accepted("start command and environment variables in one update", deployment.update(wanted))


def _same_values(lab: Lab) -> Told:
    deployment = shared(lab)
    answer = deployment.update(deployment.wanted, description="The same configuration, sent again.")
    return _accepted("the same configuration, and another description", answer)


def _accepted(what: str, answer: Answer) -> Told:
    return Told("accepted" if answer.good else f"refused with {answer.status}", (seen(what, answer),))


def _failed_update(lab: Lab) -> Told:
    deployment = shared(lab)
    before = deployment.wanted.model
    broken = another_model(lab, "broken", broken=True)
    answer = deployment.send(replace(deployment.wanted, model=broken))
    here = seen("an update to a model that no server starts with", answer)
    if not answer.good:
        raise CannotTell("the update was refused", here)
    work = finished(lab, answer)
    document = settled(lab, deployment.ocid)
    if document.get("lifecycleState") == "ACTIVE" and work == "SUCCEEDED":
        raise CannotTell("the update did not fail: a local cloud runs nothing without --image", here)
    config = {before: "old", broken: "new"}.get(str(_model_of(document)), "neither")
    serves, again = deployment.predict(), deployment.rename("After a failed update.")
    words = (
        f"the work request ends {work}; the deployment is {document.get('lifecycleState')} "
        f"and shows the {config} configuration; it "
        f"{'answers' if serves.good else 'does not answer'} inference requests, "
        f"and {'takes' if again.good else 'does not take'} another update"
    )
    more = (seen("an inference request", serves), seen("another update", again))
    details = Seen(f"lifecycleDetails: {document.get('lifecycleDetails')}", 0)
    return Told(words, (here, *work_errors(lab, answer), details, *more))


def _model_of(document: dict[str, Any]) -> object:
    config = document.get("modelDeploymentConfigurationDetails") or {}
    return (config.get("modelConfigurationDetails") or {}).get("modelId")


CONTAINER_AND_ENVIRONMENT = Experiment(
    "container-and-environment",
    "updates start command and environment variables of the shared deployment at once",
    _container_and_environment,
    need=Need.IMAGE,
    deployment=Deployment.SHARED,
    minutes=15,
    question="May the container (image, start command, ports) and the environment variables of a serving "
    "deployment change in one update?",
)
SAME_VALUES = Experiment(
    "same-values",
    "sends the shared deployment its own configuration again, with another description",
    _same_values,
    deployment=Deployment.SHARED,
    minutes=10,
    question="Is an update accepted that states the whole configuration as it is?",
)
FAILED_UPDATE = Experiment(
    "failed-update",
    "updates the shared deployment to a model that no server starts with, and looks at it afterwards",
    _failed_update,
    deployment=Deployment.SHARED,
    minutes=45,
    question="What is a deployment like after an update that failed: its state, the configuration that it "
    "shows, whether it serves, whether it can be updated?",
)
