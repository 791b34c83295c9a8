"""From model files to answers with an image of one's own, as the README shows it: what came of it."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.images import iris
from tests.images.world import World
from tests.support.readme import OWN_IMAGE, commands, section


def pinned(world: World) -> str:
    """The digest that is written in the manifest."""
    manifest = yaml.safe_load((world.workspace.root / "manifests/iris.yaml").read_text())
    return str(manifest["spec"]["image"]["digest"])


def test_models_of_both_kinds_answer_from_inside(world: World) -> None:
    answered = world.outputs("iris", "iris", json.dumps(iris.flower()).encode())
    assert answered["probabilities"] == pytest.approx(iris.probabilities(), abs=1e-6)
    named = world.outputs("iris", "species", json.dumps(iris.asked_for_name([0.2, 0.1, 0.7])).encode())
    assert named == {"name": [iris.name([0.2, 0.1, 0.7])]}


def test_the_image_holds_the_backends_that_were_asked_for_and_no_others(world: World) -> None:
    image = world.engine.images.get(f"{world.repository}@{pinned(world)}")
    assert names_in(world, "backends") == {"onnxruntime", "python"}
    assert not names_in(world, "lib") & names_in(world, "libraries"), "what is there already is not added"
    assert image.labels["reconciler.backends"] == "onnxruntime,python"
    assert image.labels["reconciler.triton"] == "2.51.0"


def names_in(world: World, folder: str) -> set[str]:
    """What lies in a folder of the server in the composed image."""
    image, entry = f"{world.repository}@{pinned(world)}", ["ls", f"/opt/tritonserver/{folder}"]
    return set(world.engine.containers.run(image, entrypoint=entry, remove=True).decode().split())


def test_a_container_of_the_pinned_image_serves(world: World) -> None:
    (container,) = containers_of(world, pinned(world))
    assert container.exec_run(["cat", "/proc/1/cmdline"]).output.startswith(b"tritonserver\0")


def containers_of(world: World, digest: str) -> list[Any]:
    """The running containers of an image."""
    image = world.engine.images.get(f"{world.repository}@{digest}")
    return [one for one in world.engine.containers.list() if one.image.id == image.id]


def test_the_second_time_nothing_is_built_or_pushed(world: World) -> None:
    images = {image.id for image in world.engine.images.list(all=True)}
    sent = world.pushes()
    world.workspace.run("image", "build")
    world.workspace.run("image", "push")
    assert {image.id for image in world.engine.images.list(all=True)} == images
    assert world.pushes() == sent


def test_after_the_commands_there_is_nothing_left_to_do(world: World) -> None:
    manifest = (world.workspace.root / "manifests/iris.yaml").read_text()
    world.workspace.run("image", "resolve", "--write")
    assert (world.workspace.root / "manifests/iris.yaml").read_text() == manifest
    world.workspace.run("plan", "--detailed-exitcode", "--only", "iris")


def test_six_commands_lead_to_the_answer() -> None:
    assert [re.match(r"reconcile (\w+( \w+)?)", shown)[0] for shown, _ in commands(section(OWN_IMAGE))] == [
        "reconcile image build",
        "reconcile image push",
        "reconcile image resolve",
        "reconcile emulator start",
        "reconcile apply",
        "reconcile predict iris",
    ]
