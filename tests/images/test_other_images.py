"""What a plan says of images that changed or do not fit, and what an update to another image does."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.images.test_own_image import containers_of, pinned
from tests.images.world import World
from tests.support.load import Load, Question
from tests.support.model_contents import TORCH
from tests.support.tiny_models import mark_repository
from tests.support.workspace import wait_until

AROUND = 10
"""Requests at least that are answered before the update, and after it."""

BODY = json.dumps({"inputs": [{"name": "X", "shape": [2], "datatype": "FP32", "data": [1.0, 2.0]}]}).encode()


def ask_for(world: World, name: str, **image: str) -> None:
    """A manifest with two instances of what lies in `manifests/NAME`."""
    spec = {
        "image": {"repository": world.repository, **image},
        "modelRepository": name,
        "instance": {"shape": "VM.Standard.E4.Flex", "ocpus": 1, "memoryGBs": 16},
        "scaling": {"instances": 2},
    }
    manifest = {
        "apiVersion": "reconciler.oci/v1",
        "kind": "ModelDeployment",
        "metadata": {"name": name},
        "spec": spec,
    }
    world.workspace.write(f"manifests/{name}.yaml", json.dumps(manifest))


def push(world: World, tag: str, mark: int, scratch: Path) -> str:
    """An image over that of the README, pushed under this tag: its models know the mark. Its digest."""
    (scratch / "Dockerfile").write_text(f"FROM {world.repository}@{pinned(world)}\nENV MARK={mark}\n")
    world.engine.images.build(path=str(scratch), tag=f"{world.repository}:{tag}", rm=True)
    sent = {"tag": tag, "auth_config": world.registry.auth, "stream": True, "decode": True}
    told = list(world.engine.images.push(world.repository, **sent))
    assert not [line for line in told if "error" in line], told
    return world.behind(tag)


@pytest.fixture(scope="module")
def moving(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A deployment whose manifest names a tag; the digest that it stood for."""
    first = push(world, "stable", 1, tmp_path_factory.mktemp("first"))
    ask_for(world, "moving", tag="stable")
    mark_repository(world.workspace.root / "manifests/moving", 0)
    world.workspace.run("apply", "--yes", "--only", "moving")
    assert world.outputs("moving", "mark", BODY)["MARK"] == [1]
    return first


def test_an_image_that_moved_under_its_tag_rolls_with_no_failed_request(
    world: World, moving: str, tmp_path: Path
) -> None:
    second = push(world, "stable", 2, tmp_path)
    planned = world.workspace.plan()["moving"]
    text = world.workspace.run("plan").out
    assert planned["action"] == "update"
    assert moving[:19] in text
    assert second[:19] in text

    def judge(answer: Any) -> str | None:
        outputs = {one["name"]: one["data"] for one in answer["outputs"]}
        return str(outputs["MARK"][0]) if outputs["SUM"] == [3.0] else None

    questions = [Question("mark", "1", BODY, judge)]
    load = Load(world.workspace.endpoint("moving"), world.workspace.signer, questions, per_second=20)
    with load:
        wait_until(lambda: len(load.asked) >= AROUND, "the load runs")
        world.workspace.run("apply", "--yes", "--only", "moving")
        ended = load.asked[-1].ended
        wait_until(lambda: len(load.since(ended)) >= AROUND, "it goes on")
    assert load.failures == ()
    assert {one.content for one in load.asked} == {"1", "2"}
    assert {one.content for one in load.since(ended)} == {"2"}
    assert containers_of(world, moving) == []
    assert len(containers_of(world, second)) == 2
    world.workspace.run("plan", "--detailed-exitcode", "--only", "moving")


def test_a_model_whose_backend_the_image_lacks_is_refused_by_name(world: World) -> None:
    ask_for(world, "torch", digest=pinned(world))
    world.workspace.write("manifests/torch/net/config.pbtxt", 'backend: "pytorch"\n')
    world.workspace.write("manifests/torch/net/1/model.pt", "").write_bytes(TORCH)
    try:
        refused = world.workspace.run("plan", code=5)
        assert "'net' runs on pytorch" in refused.out
    finally:
        (world.workspace.root / "manifests/torch.yaml").unlink()
