"""What experiments work with: the cloud, the marker on all that they create, and waiting with a deadline."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from datascience_emulator.verify.clean_up import KINDS, Marked
from datascience_emulator.verify.marker import Marker
from datascience_emulator.verify.service import Answer, NoAnswer, Service
from datascience_emulator.verify.stopping import Stop
from datascience_emulator.verify.values import CannotTell, seen

T = TypeVar("T")
SHAPE = "VM.Standard.E4.Flex"
OCPUS, MEMORY_GB = 1, 6
"""The least that a deployment of a flexible shape can have (docs/service.md §1.6)."""
LARGE_UPLOAD = 6 * 10**9 + 1
"""Bytes: one more than the most that older documents of Oracle allow (docs/service.md §1.3)."""

_FIRST_PAUSE, _MOST_PAUSE, _GROWTH = 0.02, 15.0, 1.5
_SEEN_LATER = 2.0
"""Minutes in which what was created has to be found."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where experiments are made, and what is given for them. `project`: one that exists already."""

    region: str
    compartment: str
    project: str | None = None
    other_compartment: str | None = None
    image: str | None = None
    shape: str = SHAPE
    large: bool = False
    large_upload: int = LARGE_UPLOAD

    @property
    def realm(self) -> str:
        """Such as oc1, as OCIDs name it."""
        parts = self.compartment.split(".")
        return parts[2] if len(parts) > 2 and parts[2] else "oc1"


@dataclass(slots=True)
class Lab:
    service: Service
    place: Place
    marker: Marker
    stop: Stop
    say: Callable[[str], None]
    created: list[Marked] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)
    """What was learnt of the tenancy, and is no part of a report."""
    _kept: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` returns, or raises as CannotTell, the first time. It is shared by experiments."""
        if name not in self._kept:
            try:
                self._kept[name] = make()
            except CannotTell as error:
                self._kept[name] = error
        kept: T | CannotTell = self._kept[name]
        if isinstance(kept, CannotTell):
            raise CannotTell(kept.why, *kept.seen)
        return kept

    def create(
        self, path: str, what: str, details: Mapping[str, Any], compartment: str | None = None
    ) -> Answer:
        """POST of something marked, whatever the answer is. `what`: the end of its name. Raises CannotTell
        without an answer: whoever shares what is created must not create it again.
        """
        kind = next(kind for kind in KINDS if kind.path == path)
        name = "name" if path == "/modelVersionSets" else "displayName"
        body = {
            "compartmentId": compartment or self.place.compartment,
            name: self.marker.name(what),
            "freeformTags": self.marker.tags,
            **details,
        }
        try:
            answer = self.service.call("POST", path, body)
        except NoAnswer as error:
            raise CannotTell(str(error)) from error
        if answer.good and (made := Marked.of(kind, {**answer.document, **_marks(body)})) is not None:
            self.created.append(replace(made, found=False))
        return answer

    def found(self, path: str, what: str, answer: Answer) -> str:
        """The OCID of what the answer created, once it can be read. Raises CannotTell when it was refused."""
        ocid = answer.document.get("id")
        if not answer.good or not isinstance(ocid, str):
            raise CannotTell(f"{what} could not be created", seen(f"create {what}", answer))
        self.wait(f"{what} to be found", lambda: self.service.call("GET", f"{path}/{ocid}").good, _SEEN_LATER)
        self.created = [replace(one, found=one.found or one.ocid == ocid) for one in self.created]
        return ocid

    def project_answer(self) -> Answer | None:
        """What created the project of this run; None when one was given."""
        if self.place.project is not None:
            return None
        return self.once("project answer", lambda: self.create("/projects", "project", {}))

    def project(self) -> str:
        answer = self.project_answer()
        if answer is None:
            return str(self.place.project)
        return self.once("project", lambda: self.found("/projects", "the project", answer))

    def model_answer(self, what: str, **details: Any) -> Answer:
        return self.create("/models", what, {"projectId": self.project(), **details})

    def model(self, what: str, artifact: bytes | None = None) -> str:
        """The OCID of a new catalog model, with this artifact."""
        ocid = self.found("/models", "a catalog model", self.model_answer(what))
        if artifact is not None:
            answer = self.service.upload(f"/models/{ocid}/artifact", artifact)
            if not answer.good:
                raise CannotTell("its artifact was refused", seen("the first artifact", answer))
        return ocid

    def wait(self, for_what: str, look: Callable[[], T | None], minutes: float) -> T:
        """The first true value of `look`. Raises CannotTell when it takes longer than `minutes`."""
        began = told = time.monotonic()
        pause = _FIRST_PAUSE
        while not (value := look()):
            now = time.monotonic()
            if now - began > minutes * 60:
                raise CannotTell(f"waited {minutes:g} minutes for {for_what}, in vain")
            if now - told >= 60:
                told = now
                self.say(f"waiting for {for_what}: {(now - began) / 60:.0f} min")
            self.stop.sleep(pause)
            pause = min(pause * _GROWTH, _MOST_PAUSE)
        return value


def _marks(body: dict[str, Any]) -> dict[str, Any]:
    """What was sent of the mark: an answer may leave tags out."""
    return {name: body[name] for name in ("name", "displayName", "freeformTags") if name in body}
