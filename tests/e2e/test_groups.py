"""A deployment of a model group: each model has a catalog entry of its own, and one of them is replaced while
all are asked, on the same servers or with them.

Real Triton, the command as a user types it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import oci
import pytest

from tests.support.hello import answers_since, ask_for, live_of, probe, served, the
from tests.support.here import start_here
from tests.support.proof import BACK, failed, refused
from tests.support.serving import servers_in
from tests.support.updates import updates
from tests.support.workspace import Workspace, make, stop

GROUP = "MODEL_GROUP"
MODELS = [
    {"name": name, "config": f"hello/{name}/config.pbtxt", "versions": {"1": f"hello/{name}/1/model.py"}}
    for name in ("m", "n")
]


@dataclass
class World:
    """Two models, `m` and `n`, with the factors that were last asked for."""

    workspace: Workspace
    factors: dict[str, float] = field(default_factory=lambda: {"m": 2.0, "n": 5.0})

    def become(self, update: str, **factors: float) -> None:
        self.factors.update(factors)
        self.ask(rollout={"update": update})
        self.workspace.run("apply", "--yes")

    def ask(self, **spec: Any) -> None:
        usual = {"modelRepository": None, "models": MODELS, "scaling": {"instances": 2}}
        spec = {"deploymentType": GROUP, **usual, **spec}
        ask_for(self.workspace, self.factors["m"], others={"n": self.factors["n"]}, **spec)

    def answers(self) -> list[float]:
        return [7.0 * factor for factor in self.factors.values()]

    def servers(self) -> set[int]:
        return set(servers_in(self.workspace.home))

    def groups(self) -> list[Any]:
        """Model groups that are not deleted."""
        client, compartment = self.workspace.sdk(), self.workspace.note["compartment"]
        found = oci.pagination.list_call_get_all_results(client.list_model_groups, compartment).data
        return [group for group in found if group.lifecycle_state != "DELETED"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    workspace = make(tmp_path_factory.mktemp("groups"))
    start_here(workspace.home)
    yield World(workspace)
    stop(workspace)


@pytest.fixture
def grouped(world: World) -> World:
    world.become("live")
    assert the(world.workspace).model_deployment_configuration_details.deployment_type == GROUP
    return world


@pytest.mark.parametrize("update", ["live", "zdt"])
def test_one_model_is_replaced_and_nobody_notices(grouped: World, update: str) -> None:
    workspace, old = grouped.workspace, grouped.answers()
    assert workspace.plan()["hello"]["action"] == "nothing"
    before, models = grouped.servers(), {model.id for model in workspace.catalog()}
    began = time.time()
    with served(workspace, *old, 7.0 * (grouped.factors["m"] + 1), models=("m", "n")) as load:
        grouped.become(update, m=grouped.factors["m"] + 1)

    (done,) = updates(workspace, began)
    assert done.status == "SUCCEEDED"
    assert answers_since(load, done.ended) == {str(answer) for answer in grouped.answers()}
    kept = grouped.servers()
    assert len(kept) == 2
    assert kept == before if update == "live" else not kept & before
    assert len({model.id for model in workspace.catalog()} - models) == 1, "the other one stays what it was"
    assert workspace.plan()["hello"]["action"] == "nothing"


def test_destroy_takes_the_groups_and_their_members_too(grouped: World) -> None:
    assert grouped.groups()
    grouped.workspace.run("destroy", "hello", "--yes")
    assert live_of(grouped.workspace) == []
    assert grouped.groups() == []
    assert grouped.workspace.catalog() == []


def test_one_model_becomes_a_group_only_as_another_deployment(world: World) -> None:
    workspace = world.workspace
    if live_of(workspace):
        workspace.run("destroy", "hello", "--yes")
    world.ask(deploymentType="SINGLE_MODEL")
    workspace.run("apply", "--yes")
    old, before = the(workspace), workspace.state()

    world.ask()
    told = workspace.run("apply", "--yes", code=5).out
    assert "it is a SINGLE_MODEL deployment and should be a MODEL_GROUP one" in told
    assert "set spec.rollout.downtime: allow: it is deleted and created anew" in told
    assert workspace.state() == before

    world.ask(rollout={"downtime": "allow"})
    workspace.run("apply", "--yes")
    new = the(workspace)
    assert new.id != old.id
    assert new.model_deployment_configuration_details.deployment_type == GROUP
    with served(workspace, *world.answers(), models=("m", "n")):
        assert workspace.plan()["hello"]["action"] == "nothing"


def test_a_member_that_answers_wrongly_is_taken_back_on_the_same_servers(grouped: World) -> None:
    workspace, old = grouped.workspace, dict(grouped.factors)
    before, group = grouped.servers(), group_of(workspace)
    probes = [probe(workspace, 7.0 * old["m"])]
    grouped.factors["m"] += 1
    grouped.ask(rollout={"update": "live", "probes": probes})
    with served(workspace, *grouped.answers(), 7.0 * old["m"], models=("m", "n")) as load:
        done, over = failed(workspace)
    assert f"expected {7.0 * old['m']}, got {7.0 * grouped.factors['m']}" in done.err
    assert BACK in done.err
    grouped.factors = old
    assert answers_since(load, over) == {str(answer) for answer in grouped.answers()}
    assert (grouped.servers(), group_of(workspace)) == (before, group)
    refused(workspace)


def group_of(workspace: Workspace) -> str:
    details = the(workspace).model_deployment_configuration_details
    return str(details.model_group_configuration_details.model_group_id)
