"""A real emulator on a real port for every test that asks for one. Whatever it answers the SDK is held
against the SDK's own models, in every test: `tests.support.answers`.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import oci
import pytest

from datascience_emulator.lifecycle.progression import Immediate, Progression
from tests.support.answers import faults
from tests.support.emulator import Emulator, FakeServing, artifact, configuration
from tests.support.waiting import wait_for


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = oci.base_client.BaseClient.request

    def asked(*arguments: Any, **keywords: Any) -> Any:
        answer = ask(*arguments, **keywords)
        wrong = {*faults(answer.data)}
        assert wrong == set()
        return answer

    monkeypatch.setattr(oci.base_client.BaseClient, "request", asked)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Emulator]]:
    """Starts emulators, by default on one home; each is closed at the end, or before by the test."""
    running: list[Emulator] = []

    def one(
        progression: Progression | None = None, serving: FakeServing | None = None, **settings: Any
    ) -> Emulator:
        emulator = Emulator(tmp_path / "home", progression or Immediate(), serving, **settings)
        running.append(emulator)
        return emulator

    yield one
    for emulator in running:
        emulator.close()


@pytest.fixture
def emulator(start: Callable[..., Emulator]) -> Emulator:
    return start()


@pytest.fixture
def make_artifact() -> Callable[[str], bytes]:
    return artifact


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_for


@pytest.fixture
def fake_serving() -> FakeServing:
    return FakeServing()


@pytest.fixture
def make_configuration() -> Callable[..., Any]:
    return configuration


@pytest.fixture
def content_digest() -> Callable[[bytes], str]:
    return lambda content: hashlib.sha256(content).hexdigest()
