"""Experiments find what holds: on local clouds with each choice of each reading."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from datascience_emulator.lifecycle.progression import Reads
from datascience_emulator.readings import Question, Readings, questions
from datascience_emulator.verify.experiments import EXPERIMENTS
from datascience_emulator.verify.redact import Redactor
from datascience_emulator.verify.run import Ended, run
from datascience_emulator.verify.service import Answer
from datascience_emulator.verify.stopping import Stop
from datascience_emulator.verify.values import NotTold, Told
from datascience_emulator.wire.predicting import ServersAs
from tests.support.emulator import Emulator
from tests.support.verifying import IMAGE, LARGE, OneImage, asked, marked, place_of, service_of

_MISSING = {"missing-image"}
"""Asked where servers are containers."""


def choice(number: int, question: Question) -> str:
    return question.choices[min(number, len(question.choices) - 1)]


def chosen(number: int) -> Readings:
    """The choice of this number for each reading, or its last."""
    return Readings.parse(f"{one.name}={choice(number, one)}" for one in questions())


def told(ended: Ended) -> dict[str, str]:
    return {name: one.choice for name, one in ended.outcomes.items() if isinstance(one, Told)}


def test_each_choice_of_each_reading_is_found(
    cloud: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloud for each number of a choice, and one with containers where that counts."""
    monkeypatch.setattr("datascience_emulator.containers.Registries", OneImage)
    found: set[tuple[str, str]] = set()
    for number in range(max(len(one.choices) for one in questions())):
        new = {one.name for one in questions() if len(one.choices) > number}
        for servers, names in ((ServersAs.LOCAL, new - _MISSING), (ServersAs.DOCKER, new & _MISSING)):
            if not names:
                continue
            emulator = cloud(chosen(number), servers=servers)
            ended = asked(emulator, *names, **known_image(emulator))
            expected = {one.name: choice(number, one) for one in questions() if one.name in names}
            assert told(ended) == expected
            assert (ended.left, marked(emulator)) == ((), [])
            found |= expected.items()
            emulator.close()
    assert found == {(one.name, choice) for one in questions() for choice in one.choices}


def known_image(emulator: Emulator) -> dict[str, Any]:
    requests.post(f"{emulator.endpoint}/emulator/images", json={"uri": IMAGE}, timeout=10).raise_for_status()
    return {
        "image": IMAGE,
        "large": True,
        "large_upload": LARGE,
        "other_compartment": emulator.other_compartment(),
    }


def test_there_is_one_experiment_for_each_reading() -> None:
    names = [one.name for one in EXPERIMENTS]
    assert len(names) == len(set(names))
    assert {one.name for one in EXPERIMENTS if not one.question} == {one.name for one in questions()}


def test_what_is_observed_beside(cloud: Callable[..., Emulator]) -> None:
    """Also right after the shared deployment was activated again."""
    emulator = cloud(progression=Reads(3))
    observed = [one.name for one in EXPERIMENTS if one.question]
    ended = asked(emulator, *observed, "activating", **known_image(emulator))
    assert told(ended) == {
        "activating": "UPDATING",
        "same-values": "accepted",
        "container-and-environment": "accepted",
        "failed-update": "the work request ends FAILED; the deployment is NEEDS_ATTENTION and shows the old "
        "configuration; it answers inference requests, and takes another update",
    }
    assert (ended.left, marked(emulator)) == ((), [])


class RefusesUpdates:
    """Of deployments, every single one: the combination is not the reason then."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def call(self, method: str, path: str, *arguments: Any, **named: Any) -> Answer:
        if method == "PUT":
            return Answer(400, {}, {"code": "InvalidParameter", "message": "no"})
        answer: Answer = self._service.call(method, path, *arguments, **named)
        return answer


def test_a_refusal_for_another_reason_tells_nothing(cloud: Callable[..., Emulator]) -> None:
    emulator, stop = cloud(), Stop()
    names = ("omitted", "refused-update", "update-groups")
    chosen = [one for one in EXPERIMENTS if one.name in names]
    service = RefusesUpdates(service_of(emulator, stop))
    ended = run(service, place_of(emulator), stop, chosen, Redactor(), lambda _: None)
    assert {name: type(one) for name, one in ended.outcomes.items()} == dict.fromkeys(names, NotTold)
    assert (ended.left, marked(emulator)) == ((), [])
