"""How the headers that name model and version of a Triton deployment are spelled."""

from datascience_emulator.verify.artifacts import INFERENCE, MODEL_NAME, MODEL_VERSION
from datascience_emulator.verify.deployments import shared
from datascience_emulator.verify.experiment import Deployment, Experiment, Need
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.service import Answer
from datascience_emulator.verify.values import CannotTell, Seen, Told, seen

_CHOICES = {
    (True, True): "either",
    (True, False): "underscores",
    (False, True): "hyphens",
}
_MINUTES = 5.0
"""In which a deployment that is ACTIVE has to answer."""


def _triton_headers(lab: Lab) -> Told:
    deployment = shared(lab)
    deployment.require_active()
    answers: list[Answer] = []

    def look() -> bool:
        answers[:] = [
            lab.service.predict(f"{deployment.url}/predict", headers, INFERENCE)
            for headers in (_spelled("_"), _spelled("-"))
        ]
        return any(answer.good for answer in answers)

    try:
        lab.wait("an answer to an inference request", look, _MINUTES)
    except CannotTell as error:
        raise CannotTell("no spelling reached the model", *_seen(answers)) from error
    underscores, hyphens = answers
    return Told(_CHOICES[underscores.good, hyphens.good], _seen(answers))


def _spelled(mark: str) -> dict[str, str]:
    return {f"model{mark}name": MODEL_NAME, f"model{mark}version": MODEL_VERSION}


def _seen(answers: list[Answer]) -> tuple[Seen, ...]:
    names = ("model_name and model_version", "model-name and model-version")
    return tuple(seen(name, answer) for name, answer in zip(names, answers, strict=False))


TRITON_HEADERS = Experiment(
    "triton-headers",
    "starts the shared deployment with the given image, as Triton, and sends inference requests",
    _triton_headers,
    need=Need.IMAGE,
    deployment=Deployment.SHARED,
    minutes=2,
)
