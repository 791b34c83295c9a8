"""What a manifest may say of whether a deployment serves, and of what may be done to it."""

import shutil
from collections.abc import Iterator

import pytest

from tests.support.hello import BODY, MANIFEST, ask_for, instances_of, live_of, scale, the
from tests.support.proof import model_of
from tests.support.workspace import Workspace, make, stop, wait_until


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """With another deployment, so that hello is never the last one."""
    workspace = make(tmp_path_factory.mktemp("policies"))
    ask_for(workspace)
    shutil.copytree(workspace.root / "manifests/hello", workspace.root / "manifests/other")
    other = MANIFEST.replace("name: hello", "name: other").replace("Repository: hello", "Repository: other")
    workspace.write("manifests/other.yaml", other)
    yield workspace
    stop(workspace)


@pytest.fixture
def hello(workspace: Workspace) -> Workspace:
    ask_for(workspace, policy={"protect": False, "prune": "auto"})
    workspace.run("apply", "--yes")
    ask_for(workspace)
    return workspace


def answer(workspace: Workspace) -> float:
    reply = workspace.ask(workspace.endpoint("hello"), "m", BODY)
    assert reply.status_code == 200, reply.text
    return float(reply.json()["outputs"][0]["data"][0])


def take_away(workspace: Workspace) -> None:
    (workspace.root / "manifests/hello.yaml").unlink()


def refused(workspace: Workspace, *command: str) -> str:
    """What is said; nothing at all is sent."""
    before = workspace.state()
    told = workspace.run(*command, code=5).out
    assert workspace.state() == before
    return told


def test_inactive_is_a_wish_like_any_other(hello: Workspace) -> None:
    endpoint = hello.endpoint("hello")
    ask_for(hello, state="inactive")
    assert "it stops serving, as spec.state: inactive asks for" in hello.run("plan").out
    hello.run("apply", "--yes")
    assert the(hello).lifecycle_state == "INACTIVE"
    assert hello.ask(endpoint, "m", BODY).status_code == 404
    assert hello.plan()["hello"]["action"] == "nothing"

    ask_for(hello, 3)
    hello.run("apply", "--yes")
    assert the(hello).lifecycle_state == "ACTIVE"
    assert answer(hello) == 21.0
    assert hello.plan()["hello"]["action"] == "nothing"


def test_nothing_is_done_to_what_is_paused(hello: Workspace) -> None:
    before = hello.state()
    ask_for(hello, 3, policy={"paused": True})
    planned = hello.plan()["hello"]
    assert planned["action"] == "paused"
    assert "spec.models" in {change["field"] for change in planned["changes"]}, "it is shown all the same"
    hello.run("apply", "--yes")
    assert hello.state() == before
    assert answer(hello) == 14.0


def test_what_is_paused_is_not_created_either(hello: Workspace) -> None:
    before = hello.state()
    paused = MANIFEST.replace("name: hello", "name: later") + "  policy: {paused: true}\n"
    later = hello.write("manifests/later.yaml", paused)
    try:
        assert hello.plan()["later"]["action"] == "paused"
        hello.run("apply", "--yes")
        assert hello.state() == before
    finally:
        later.unlink()


def test_protection_outlives_its_line_and_the_manifest(hello: Workspace) -> None:
    ask_for(hello, policy={"protect": True})
    hello.run("apply", "--yes")
    ask_for(hello)
    hello.run("apply", "--yes")
    assert "protected" in hello.run("status", "hello").out
    take_away(hello)
    for command in (("plan",), ("apply", "--yes"), ("destroy", "hello", "--yes")):
        assert "spec.policy.protect: false" in refused(hello, *command)

    ask_for(hello, policy={"protect": False})
    hello.run("apply", "--yes")
    take_away(hello)
    hello.run("apply", "--yes")
    assert live_of(hello) == []


def test_what_waits_for_a_confirmation_goes_with_one(hello: Workspace) -> None:
    ask_for(hello, policy={"prune": "confirm"})
    hello.run("apply", "--yes")
    take_away(hello)
    assert "reconcile apply --confirm hello" in refused(hello, "apply", "--yes")
    refused(hello, "apply", "--yes", "--confirm", "other")
    hello.run("apply", "--yes", "--confirm", "hello")
    assert live_of(hello) == []
    assert [one["name"] for one in hello.run("status", "--format", "json").json["deployments"]] == ["other"]


def test_what_is_left_alone_stays_as_somebody_made_it(hello: Workspace) -> None:
    """In the plan, and when something else is changed."""
    scale(hello, 2)
    wait_until(lambda: the(hello).lifecycle_state == "ACTIVE", "somebody's update is done")
    (change,) = hello.plan()["hello"]["changes"]
    assert change["field"] == "spec.scaling.instances"

    left = {"policy": {"ignore": ["/spec/scaling"]}}
    ask_for(hello, **left)
    assert hello.plan()["hello"]["action"] == "nothing"
    old = model_of(the(hello))
    ask_for(hello, 3, **left)
    hello.run("apply", "--yes")
    live = the(hello)
    assert model_of(live) != old
    assert instances_of(live) == 2
    assert answer(hello) == 21.0
    assert hello.plan()["hello"]["action"] == "nothing"
