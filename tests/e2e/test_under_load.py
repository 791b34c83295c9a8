"""Clients pin two models of a deployment and go on asking while it changes: none of them may notice.

Real Triton, the command as a user types it, a commit for each change.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any

import pytest

from tests.support.load import Load
from tests.support.pair import Pair, questions
from tests.support.updates import Update, commit, updates
from tests.support.workspace import Workspace, make, stop, wait_until

AROUND = 10
"""Requests at least that are answered before a change, and after it."""

LONG_SECONDS = 1.0
HANDFUL = 10
"""Requests at least that meet an update which takes so long."""


@dataclass
class World:
    """A deployment, and what was last asked of it."""

    workspace: Workspace
    pair: Pair = field(default_factory=Pair)

    @cached_property
    def endpoint(self) -> str:
        return self.workspace.endpoint("pair")

    def become(self, pair: Pair, message: str) -> None:
        pair.write(self.workspace)
        commit(self.workspace, message)
        self.workspace.run("apply", "--yes")
        self.pair = pair

    def live(self) -> Any:
        client, compartment = self.workspace.sdk(), self.workspace.note["compartment"]
        (listed,) = client.list_model_deployments(compartment).data
        return client.get_model_deployment(listed.id).data


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    workspace = make(tmp_path_factory.mktemp("under-load"))
    world = World(workspace)
    world.become(Pair(), "A deployment")
    yield world
    stop(workspace)


Edit = Callable[[Pair], Pair]

EDITS: dict[str, Edit] = {
    "content": lambda pair: replace(pair, factor=pair.factor + 1),
    "shape": lambda pair: replace(pair, shape=pair.shape + 1),
    "variable": lambda pair: replace(pair, variable=pair.variable + 1),
    "digest": lambda pair: replace(pair, digest=pair.digest + 1),
    "bandwidth": lambda pair: replace(pair, bandwidth=pair.bandwidth + 10),
    "logs": lambda pair: replace(pair, log=pair.log + 1),
    "instances": lambda pair: replace(pair, instances=pair.instances + 1),
}


def at_once(pair: Pair) -> Pair:
    return reduce(lambda changed, edit: edit(changed), EDITS.values(), pair)


CASES: dict[str, Edit] = {**EDITS, "all at once": at_once}


@pytest.mark.parametrize("case", CASES)
def test_nobody_who_asks_notices(world: World, case: str) -> None:
    old = world.pair
    new = CASES[case](old)
    with asking(world, old, new) as load:
        wait_until(lambda: len(load.asked) >= AROUND, "the load runs")
        began = time.time()
        world.become(new, case)
        ended = time.time()
        wait_until(lambda: len(load.since(ended)) >= AROUND, "it goes on")

    assert load.failures == ()
    done = updates(world.workspace, began)
    assert {update.status for update in done} == {"SUCCEEDED"}
    for update in done:
        assert (
            update.seconds < LONG_SECONDS
            or load.report(update.began, update.ended).during.requests >= HANDFUL
        )
    assert_turned(load, old, new, done)
    assert_as_asked(world)


def test_a_rollback_brings_the_old_answers_back_and_holds_them(world: World) -> None:
    """A release is wrong. In an emergency the one before answers again; the next reconcile of the same commit
    leaves it so, and another commit ends that.
    """
    good, workspace = world.pair, world.workspace
    bad = replace(good, factor=good.factor + 1)
    world.become(bad, "A release that is wrong")
    catalog = models(workspace)
    with asking(world, bad, good) as load:
        wait_until(lambda: len(load.asked) >= AROUND, "the load runs")
        began = time.time()
        workspace.run("rollback", "pair", "--to", "previous", "--now", "--yes")
        ended = time.time()
        wait_until(lambda: len(load.since(ended)) >= AROUND, "it goes on")

        assert_turned(load, bad, good, updates(workspace, began))
        world.pair = good
        assert_as_asked(world)
        told = workspace.run("apply", "--yes").out
        assert "held at revision" in told
        assert workspace.run("plan", "--detailed-exitcode").code == 0
        assert_as_asked(world)
        world.become(replace(good, bandwidth=good.bandwidth + 10), "Another release")
    assert load.failures == ()
    assert models(workspace) == catalog, "nothing was uploaded"
    assert_as_asked(world)
    assert "held" not in workspace.run("status").out
    assert workspace.plan()["pair"]["action"] == "nothing"


def models(workspace: Workspace) -> set[str]:
    """The models of the catalog."""
    return {one.id for one in workspace.sdk().list_models(workspace.note["compartment"]).data}


def asking(world: World, *contents: Pair) -> Load:
    return Load(world.endpoint, world.workspace.signer, questions(*contents))


def assert_turned(load: Load, old: Pair, new: Pair, done: list[Update]) -> None:
    """Before the first update only the old content answers, after the last one only the new."""
    before = {one.content for one in load.asked if one.ended < done[0].began}
    after = {one.content for one in load.since(done[-1].ended)}
    assert before == {str(old.factor)}
    assert after == {str(new.factor)}


def assert_as_asked(world: World) -> None:
    asked, live = world.pair, world.live()
    configuration = live.model_deployment_configuration_details
    model, environment = (
        configuration.model_configuration_details,
        configuration.environment_configuration_details,
    )
    assert live.lifecycle_state == "ACTIVE"
    assert model.scaling_policy.instance_count == asked.instances
    assert model.instance_configuration.instance_shape_name == asked.shape_name
    assert model.bandwidth_mbps == asked.bandwidth
    assert environment.image_digest == asked.image_digest
    assert environment.environment_variables["LEVEL"] == str(asked.variable)
    assert live.category_log_details.access.log_id == asked.log_ocid
    assert live.category_log_details.predict.log_id == asked.log_ocid
