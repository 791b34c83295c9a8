"""Updates that the service cannot do: what served before serves on, the message has all that is known, and
the deployment is as it was.

Real Triton, the command as a user types it, clients that go on asking; some faults are ordered up.
"""

from collections.abc import Iterator
from typing import Any

import oci
import pytest

from tests.support.hello import LOGS, MODEL, ask_for, served, the
from tests.support.here import start_here
from tests.support.proof import AGAIN, BACK, REMEMBERED, assert_as_before, failed, refused, variables_of
from tests.support.workspace import Workspace, make, stop, wait_until

TWO = {"scaling": {"instances": 2}}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("failed"))
    start_here(workspace.home, control=True)
    yield workspace
    stop(workspace)


@pytest.fixture
def hello(workspace: Workspace) -> Workspace:
    """It doubles, on two instances."""
    workspace.forget_orders()
    ask_for(workspace, logs=LOGS, **TWO)
    workspace.run("apply", "--yes")
    return workspace


def test_a_model_that_does_not_load_is_told_in_tritons_words_and_nobody_notices(hello: Workspace) -> None:
    old = the(hello)
    ask_for(hello, code=f"{MODEL}raise RuntimeError('a broken model')\n", logs=LOGS, **TWO)
    with served(hello, 14.0):
        assert_story(failed(hello)[0].err, "Errors occurred while bootstrapping the Model Deployment.")
        assert_as_before(hello, old)
        refused(hello)
        again = failed(hello, AGAIN)[0].err
        assert "a broken model" in again, "Triton's own reason"
        assert "    log: " in again
        assert_as_before(hello, old)
        ask_for(hello, logs=LOGS, **TWO)
        (change,) = hello.plan()["hello"]["changes"]
        assert (change["field"], change["impact"]) == ("lastFailed", "metadata only")
        hello.run("apply", "--yes")
        assert REMEMBERED not in hello.run("status").out
        assert hello.plan()["hello"]["action"] == "nothing"


ORDERED: dict[str, tuple[dict[str, Any], str]] = {
    "capacity": ({"scaling": {"instances": 3}}, "There is currently no capacity for the specified shape"),
    "digest": (
        {"image": {"repository": "iad.ocir.io/acme/triton", "digest": f"sha256:{'1' * 64}"}},
        "The container image was not found",
    ),
    "bootstrap": ({"server": {"env": {"LEVEL": "1"}}}, "Errors occurred while bootstrapping"),
}


@pytest.mark.parametrize("fault", ORDERED)
def test_what_the_service_cannot_do_is_told_in_its_words(hello: Workspace, fault: str) -> None:
    changes, words = ORDERED[fault]
    old = the(hello)
    ask_for(hello, **{**TWO, "logs": LOGS, **changes})
    with served(hello, 14.0):
        hello.order(fault)
        assert_story(failed(hello)[0].err, words)
        assert_as_before(hello, old, remembered=fault != "capacity")
        if fault == "capacity":
            hello.run("apply", "--yes")
        else:
            refused(hello)


def test_what_failed_for_a_while_works_when_it_is_tried_again(hello: Workspace) -> None:
    ask_for(hello, server={"env": {"LEVEL": "2"}}, logs=LOGS, **TWO)
    with served(hello, 14.0):
        hello.order("bootstrap")
        failed(hello)
        hello.run("apply", "--yes", AGAIN)
    assert variables_of(the(hello))["LEVEL"] == "2"
    assert REMEMBERED not in hello.run("status").out
    assert hello.plan()["hello"]["action"] == "nothing"


CANARY = "hf_" + "CanaryThatMustNotSing" * 2
WRITTEN = {"description": f"the key is {CANARY}", "defined_tags": {"ops": {"note": f"ask {CANARY}"}}}


def test_what_somebody_wrote_there_comes_back_although_no_plan_holds_it(hello: Workspace) -> None:
    """A credential in the description and in tags, by the console."""
    before, client = the(hello), hello.sdk()
    written = {**WRITTEN, "freeform_tags": {**before.freeform_tags, "note": CANARY}}
    details = oci.data_science.models.UpdateModelDeploymentDetails(**written)
    client.update_model_deployment(before.id, details)
    wait_until(lambda: the(hello).lifecycle_state == "ACTIVE", "it is written there")
    old = the(hello)
    assert old.description == WRITTEN["description"]
    ask_for(hello, server={"env": {"LEVEL": "3"}}, logs=LOGS, **TWO)
    told = hello.run("plan", "--out", "plan.json").out + (hello.root / "plan.json").read_text()
    told += hello.run("plan", "--format", "markdown").out + hello.run("plan", "--format", "json").out
    hello.order("bootstrap")
    done = hello.run("apply", "--plan", "plan.json", "--yes", "--format", "json", code=1)
    assert BACK in done.out + done.err
    assert CANARY not in told + done.out + done.err
    live = the(hello)
    assert (live.description, live.defined_tags) == (old.description, old.defined_tags)
    assert live.freeform_tags["note"] == CANARY
    assert_as_before(hello, old)


def assert_story(told: str, words: str) -> None:
    """The service's words, where to look them up, and what was done about it."""
    assert f"    error: {words}" in told or f": {words}" in told
    assert "    work request: ocid1." in told
    assert "    opc-request-id: " in told
    assert BACK in told
