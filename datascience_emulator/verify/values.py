"""What may come of an experiment, with the answers that show it. Values only."""

from dataclasses import dataclass
from typing import TypeAlias

from datascience_emulator.verify.service import Answer


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer as evidence. `status` 0: there was no answer of HTTP, `message` says what was seen."""

    what: str
    status: int
    code: str = ""
    message: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The choice of the reading that holds; of an observation, what was seen, in words."""

    choice: str
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class NotTold:
    why: str
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAsked:
    """`needs`: what it takes to ask it."""

    needs: str


Outcome: TypeAlias = Told | NotTold | NotAsked


class CannotTell(Exception):
    """The experiment came to nothing; the message says why."""

    def __init__(self, why: str, *seen: Seen) -> None:
        super().__init__(why)
        self.why, self.seen = why, seen


def seen(what: str, answer: Answer) -> Seen:
    return Seen(what, answer.status, answer.code, answer.message, answer.request_id)


def by_status(what: str, answer: Answer, choices: dict[int, str], *before: Seen) -> Told:
    """The choice that the status of the answer stands for. Raises CannotTell for any other status."""
    here = seen(what, answer)
    if (choice := choices.get(answer.status)) is not None:
        return Told(choice, (*before, here))
    expected = ", ".join(str(status) for status in choices)
    raise CannotTell(f"the answer was {answer.status}, which is none of {expected}", *before, here)
