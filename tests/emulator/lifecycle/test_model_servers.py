"""Changes of one deployment at the same time, and cancelled ones: what is unpacked and removed."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.lifecycle.model_servers import ModelServers
from datascience_emulator.lifecycle.server_kinds import as_processes
from datascience_emulator.store.blobs import Blobs
from tests.support.emulator import FakeServing, artifact

DEPLOYMENT = "ocid1.datasciencemodeldeployment.oc1.iad.one"
DOCUMENT = {
    "id": DEPLOYMENT,
    "modelDeploymentConfigurationDetails": {
        "deploymentType": "SINGLE_MODEL",
        "modelConfigurationDetails": {"scalingPolicy": {"policyType": "FIXED_SIZE", "instanceCount": 1}},
        "environmentConfigurationDetails": {"environmentVariables": {"CONTAINER_TYPE": "TRITON"}},
    },
}


class HeldBlobs(Blobs):
    """Answers, in the thread that unpacks, only while it is not held; `unpacking` counts who has asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.free = threading.Event()
        self.unpacking: list[str] = []

    def path(self, digest: str) -> Path:
        self.unpacking.append(digest)
        assert self.free.wait(10)
        return self.folder / digest


@pytest.fixture
def blobs(tmp_path: Path) -> HeldBlobs:
    folder = tmp_path / "artifacts"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / name).write_bytes(artifact(name))
    return HeldBlobs(folder)


def model_servers(folder: Path, blobs: Blobs, serving: FakeServing) -> ModelServers:
    kind = as_processes(lambda: serving)
    return ModelServers(folder / "servers", folder / "logs", blobs, kind, "ocid1.tenancy.oc1..one")


async def reached(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def loop_goes_round() -> None:
    for _ in range(100):
        await asyncio.to_thread(int)


def test_a_change_unpacks_only_when_the_one_before_has_tidied_up(tmp_path: Path, blobs: HeldBlobs) -> None:
    async def run() -> None:
        serving = FakeServing()
        fleets = model_servers(tmp_path, blobs, serving)
        blobs.free.set()
        serving.hold.set()
        first = asyncio.create_task(fleets.roll(DEPLOYMENT, DOCUMENT, {"": "one"}, str))
        await reached(lambda: serving.rolls)
        second = asyncio.create_task(fleets.roll(DEPLOYMENT, DOCUMENT, {"": "two"}, str))
        await loop_goes_round()
        assert blobs.unpacking == ["one"]
        serving.hold.clear()
        await asyncio.gather(first, second)
        assert [revision.model_dir.is_dir() for _, revision in serving.rolls] == [False, True]

    asyncio.run(run())


def test_cancelled_while_it_unpacks_it_leaves_nothing_behind(tmp_path: Path, blobs: HeldBlobs) -> None:
    async def run() -> None:
        serving = FakeServing()
        fleets = model_servers(tmp_path, blobs, serving)
        change = asyncio.create_task(fleets.roll(DEPLOYMENT, DOCUMENT, {"": "one"}, str))
        await reached(lambda: blobs.unpacking)
        change.cancel()
        await loop_goes_round()
        assert not change.done(), "the thread would go on in a folder that is removed"
        blobs.free.set()
        with pytest.raises(asyncio.CancelledError):
            await change
        assert serving.rolls == []
        assert list((tmp_path / "servers").glob("*/model-*")) == []

    asyncio.run(run())
