"""What may change in one update of a deployment that serves, and what becomes of what it leaves out."""

from dataclasses import replace

from datascience_emulator.verify.deployments import BANDWIDTH, another_model, shared
from datascience_emulator.verify.experiment import Deployment, Experiment
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.service import Answer
from datascience_emulator.verify.values import CannotTell, Seen, Told, by_status, seen


def _omitted(lab: Lab) -> Told:
    """Nothing else changes, so that the update is one of the bandwidth at most."""
    deployment = shared(lab)
    answer = deployment.update(replace(deployment.wanted, bandwidth=None))
    here = seen("an update without bandwidthMbps", answer)
    if not answer.good:
        raise CannotTell("an update that leaves bandwidthMbps out is refused", here)
    config = deployment.document().get("modelDeploymentConfigurationDetails") or {}
    after = (config.get("modelConfigurationDetails") or {}).get("bandwidthMbps")
    deployment.wanted = replace(deployment.wanted, bandwidth=after)
    afterwards = Seen(f"bandwidthMbps was {BANDWIDTH}, and is {after} afterwards", 0)
    return Told("kept" if after == BANDWIDTH else "reset", (here, afterwards))


def _refused_update(lab: Lab) -> Told:
    """Bandwidth and environment: together by no source that is known."""
    deployment = shared(lab)
    wanted = replace(deployment.wanted, bandwidth=BANDWIDTH + 10).with_variable("VERIFY_REFUSED")
    answer = deployment.update(wanted)
    what = "bandwidth and environment in one update"
    if answer.good:
        why = "bandwidth and environment may change together, so nothing was refused"
        raise CannotTell(why, seen(what, answer))
    alone = _environment_alone(lab)
    if not alone.good:
        raise CannotTell("the environment alone is refused, too", seen(what, answer), _seen_alone(alone))
    return by_status(what, answer, {400: "400", 409: "409"}, _seen_alone(alone))


def _update_groups(lab: Lab) -> Told:
    """When they are refused together, each alone has to be accepted."""
    deployment = shared(lab)
    model = another_model(lab, "shared-2")
    both = replace(deployment.wanted, model=model).with_variable("VERIFY_GROUPS")
    answer = deployment.update(both)
    here = seen("model and environment in one update", answer)
    if answer.good:
        return Told("documented", (here,))
    if answer.status not in (400, 409):
        raise CannotTell(f"the answer was {answer.status}, which is none of 400, 409", here)
    environment = _environment_alone(lab)
    alone = [here, _seen_alone(environment)]
    if environment.good:
        model_alone = deployment.update(replace(deployment.wanted, model=model))
        alone.append(seen("the model alone", model_alone))
        if model_alone.good:
            return Told("strict", tuple(alone))
    raise CannotTell("one of the two is refused alone, too", *alone)


def _environment_alone(lab: Lab) -> Answer:
    """The answer to an update of the environment alone, which takes its time: it is sent once."""

    def send() -> Answer:
        deployment = shared(lab)
        return deployment.update(deployment.wanted.with_variable("VERIFY_ALONE"))

    return lab.once("environment alone", send)


def _seen_alone(answer: Answer) -> Seen:
    return seen("the environment alone", answer)


OMITTED = Experiment(
    "omitted",
    "updates the shared deployment without its bandwidth",
    _omitted,
    deployment=Deployment.SHARED,
    minutes=15,
)
REFUSED_UPDATE = Experiment(
    "refused-update",
    "updates bandwidth and environment of the shared deployment at once; if that is refused, one alone",
    _refused_update,
    deployment=Deployment.SHARED,
    minutes=15,
)
UPDATE_GROUPS = Experiment(
    "update-groups",
    "updates model and environment of the shared deployment at once; if that is refused, each alone",
    _update_groups,
    deployment=Deployment.SHARED,
    minutes=30,
)
