"""Finds what carries the marker, and removes it: deployments first, then what they use, projects last.

Nothing else is ever deleted. What is found is asked for again just before it is deleted.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from datascience_emulator.verify.marker import run_of
from datascience_emulator.verify.service import Answer, NoAnswer, Service
from datascience_emulator.verify.stopping import Stop

_FIRST_PAUSE, _MOST_PAUSE, _GROWTH = 0.02, 15.0, 1.5
MINUTE = 60.0
_MOST_PAGES = 1000
_FOUND_LATE = 2.0
"""Minutes in which what was created just now may not be found yet."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`minutes`: how long a delete is tried and waited for."""

    word: str
    path: str
    minutes: float = 10.0


KINDS = (
    Kind("model deployment", "/modelDeployments", minutes=60.0),  # one that is starting has to end first
    Kind("catalog model", "/models"),
    Kind("model version set", "/modelVersionSets"),
    Kind("project", "/projects"),
)
"""In the order in which they can be deleted."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Something that a run created. `found`: it has been read, or was in a list; else it may be too new for
    that, and is not gone when it is not found.
    """

    kind: Kind
    ocid: str
    name: str
    state: str
    run: str
    created: str = ""
    found: bool = True

    @classmethod
    def of(cls, kind: Kind, document: dict[str, Any]) -> "Marked | None":
        """None for what is not marked."""
        run, ocid = run_of(document), document.get("id")
        if run is None or not isinstance(ocid, str):
            return None
        name = str(document.get("displayName") or document.get("name"))
        state, created = (str(document.get(field, "")) for field in ("lifecycleState", "timeCreated"))
        return cls(kind, ocid, name, state, run, created)

    @property
    def url(self) -> str:
        return f"{self.kind.path}/{self.ocid}"


@dataclass(frozen=True, slots=True)
class Left:
    """What could not be removed, and why."""

    marked: Marked
    why: str


class CannotLook(Exception):
    """A list was refused; the message says which, and in which words."""


def find(service: Service, compartments: Iterable[str]) -> list[Marked]:
    """All that is marked and not deleted. Raises CannotLook."""
    found = []
    for compartment in dict.fromkeys(compartments):
        for kind in KINDS:
            for document in _listed(service, kind, compartment):
                one = Marked.of(kind, document)
                if one is not None and one.state != "DELETED":
                    found.append(one)
    return found


def remove(service: Service, stop: Stop, marked: Iterable[Marked], say: Callable[[str], None]) -> list[Left]:
    """Deletes them and waits until they are gone. Returns what is left."""
    everything, left = list(marked), []
    for kind in KINDS:
        pending = [one for one in everything if one.kind == kind]
        for one in pending:
            say(f"removing {one.kind.word} {one.name}")
        left += _remove(service, stop, kind, pending, say)
    return left


def _listed(service: Service, kind: Kind, compartment: str) -> Iterator[dict[str, Any]]:
    query = {"compartmentId": compartment, "limit": "100"}
    for _ in range(_MOST_PAGES):
        answer = service.call("GET", kind.path, query=query)
        if not answer.good:
            raise CannotLook(f"the list of {kind.word}s was refused: {_words(answer)}")
        yield from answer.items
        page = answer.headers.get("opc-next-page")
        if not page:
            return
        query["page"] = page


def _remove(
    service: Service, stop: Stop, kind: Kind, pending: list[Marked], say: Callable[[str], None]
) -> list[Left]:
    began, pause, left, told = time.monotonic(), _FIRST_PAUSE, list[Left](), 0
    while pending:
        steps = [_step(service, one) for one in pending]
        passed = (time.monotonic() - began) / MINUTE
        over = [_is_over(step, passed, kind) for step in steps]
        left += [Left(step.of, step.why) for step, ends in zip(steps, over, strict=True) if ends]
        pending = [step.of for step, ends in zip(steps, over, strict=True) if not (step.gone or ends)]
        if pending:
            if passed >= told + 1:
                told = int(passed)
                say(f"waiting until {_counted(pending, kind)} removed: {told} min")
            stop.sleep(pause)
            pause = min(pause * _GROWTH, _MOST_PAUSE)
    return left


@dataclass(frozen=True, slots=True)
class _Step:
    """How far the removal of one thing is. `final`: it will not go, and `why`."""

    of: Marked
    gone: bool = False
    final: bool = False
    why: str = ""


def _counted(pending: list[Marked], kind: Kind) -> str:
    return f"1 {kind.word} is" if len(pending) == 1 else f"{len(pending)} {kind.word}s are"


def _is_over(step: _Step, minutes: float, kind: Kind) -> bool:
    """Whether it is given up. `minutes`: since the first try."""
    return not step.gone and (step.final or minutes > (kind.minutes if step.of.found else _FOUND_LATE))


def _step(service: Service, one: Marked) -> _Step:
    try:
        answer = service.call("GET", one.url)
        if answer.status == 404 and not one.found:
            return _Step(one, why="it was created, and has never been found")
        if answer.status == 404 or answer.document.get("lifecycleState") == "DELETED":
            return _Step(one, gone=True)
        if not answer.good:
            return _Step(one, why=_words(answer))
        one = replace(one, found=True)
        now = Marked.of(one.kind, answer.document)
        if now is None:
            return _Step(one, final=True, why="it does not carry the marker any more")
        if now.state == "DELETING":
            return _Step(one, why="it is still DELETING")
        answer = service.call("DELETE", one.url, if_match=answer.headers.get("etag"))
    except NoAnswer as error:
        return _Step(one, why=str(error))
    passing = answer.good or answer.status in (404, 409, 412, 429) or answer.status >= 500
    return _Step(one, final=not passing, why=_words(answer))


def _words(answer: Answer) -> str:
    return " ".join(filter(None, (str(answer.status), answer.code, answer.message)))
