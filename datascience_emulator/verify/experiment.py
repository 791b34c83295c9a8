"""What an experiment is: a question, and how it is asked. It is that of a reading, or one of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.values import Told


class Need(StrEnum):
    """What an experiment needs that is not there by default: the option that brings it."""

    IMAGE = "--image"
    OTHER_COMPARTMENT = "--other-compartment"
    LARGE = "--large"


class Deployment(StrEnum):
    """Which model deployment an experiment needs: none, the one that most share, or one whose image does not
    exist.
    """

    NONE = "none"
    SHARED = "shared"
    NO_IMAGE = "no image"


@dataclass(frozen=True, slots=True)
class Experiment:
    """How one question is asked.

    `name`: that of a reading, as in `--reading`; or of an observation, which has its `question` here and no
    choice that the local cloud could take. `does`: what it creates and sends, in words. `ask` answers with a
    choice of the reading, or with words; or it raises CannotTell. `minutes`: roughly how long a model
    deployment runs for it in a tenancy, beside the start of the shared one.
    """

    name: str
    does: str
    ask: Callable[[Lab], Told]
    need: Need | None = None
    deployment: Deployment = Deployment.NONE
    minutes: int = 0
    question: str = ""
