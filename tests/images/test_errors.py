"""What goes wrong with an engine or a registry is told in a message that says what to do; and a push that was
killed is taken up where it stood.
"""

import json
import re
import shutil
from pathlib import Path

import yaml

from tests.images.world import World
from tests.support.containers.registry import QUOTA
from tests.support.hello import write_hello
from tests.support.workspace import Workspace, make, wait_until


def other(world: World, root: Path, repository: str) -> Workspace:
    """Another repository, whose image is composed like the README's and goes elsewhere."""
    workspace = make(root)
    manifest = world.manifest().replace(world.repository, f"{world.registry.host}/{repository}")
    workspace.write("manifests/iris.yaml", manifest)
    shutil.copytree(world.workspace.root / "manifests/iris", root / "manifests/iris")
    return workspace


def test_without_an_engine(world: World, tmp_path: Path) -> None:
    workspace = other(world, tmp_path, "acme/no-engine")
    refused = workspace.run("image", "build", code=1, env={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    assert "none.sock" in refused.err
    assert "DOCKER_HOST" in refused.err


def test_wrong_credentials(world: World, tmp_path: Path) -> None:
    workspace = other(world, tmp_path / "work", "acme/wrong")
    wrong = world.registry.docker_config(tmp_path / "config", password="not-the-password")
    refused = workspace.run("image", "push", code=1, env={"DOCKER_CONFIG": str(wrong)})
    assert "docker login" in refused.err
    assert "not-the-password" not in refused.out + refused.err


def test_no_such_repository(world: World, tmp_path: Path) -> None:
    workspace = other(world, tmp_path, "elsewhere/triton")
    world.registry.allow_only("acme/triton", "nvidia/tritonserver")
    try:
        workspace.run("image", "build", code=None)
        refused = workspace.run("image", "push", code=1)
    finally:
        world.registry.allow_only()
    assert "elsewhere/triton" in refused.err


def test_a_quota(world: World, tmp_path: Path) -> None:
    workspace = other(world, tmp_path, "acme/full")
    workspace.run("image", "build")
    with world.registry.refusing(QUOTA):
        refused = workspace.run("image", "push", code=1)
    assert "limit" in refused.err


def test_a_killed_push_is_taken_up_where_it_stood(world: World, tmp_path: Path) -> None:
    workspace = python_only(world, tmp_path, "fresh/triton")
    workspace.run("image", "build")
    push = workspace.begin("image", "push")
    wait_until(lambda: world.stored("fresh/triton") or push.process.poll() is not None, "a layer has arrived")
    push.kill()
    there = world.stored("fresh/triton")
    assert there

    again = len(world.registry.asked)
    workspace.run("image", "push")
    sent = sent_since(world, again)
    assert sent
    assert not sent & there


def python_only(world: World, root: Path, repository: str) -> Workspace:
    """A repository whose image is composed of other layers than the README's."""
    workspace = make(root)
    write_hello(workspace)
    manifest = yaml.safe_load((root / "manifests/hello.yaml").read_text())
    build = yaml.safe_load(world.manifest())["spec"]["image"]["build"]
    manifest["spec"]["image"] = {"repository": f"{world.registry.host}/{repository}", "build": build}
    workspace.write("manifests/hello.yaml", json.dumps(manifest))
    return workspace


def sent_since(world: World, moment: int) -> set[str]:
    """The digests of the layers that were sent since."""
    found = (re.match(r"PUT .*digest=sha256(?::|%3A)(\w+)", one) for one in world.registry.asked[moment:])
    return {one[1] for one in found if one}
