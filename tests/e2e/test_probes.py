"""What probes hold an update to, and what follows when they fail: a way back that restores the container too,
or none where the manifest says stop.

Real Triton, the command as a user types it, clients that go on asking.
"""

from collections.abc import Iterator

import pytest

from tests.support.hello import answers_since, ask_for, probe, served, the
from tests.support.proof import BACK, assert_as_before, failed, refused, variables_of
from tests.support.workspace import Workspace, make, stop

TOLD = {"X_TOKEN": "hunter2"}
TOKEN = {"TOKEN": "{{ env.X_TOKEN }}"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("probes"))
    yield workspace
    stop(workspace)


@pytest.fixture
def hello(workspace: Workspace) -> Workspace:
    """It doubles."""
    ask_for(workspace)
    workspace.run("apply", "--yes")
    return workspace


def test_a_container_that_shifts_the_answers_gets_its_old_variables_back(hello: Workspace) -> None:
    """Also those that no manifest tells any more: what they were is asked of the service."""
    rollout = {"probes": [probe(hello, 14.0)]}
    ask_for(hello, rollout=rollout, server={"env": TOKEN})
    hello.run("apply", "--yes", env=TOLD)
    old = the(hello)
    assert variables_of(old)["TOKEN"] == TOLD["X_TOKEN"]

    ask_for(hello, rollout=rollout, server={"env": {"SHIFT": "1"}})
    with served(hello, 14.0, 15.0) as load:
        done, over = failed(hello)
    assert "expected 14.0, got 15.0" in done.err
    assert BACK in done.err
    assert TOLD["X_TOKEN"] not in done.out + done.err
    assert answers_since(load, over) == {"14.0"}
    assert_as_before(hello, old)
    refused(hello)


def test_stop_leaves_what_failed_for_somebody_to_look_at(hello: Workspace) -> None:
    """And what holds is not told: an answer in time, and a status that is none of success."""
    wrong = hello.write("manifests/wrong.json", '{"inputs": []}').name
    probes = [probe(hello, 14.0, latency="30s"), {"model": "m", "input": wrong, "status": 400}]
    ask_for(hello, 3, rollout={"probes": probes, "onFailure": "stop"})
    with served(hello, 14.0, 21.0) as load:
        done, over = failed(hello)
    assert "expected 14.0, got 21.0" in done.err
    assert "left as it is" in done.err
    assert not any(word in done.err for word in ("rolled back", "status", "within"))
    assert answers_since(load, over) == {"21.0"}
    assert the(hello).lifecycle_state == "ACTIVE"
    refused(hello)


def test_an_answer_that_is_late_or_of_another_status_is_wrong_too(hello: Workspace) -> None:
    old = the(hello)
    body = probe(hello, 14.0)["input"]
    late, other = ({"model": "m", "input": body, **more} for more in ({"latency": "1ms"}, {"status": 400}))
    ask_for(hello, 3, rollout={"probes": [late, other]})
    with served(hello, 14.0, 21.0) as load:
        done, over = failed(hello)
    assert "m: expected an answer within 1 ms, got it after" in done.err
    assert "m: expected status 400, got 200" in done.err
    assert answers_since(load, over) == {"14.0"}
    assert_as_before(hello, old)
