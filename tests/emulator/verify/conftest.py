"""Emulators that experiments are made on."""

from collections.abc import Callable
from typing import Any

import pytest

from datascience_emulator.lifecycle.progression import Progression, Reads
from datascience_emulator.readings import Readings
from datascience_emulator.wire.limits import Limits
from datascience_emulator.wire.predicting import ServersAs
from tests.support.emulator import Emulator
from tests.support.verifying import LARGE, RoutedServing


@pytest.fixture
def cloud(start: Any) -> Callable[..., Emulator]:
    """An emulator, by default one that is slow enough for its states to be seen."""

    def one(
        readings: Readings | None = None, progression: Progression | None = None, **settings: Any
    ) -> Emulator:
        given = {"limits": Limits(artifact_bytes=LARGE - 1), "ephemeral": True, **settings}
        serving = RoutedServing()
        serving.pulls = settings.get("servers") is ServersAs.DOCKER
        emulator = start(
            progression or Reads(2), serving, readings=readings or Readings(), control=True, **given
        )
        assert isinstance(emulator, Emulator)
        return emulator

    return one


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again at once, and a minute is over soon."""
    monkeypatch.setattr("datascience_emulator.verify.clean_up.MINUTE", 0.3)
    monkeypatch.setattr("datascience_emulator.verify.run.MINUTE", 0.02)
    monkeypatch.setattr("datascience_emulator.verify.service.FIRST_PAUSE", 0.001)
