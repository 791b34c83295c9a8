"""Images on the local cloud: what its registry knows is deployed by its digest, and followed."""

from collections.abc import Iterator

import pytest

from tests.support.hello import the, write_hello
from tests.support.here import start_here
from tests.support.workspace import Workspace, make, stop

IMAGE = "iad.ocir.io/acme/triton:1"
FIRST, SECOND = "sha256:" + "1" * 64, "sha256:" + "2" * 64


@pytest.fixture
def hello(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("images"))
    write_hello(workspace)
    yield workspace
    stop(workspace)


def push(workspace: Workspace, digest: str) -> None:
    workspace._control("POST", "images", {"uri": IMAGE, "digest": digest})


def live_digest(workspace: Workspace) -> str:
    details = the(workspace).model_deployment_configuration_details.environment_configuration_details
    return str(details.image_digest)


def test_a_tag_that_moves_is_a_change_and_then_nothing_is_left_to_do(hello: Workspace) -> None:
    start_here(hello.home, control=True)
    push(hello, FIRST)
    hello.run("apply", "--yes")
    assert live_digest(hello) == FIRST
    assert hello.plan()["hello"]["action"] == "nothing"
    push(hello, SECOND)
    item = hello.plan()["hello"]
    assert [(change["field"], change["old"], change["new"]) for change in item["changes"]] == [
        ("spec.image.digest", FIRST, SECOND)
    ]
    assert item["notes"] == ["tag 1 has moved: another image stands behind it than the live one"]
    hello.run("apply", "--yes")
    assert live_digest(hello) == SECOND
    assert hello.plan()["hello"]["action"] == "nothing"
