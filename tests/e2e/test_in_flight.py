"""Somebody else changes a deployment while we are about to: what they did is never overwritten unseen, and
what they have under way is waited for.

Real Triton; the others use the SDK.
"""

from collections.abc import Iterator
from typing import Any

import oci
import pytest

from reconciler.adapters.oci.cloud import OciCloud
from reconciler.cli.main import main
from tests.support.hello import LOGS, ask_for, instances_of, scale, served, the
from tests.support.here import start_here
from tests.support.workspace import Workspace, make, stop, wait_until

models = oci.data_science.models


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("in-flight"))
    start_here(workspace.home, control=True)
    yield workspace
    stop(workspace)


@pytest.fixture
def hello(workspace: Workspace) -> Workspace:
    workspace.forget_orders()
    ask_for(workspace)
    workspace.run("apply", "--yes")
    return workspace


def describe(workspace: Workspace, text: str) -> None:
    """Somebody changes the description, and it is done."""
    details = models.UpdateModelDeploymentDetails(description=text)
    workspace.sdk().update_model_deployment(the(workspace).id, details)
    wait_until(lambda: the(workspace).lifecycle_state == "ACTIVE", "somebody's update is done")


def test_changed_between_plan_and_apply_it_is_stale_and_nothing_is_sent(hello: Workspace) -> None:
    ask_for(hello, 3, logs=LOGS)
    hello.run("plan", "--out", "plan.json")
    describe(hello, "by somebody")
    before = hello.state()
    stale = hello.run("apply", "--plan", "plan.json", "--yes", code=4)
    assert "it is not what the plan saw any more; nothing more was sent" in stale.err
    assert hello.state() == before
    assert the(hello).description == "by somebody"


def test_changed_between_the_look_and_the_write_it_is_stale_too(
    hello: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The etag that was seen guards the write: the service refuses it with 412, and that was the last one."""
    send, sent = OciCloud.update_deployment, []

    def late(cloud: OciCloud, *arguments: Any) -> Any:
        sent.append(arguments)
        describe(hello, "at the last moment")
        return send(cloud, *arguments)

    ask_for(hello, logs=LOGS, server={"env": {"LEVEL": "1"}})
    monkeypatch.setattr(OciCloud, "update_deployment", late)
    monkeypatch.chdir(hello.root)
    monkeypatch.setattr("sys.argv", ["reconcile", "apply", "--yes"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 4, told
    assert "412" in told
    assert "opc-request-id" in told
    assert len(sent) == 1
    live = the(hello)
    assert live.description == "at the last moment"
    assert live.category_log_details is None or live.category_log_details.access is None


def test_what_somebody_has_under_way_is_waited_for_and_then_planned(hello: Workspace) -> None:
    """What it became counts: here one instance too many, which the plan of before could not know."""
    hello.order("hold")
    scale(hello, 2)
    wait_until(hello.held, "somebody's update is under way")
    ask_for(hello, 3)

    planned = hello.plan()["hello"]
    assert any("it is UPDATING now; apply waits for that to end first" in note for note in planned["notes"])
    assert planned["steps"][0]["step"] == "settle"
    assert "spec.scaling.instances" not in {change["field"] for change in planned["changes"]}
    assert "wait for what is under way to end" in hello.run("plan").out

    with served(hello, 14.0, 21.0):
        applying = hello.begin("apply", "--yes")
        wait_until(lambda: "wait for what is under way to end" in applying.told, "it says that it waits")
        assert "spec.models" not in applying.told, "nothing is planned yet"
        hello.release()
        told = applying.end()
    assert "spec.scaling.instances" in told
    assert instances_of(the(hello)) == 1
    assert hello.plan()["hello"]["action"] == "nothing"
