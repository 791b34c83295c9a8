"""Each refusal that the emulator documents, caused by a request: status, code and message."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, assert_never

import pytest
from support.emulator import Emulator
from support.refusals import PROOFS

from reconciler.emulator.progression import Immediate, Progression
from reconciler.emulator.refusals import REFUSALS, Form, Refusal


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = Emulator(tmp_path_factory.mktemp("shared"), Immediate())
    yield running
    running.close()


@pytest.fixture
def cloud(shared: Emulator, tmp_path: Path) -> Iterator[Callable[..., Emulator]]:
    own: list[Emulator] = []

    def one(progression: Progression | None = None, **settings: Any) -> Emulator:
        if progression is None and not settings:
            return shared
        own.append(Emulator(tmp_path / "own", progression or Immediate(), **settings))
        return own[0]

    yield one
    for running in own:
        running.close()


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.id)
def test_refusal(refusal: Refusal, cloud: Callable[..., Emulator]) -> None:
    answer = PROOFS[refusal.id](cloud)
    code, message = read(refusal.form, answer.json())
    assert (answer.status_code, code) == (refusal.status, refusal.code), message
    assert re.search(refusal.message, message), message
    assert re.fullmatch(r"[^/]+/[0-9A-F]{32}/[0-9A-F]{32}", answer.headers["opc-request-id"])


def read(form: Form, body: dict[str, Any]) -> tuple[str, str]:
    """Code and message, from a body that holds nothing else."""
    match form:
        case Form.SERVICE:
            assert body.keys() == {"code", "message"}
            return body["code"], body["message"]
        case Form.OAUTH:
            assert body.keys() == {"error", "error_description"}
            return body["error"], body["error_description"]
        case Form.REGISTRY:
            (only,) = body.pop("errors")
            assert not body
            assert only.keys() == {"code", "message"}
            return only["code"], only["message"]
    assert_never(form)


def test_each_refusal_is_caused_and_each_that_is_caused_is_documented() -> None:
    assert sorted(one.id for one in REFUSALS) == sorted(PROOFS)
