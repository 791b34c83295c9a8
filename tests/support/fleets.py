"""A workspace with several deployments whose next change needs a stop, and an emulator without model servers:
nothing is asked of them, so they start at once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import oci
import yaml

from tests.support.bare import all_live, start_bare
from tests.support.hello import MANIFEST, write_hello
from tests.support.workspace import Begun, Workspace, make, stop, wait_until

STEPS = ("deactivate", "update", "activate")
SLOW_SECONDS = 4.0

NAMES = tuple(f"{moment}-{step}" for moment in ("call", "wait") for step in STEPS)
"""Each is the one that meets this moment of its chain when a run is held."""


@dataclass
class Fleet:
    """`version` is the one that the manifests ask for."""

    workspace: Workspace
    version: int = 1

    def ask_for_more(self) -> None:
        """Another version of the model in place of the one that is served: every deployment has to stop."""
        self.version += 1
        self.write()

    def write(self) -> None:
        write_hello(self.workspace, version=str(self.version))
        (self.workspace.root / "manifests/hello.yaml").unlink()
        for name in NAMES:
            manifest = yaml.safe_load(MANIFEST)
            manifest["metadata"] = {"name": name}
            manifest["spec"]["rollout"] = {"downtime": "allow"}
            self.workspace.write(f"manifests/{name}.yaml", json.dumps(manifest))

    def live(self) -> dict[str, Any]:
        """By name."""
        return all_live(self.workspace)

    def settled(self) -> dict[str, str]:
        """The states of all, once nothing is under way."""
        client, compartment = self.workspace.sdk(), self.workspace.note["compartment"]

        def rests() -> bool:
            works = oci.pagination.list_call_get_all_results(client.list_work_requests, compartment).data
            return all(work.status not in {"ACCEPTED", "IN_PROGRESS"} for work in works)

        wait_until(rests, "nothing is under way")
        return {name: one.lifecycle_state for name, one in self.live().items()}

    def hold(self) -> None:
        """The next apply stands still with every deployment at its moment: three calls that are not answered
        yet, three pieces of work that do not end.
        """
        for name, live in self.live().items():
            moment, _, step = name.partition("-")
            fault = {"fault": "slow", "seconds": SLOW_SECONDS} if moment == "call" else {"fault": "hold"}
            self.workspace.order(operation=f"{step}_model_deployment", deployment=live.id, **fault)

    def stands_still(self) -> None:
        wait_until(lambda: len(self.workspace.held()) == len(STEPS), "all work is held")

    @contextmanager
    def held(self, *arguments: str, stdout: IO[Any] | int | None = None) -> Iterator[Begun]:
        """An apply that stands still. Afterwards all goes on."""
        self.hold()
        applying = self.workspace.begin("apply", "--yes", *arguments, stdout=stdout)
        try:
            self.stands_still()
            yield applying
        finally:
            self.workspace.forget_orders()
            if applying.process.poll() is None:
                applying.kill()


@contextmanager
def fleet(root: Path) -> Iterator[Fleet]:
    """All of them live, at version 1."""
    workspace = make(root)
    start_bare(workspace)
    made = Fleet(workspace)
    made.write()
    workspace.run("apply", "--yes")
    yield made
    stop(workspace)
