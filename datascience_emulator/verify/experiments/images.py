"""What becomes of a deployment whose image does not exist: one deployment tells for two readings."""

import re
from dataclasses import dataclass

from datascience_emulator.verify.artifacts import triton_model
from datascience_emulator.verify.deployments import Wanted, create, settled, work_errors
from datascience_emulator.verify.experiment import Deployment, Experiment
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.service import Answer
from datascience_emulator.verify.values import CannotTell, Seen, Told, seen

_LIMITS = ("LimitExceeded", "QuotaExceeded")
_NO_ROOM = re.compile("capacity|limit|quota", re.IGNORECASE)
"""Of a failure that has nothing to do with the image."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """`state`: that of the deployment in the end; None when the call was refused."""

    state: str | None
    seen: tuple[Seen, ...]


def _unknown_image(lab: Lab) -> Told:
    ended = lab.once("image that is not there", lambda: _without_image(lab))
    if ended.state is None:
        return Told("refused", ended.seen)
    if ended.state == "ACTIVE":
        return Told("accepted", ended.seen)
    raise CannotTell(
        "the call is accepted and the work fails: the local cloud does so with --servers docker and "
        "missing-image=work alone",
        *ended.seen,
    )


def _missing_image(lab: Lab) -> Told:
    ended = lab.once("image that is not there", lambda: _without_image(lab))
    if ended.state == "ACTIVE":
        raise CannotTell("the image is not looked for: the local cloud does so without --servers docker")
    return Told("call" if ended.state is None else "work", ended.seen)


def _create_without_image(lab: Lab) -> Answer:
    lab.secret.append(namespace := lab.service.namespace())
    name = f"{lab.place.region}.ocir.io/{namespace}/datascience-emulator-verify/none"
    model = lab.model("no-image", triton_model("no-image"))
    wanted = Wanted(model, f"{name}:{lab.marker.run}", lab.place.shape)
    lab.say("creating a model deployment of an image that does not exist")
    return create(lab, "no-image", wanted)


def _without_image(lab: Lab) -> _Ended:
    answer = lab.once("create without an image", lambda: _create_without_image(lab))
    here = seen("create a deployment of an image that does not exist", answer)
    if not answer.good:
        return _refused(answer, here)
    ocid = lab.found("/modelDeployments", "the model deployment", answer)
    state = str(settled(lab, ocid).get("lifecycleState"))
    lab.service.call("DELETE", f"/modelDeployments/{ocid}")  # so that it costs nothing from here on
    errors = work_errors(lab, answer)
    if state not in ("ACTIVE", "FAILED"):
        raise CannotTell(f"the deployment ended {state}", here, *errors)
    if any(_NO_ROOM.search(f"{error.code} {error.message}") for error in errors):
        raise CannotTell("the deployment failed for another reason", here, *errors)
    return _Ended(state, (here, Seen(f"its state in the end: {state}", 0), *errors))


def _refused(answer: Answer, here: Seen) -> _Ended:
    if answer.status not in (400, 404, 409) or answer.code in _LIMITS:
        raise CannotTell("the call was refused for another reason", here)
    return _Ended(None, (here,))


UNKNOWN_IMAGE = Experiment(
    "unknown-image",
    "creates a model deployment of an image that does not exist",
    _unknown_image,
    deployment=Deployment.NO_IMAGE,
    minutes=30,
)
MISSING_IMAGE = Experiment(
    "missing-image",
    "looks at a model deployment of an image that does not exist, the same one",
    _missing_image,
    deployment=Deployment.NO_IMAGE,
    minutes=30,
)
