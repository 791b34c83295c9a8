"""The service stops answering in the middle of a rolling update of five deployments: nothing is undone and
nothing held against anybody, and what was begun is completed
(docs/updates.md, "When the service cannot be asked").

Two updates for each, without model servers. OUTAGE is how many seconds no list is answered.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.support.bare import (
    all_live,
    ask_for_one,
    nothing_remembered,
    nothing_to_do,
    start_bare,
    updates_sent,
    write_model,
)
from tests.support.workspace import Begun, Workspace, make, stop, wait_until

OUTAGE = float(os.environ.get("OUTAGE", "10"))
NAMES = ("a", "b", "c", "d", "e")
UPDATES = 2 * len(NAMES)


@dataclass
class World:
    """Five deployments of a content that has a number."""

    workspace: Workspace
    number: int = 0

    def ask_for_more(self) -> None:
        """Another content and another variable: two updates for each."""
        self.number += 1
        write_model(self.workspace, "manifests/shared", str(self.number))
        server = {"env": {"LEVEL": str(self.number)}}
        for name in NAMES:
            ask_for_one(self.workspace, f"manifests/{name}.yaml", "shared", {"name": name}, server=server)

    @contextmanager
    def rolling(self) -> Iterator[Begun]:
        """An apply whose first five updates are held."""
        self.ask_for_more()
        self.workspace.order("hold", times=len(NAMES))
        applying = self.workspace.begin("apply", "--yes")
        try:
            wait_until(lambda: len(self.workspace.held()) == len(NAMES), "five updates are held")
            yield applying
        finally:
            self.workspace.forget_orders()
            if applying.process.poll() is None:
                applying.kill()

    def assert_as_asked(self) -> None:
        states = {name: live.lifecycle_state for name, live in all_live(self.workspace).items()}
        assert states == dict.fromkeys(NAMES, "ACTIVE")
        assert nothing_remembered(self.workspace)
        assert nothing_to_do(self.workspace)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    workspace = make(tmp_path_factory.mktemp("outages"))
    start_bare(workspace)
    made = World(workspace)
    made.ask_for_more()
    workspace.run("apply", "--yes")
    yield made
    stop(workspace)


def test_lists_that_are_out_for_a_while_undo_nothing(world: World) -> None:
    before = updates_sent(world.workspace)
    with world.rolling() as applying:
        world.workspace.order("unavailable", "list_*", lasts=OUTAGE)
        world.workspace.release()
        told = applying.end()
        assert world.workspace.pending() == [], "or there was no outage"
    assert "going back" not in told
    assert updates_sent(world.workspace) == before + UPDATES, "each was sent once, none undone"
    world.assert_as_asked()


def test_a_session_that_expires_ends_it_and_the_next_apply_finishes(world: World) -> None:
    before = updates_sent(world.workspace)
    with world.rolling() as applying:
        world.workspace.order("not-authenticated", "*", times=0)
        told = applying.end(1)
    assert "going back" not in told
    assert "401 NotAuthenticated" in told
    assert "the next apply" in told
    assert updates_sent(world.workspace) == before + len(NAMES), "nothing more was sent"
    assert nothing_remembered(world.workspace)

    assert "going back" not in world.workspace.run("apply", "--yes").out
    assert updates_sent(world.workspace) == before + UPDATES
    world.assert_as_asked()
