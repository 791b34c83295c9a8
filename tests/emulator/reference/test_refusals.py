"""Each documented refusal, caused by a request: its status, code and message; and nothing changes."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, assert_never

import pytest
import requests

from datascience_emulator.lifecycle.progression import Immediate, Progression
from datascience_emulator.reference.refusals import REFUSALS, Form, Refusal
from tests.support.emulator import Emulator
from tests.support.refusals import PROOFS


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = Emulator(tmp_path_factory.mktemp("shared"), Immediate())
    yield running
    running.close()


Held = dict[str, tuple[str, str]]
"""By id: the etag, and the state."""


class Cloud:
    """The emulators of one test, and what they held just before the last request: that is the refused one."""

    def __init__(self, shared: Emulator, home: Path) -> None:
        self._shared, self._home, self.own = shared, home, list[Emulator]()
        self.before: Held = {}

    def __call__(self, progression: Progression | None = None, **settings: Any) -> Emulator:
        if progression is None and not settings:
            return self._shared
        self.own.append(Emulator(self._home, progression or Immediate(), **settings))
        return self.own[0]

    def held(self) -> Held:
        return {row[0]: row[1:] for one in (self._shared, *self.own) for row in rows(one.home)}


def rows(home: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(home / "state.sqlite")) as state:
        tokens = state.execute("SELECT scope, digest, '' FROM retry_tokens").fetchall()
        return tokens + state.execute("SELECT id, etag, coalesce(state, '') FROM resources").fetchall()


@pytest.fixture
def cloud(shared: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    made, send = Cloud(shared, tmp_path / "own"), requests.Session.send

    def look_and_send(session: requests.Session, *given: Any, **more: Any) -> requests.Response:
        made.before = made.held()
        return send(session, *given, **more)

    monkeypatch.setattr(requests.Session, "send", look_and_send)
    yield made
    for running in made.own:
        running.close()


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.id)
def test_refusal(refusal: Refusal, cloud: Cloud) -> None:
    answer = PROOFS[refusal.id](cloud)
    before, after = cloud.before, cloud.held()
    assert after.keys() == before.keys()
    at_rest = {one for one, (_, state) in before.items() if not re.search("ING$|PROGRESS$|ACCEPTED$", state)}
    assert {one: after[one] for one in at_rest} == {one: before[one] for one in at_rest}
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
