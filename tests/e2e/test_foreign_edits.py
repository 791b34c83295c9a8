"""Somebody else changes a deployment, or deletes it, between two updates of a chain of four: the apply ends
with 4 and sends nothing more to it, and what they did stands (docs/updates.md, "When somebody
else is at work").

One apply carries out a chain for each edit, place and moment, all in step, so that somebody has the time to
edit some of them after each update. Without model servers; the others use the SDK.
"""

import json
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import oci
import pytest

from tests.support.bare import ask_for_one, listed, nothing_remembered, start_bare, write_model
from tests.support.hello import LOGS
from tests.support.workspace import Begun, Workspace, make, stop, wait_until

models = oci.data_science.models


def describe(world: "World", live: Any) -> None:
    world.change(live, description="by somebody")


def label(world: "World", live: Any) -> None:
    world.change(live, freeform_tags={**live.freeform_tags, "team": "theirs"})


def tag(world: "World", live: Any) -> None:
    world.change(live, defined_tags={"cost": {"center": "theirs"}})


def another_model(world: "World", live: Any) -> None:
    """That of the other deployment, which has a content of its own."""
    now, other = model_part(live), model_part(world.live()["other"])
    model = models.UpdateModelConfigurationDetails(
        model_id=other.model_id,
        instance_configuration=now.instance_configuration,
        scaling_policy=now.scaling_policy,
        bandwidth_mbps=now.bandwidth_mbps,
        maximum_bandwidth_mbps=now.maximum_bandwidth_mbps,
    )
    configuration = models.UpdateSingleModelDeploymentConfigurationDetails(model_configuration_details=model)
    world.change(live, model_deployment_configuration_details=configuration)


def model_part(live: Any) -> Any:
    return live.model_deployment_configuration_details.model_configuration_details


def delete(world: "World", live: Any) -> None:
    world.client.delete_model_deployment(live.id)


EDITS = {edit.__name__: edit for edit in (describe, label, tag, another_model, delete)}
UPDATES = 4
PLACES = range(1, UPDATES)
"""After which update."""

MOMENTS = BEFORE_THE_LOOK, AFTER_THE_LOOK = "before-the-look", "after-the-look"
"""When our update has ended: before the apply has read what came of it, and between that and the next one."""

CASES = [(edit, place, moment) for edit in EDITS for place in PLACES for moment in MOMENTS]
LATE_SECONDS = 4.0
"""How late an answer is, so that its asker can be stopped before it comes."""


def name_of(edit: str, place: int, moment: str) -> str:
    return f"{edit}-{place}-{moment}".replace("_", "-")


ALONE = "alone"
NAMES = (ALONE, *(name_of(*case) for case in CASES))


@dataclass
class World:
    """`left` is what somebody has left of each, as an etag; `results` what the apply said of each."""

    workspace: Workspace
    left: dict[str, str | None] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)

    def ask(self, number: int) -> None:
        """Logs, bandwidth, a variable and another content: four updates. The other one stays as it is."""
        write_model(self.workspace, "manifests/shared", str(number))
        log = {**LOGS["access"], "log": f"ocid1.log.oc1.iad.{number:04}"}
        spec = {
            "logs": {"access": log, "predict": log},
            "server": {"env": {"LEVEL": str(number)}},
            "bandwidthMbps": {"min": 10 + number, "max": 20 + number},
        }
        for name in NAMES:
            ask_for_one(self.workspace, f"manifests/{name}.yaml", "shared", {"name": name}, **spec)
        write_model(self.workspace, "manifests/others", "others")
        ask_for_one(self.workspace, "manifests/other.yaml", "others", {"name": "other"})

    @cached_property
    def client(self) -> Any:
        return self.workspace.sdk()

    def live(self) -> dict[str, Any]:
        """By name."""
        return listed(self.client, self.workspace.note["compartment"])

    def change(self, live: Any, **details: Any) -> None:
        """Somebody does."""
        self.client.update_model_deployment(live.id, models.UpdateModelDeploymentDetails(**details))

    def hold(self, names: Iterable[str]) -> None:
        """The next update of these."""
        live = self.live()
        for name in names:
            self.workspace.order("hold", deployment=live[name].id)

    def etag(self, name: str) -> str | None:
        live = self.live().get(name)
        return live and self.client.get_model_deployment(live.id).headers["etag"]

    def edit(self, place: int, moment: str) -> None:
        """Somebody edits those whose turn it is, and it is done."""
        live = self.live()
        mine = {name_of(edit, place, moment): act for edit, act in EDITS.items()}
        for name, act in mine.items():
            act(self, live[name])
        wait_until(lambda: self.at_rest(mine), "what somebody has begun is done")
        self.left |= {name: self.etag(name) for name in mine}

    def at_rest(self, names: Iterable[str]) -> bool:
        live = self.live()
        return all(live[name].lifecycle_state == "ACTIVE" for name in names if name in live)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """After the apply."""
    workspace = make(tmp_path_factory.mktemp("foreign-edits"))
    start_bare(workspace)
    made = World(workspace)
    made.ask(1)
    workspace.run("apply", "--yes")
    made.ask(2)
    apply_among_others(made)
    yield made
    stop(workspace)


def apply_among_others(world: World) -> None:
    workspace, path = world.workspace, world.workspace.root / "result.json"
    world.hold(NAMES)
    with path.open("w") as result:
        applying = workspace.begin("apply", "--yes", "--format", "json", stdout=result)
        try:
            going = set(NAMES)
            for place in PLACES:
                wait_until(partial(held, workspace, len(going)), "all that go on are held")
                going -= {name_of(edit, place, moment) for edit in EDITS for moment in MOMENTS}
                after_update(world, applying, place, going)
            applying.end(4)
        finally:
            applying.kill()
    world.results = {item["name"]: item for item in json.loads(path.read_text())["deployments"]}


def held(workspace: Workspace, number: int) -> bool:
    return len(workspace.held()) == number


def after_update(world: World, applying: Begun, place: int, going: set[str]) -> None:
    """All work of one update ends. While the apply stands still at the one moment, and then at the other,
    somebody edits; `going` is who goes on, to be held at the next update.
    """
    workspace = world.workspace
    with stopped(applying):
        workspace.release()
        wait_until(lambda: world.at_rest(NAMES), "the update is done")
        world.edit(place, BEFORE_THE_LOOK)
        if place < PLACES[-1]:
            world.hold(going)
        live = world.live()
        for edit in EDITS:
            ocid = live[name_of(edit, place, AFTER_THE_LOOK)].id
            workspace.order("slow", "get_model_deployment", deployment=ocid, seconds=LATE_SECONDS)
    wait_until(lambda: not any(one["fault"] == "slow" for one in workspace.pending()), "it looks at them")
    with stopped(applying):
        world.edit(place, AFTER_THE_LOOK)


@contextmanager
def stopped(applying: Begun) -> Iterator[None]:
    """The command stands still meanwhile."""
    applying.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        applying.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize(("edit", "place", "moment"), CASES)
def test_what_somebody_does_between_two_updates_stands(
    world: World, edit: str, place: int, moment: str
) -> None:
    name = name_of(edit, place, moment)
    error = world.results[name]["error"]
    assert (error["kind"], error["exitCode"]) == ("StalePlan", 4), error
    assert "nothing more was sent or rolled back" in error["message"]
    assert world.etag(name) == world.left[name], "nothing was sent after it"


def test_the_one_that_is_left_alone_is_updated(world: World) -> None:
    assert world.results[ALONE]["result"] == "done"
    (planned,) = world.workspace.run("plan", "--only", ALONE, "--format", "json").json["deployments"]
    assert planned["action"] == "nothing"


def test_no_failure_is_remembered(world: World) -> None:
    assert nothing_remembered(world.workspace)
