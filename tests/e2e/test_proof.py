"""An update is proven before it counts, and taken back when it answers wrongly: the old answers come back
before anybody asks for them, and the same spec is not tried again by itself.

Real Triton, the command as a user types it, clients that go on asking.
"""

import time
from collections.abc import Iterator

import pytest

from tests.support.hello import answers_since, ask_for, probe, served, the
from tests.support.proof import AGAIN, BACK, REMEMBERED, assert_as_before, failed, refused
from tests.support.updates import commit, updates
from tests.support.workspace import Workspace, make, stop

TWO = {"scaling": {"instances": 2}}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("proof"))
    yield workspace
    stop(workspace)


@pytest.fixture
def hello(workspace: Workspace) -> Workspace:
    """It doubles, on two instances, and remembers no failure of what the test asks for."""
    ask_for(workspace, **TWO)
    workspace.run("apply", "--yes")
    return workspace


def test_a_model_that_answers_wrongly_is_taken_back_and_not_tried_again(hello: Workspace) -> None:
    probing = {**TWO, "rollout": {"probes": [probe(hello, 14.0)]}}
    old = the(hello)

    ask_for(hello, 3, **probing)
    commit(hello, "It triples, and nobody expects that")
    with served(hello, 14.0, 21.0) as load:
        done, over = failed(hello)
    assert "y[0]: expected 14.0, got 21.0" in done.err
    assert f"{BACK} (read back, and the probes answer as before)" in done.err
    assert answers_since(load, over) == {"14.0"}
    assert_as_before(hello, old)

    with served(hello, 14.0):
        refused(hello)
    with served(hello, 14.0, 21.0) as load:
        done, over = failed(hello, AGAIN)
    assert "y[0]: expected 14.0, got 21.0" in done.err
    assert answers_since(load, over) == {"14.0"}
    assert_as_before(hello, old)

    ask_for(hello, 2, **probing)
    assert [change["field"] for change in hello.plan()["hello"]["changes"]] == ["lastFailed"]

    ask_for(hello, 4, **TWO, rollout={"probes": [probe(hello, 28.0)]})
    began = time.time()
    with served(hello, 14.0, 28.0) as load:
        hello.run("apply", "--yes")
    assert answers_since(load, updates(hello, began)[-1].ended) == {"28.0"}
    assert REMEMBERED not in hello.run("status").out
    assert hello.plan()["hello"]["action"] == "nothing"
