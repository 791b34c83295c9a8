"""A deployment is called otherwise while the service has no room for another one, and somebody asks it all
the time: with `renamedFrom` it keeps its OCID, its endpoint and its servers; without that, it serves on.

Real Triton.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.support.bare import all_live, nothing_to_do
from tests.support.hello import answers_since, ask_for, served
from tests.support.here import start_here
from tests.support.workspace import Workspace, make, stop, wait_until

NEW = "seeing"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("renames"))
    start_here(workspace.home, control=True)
    yield workspace
    stop(workspace)


@pytest.fixture
def hello(workspace: Workspace) -> Workspace:
    """It is called hello, and there is no room for another deployment."""
    workspace.forget_orders()
    call(workspace, "hello", NEW)
    workspace.run("apply", "--yes")
    workspace.order("capacity", "create_model_deployment", times=0)
    return workspace


def call(workspace: Workspace, name: str, before: str = "", factor: int = 2) -> None:
    """Its manifest says that it is called so, and what it was called before."""
    ask_for(workspace, factor)
    path = workspace.root / "manifests/hello.yaml"
    manifest = yaml.safe_load(path.read_text())
    manifest["metadata"] = {"name": name, **({"renamedFrom": before} if before else {})}
    path.write_text(json.dumps(manifest))


def states(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """OCID and state of each deployment, by what it is called."""
    return {name: (live.id, live.lifecycle_state) for name, live in all_live(workspace).items()}


def ocid(workspace: Workspace) -> Any:
    return all_live(workspace)["hello"].id


def test_with_a_word_of_it_there_is_no_new_one_and_nobody_notices(hello: Workspace) -> None:
    before = ocid(hello)
    call(hello, NEW, "hello", factor=3)
    with served(hello, 14.0, 21.0) as load:
        hello.run("apply", "--yes")
        wait_until(lambda: "21.0" in answers_since(load, 0), "the new content answers")
    assert states(hello) == {NEW: (before, "ACTIVE")}
    assert nothing_to_do(hello)


def test_without_it_the_old_one_serves_on(hello: Workspace) -> None:
    before = ocid(hello)
    call(hello, NEW)
    with served(hello, 14.0):
        done = hello.run("apply", "--yes", code=1)
    assert "There is currently no capacity" in done.err
    assert "metadata.renamedFrom: hello in its manifest keeps it" in done.out
    assert states(hello)["hello"] == (before, "ACTIVE")


def test_what_is_said_then_helps(hello: Workspace) -> None:
    """The one that could not be created is in nobody's way."""
    before = ocid(hello)
    call(hello, NEW)
    with served(hello, 14.0):
        hello.run("apply", "--yes", code=1)
        call(hello, NEW, "hello")
        hello.run("apply", "--yes")
    assert states(hello) == {NEW: (before, "ACTIVE")}
    assert nothing_to_do(hello)
