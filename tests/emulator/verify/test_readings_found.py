"""Experiments find what holds: on local clouds with each choice of each reading."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from datascience_emulator.readings import Question, Readings, questions
from datascience_emulator.verify.experiments import EXPERIMENTS
from datascience_emulator.verify.run import Ended
from datascience_emulator.verify.values import Told
from datascience_emulator.wire.predicting import ServersAs
from tests.emulator.verify.conftest import IMAGE, LARGE, OneImage, asked, marked
from tests.support.emulator import Emulator


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
    """One cloud for each number of a choice. Where servers are processes, an image that is missing is not
    looked for; where they are containers, no digest is made up.
    """
    monkeypatch.setattr("datascience_emulator.containers.Registries", OneImage)
    found: set[tuple[str, str]] = set()
    for number in range(max(len(one.choices) for one in questions())):
        for servers, only in ((ServersAs.LOCAL, ()), (ServersAs.DOCKER, ("missing-image",))):
            emulator = cloud(chosen(number), servers=servers)
            ended = asked(emulator, *only, **known_image(emulator))
            ignored = () if only else ("missing-image",)
            expected = {one.name: choice(number, one) for one in questions() if not only or one.name in only}
            assert without(told(ended), ignored) == without(expected, ignored)
            assert (ended.left, marked(emulator)) == ((), [])
            found |= without(expected, ignored).items()
            emulator.close()
    assert found == {(one.name, choice) for one in questions() for choice in one.choices}


def without(choices: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: one for name, one in choices.items() if name not in names}


def without(choices: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: one for name, one in choices.items() if name not in names}


def known_image(emulator: Emulator) -> dict[str, Any]:
    requests.post(f"{emulator.endpoint}/emulator/images", json={"uri": IMAGE}, timeout=10).raise_for_status()
    return {
        "image": IMAGE,
        "large": True,
        "large_upload": LARGE,
        "other_compartment": emulator.other_compartment(),
    }


def test_there_is_one_experiment_for_each_reading() -> None:
    assert sorted(one.reading for one in EXPERIMENTS) == sorted(one.name for one in questions())
