"""What is told of a container that never becomes ready, by an engine that answers as told."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from datascience_emulator.containers import container_server
from datascience_emulator.containers.container_server import ContainerServer
from datascience_emulator.containers.served_folder import ServedFolder
from datascience_emulator.containers.values import End, EngineError, Image, Order
from datascience_emulator.triton import Container, Revision, ServerFailed
from datascience_emulator.triton.server import make_client


class ToldEngine:
    """Runs one container, which ends when it is removed."""

    def __init__(self, health: tuple[str, str] = ("", ""), breaks: Exception | None = None) -> None:
        self.told, self.breaks, self.gone, self.removed = health, breaks, Event(), 0

    def create(self, order: Order) -> None:
        pass

    def start(self, name: str) -> dict[int, int]:
        return {8000: 1}  # where nobody listens

    def follow(self, name: str, write: Callable[[bytes], object], closing: Event) -> End:
        write(b"2026-03-01T10:00:00Z it begins\n")
        if self.breaks is not None:
            raise self.breaks
        self.gone.wait(10)
        return End(137)

    def health(self, name: str) -> tuple[str, str]:
        return self.told

    def remove(self, name: str) -> None:
        self.removed += 1
        self.gone.set()


def failure(engine: ToldEngine, folder: Path) -> ServerFailed:
    """Why it does not become ready. Nothing is left of it."""

    async def run() -> ServerFailed:
        server = made(engine, folder)
        server.begin()
        try:
            with pytest.raises(ServerFailed) as failed:
                await server.ready()
        finally:
            await server.kill()
        assert not server.alive
        assert not (folder / "served").exists()
        assert engine.removed > 0
        return failed.value

    return asyncio.run(run())


def made(engine: Any, folder: Path) -> ContainerServer:
    (folder / "models").mkdir()
    container = Container("x.y/z", "sha256:0", 8000, "VM.Standard.E4.Flex", "amd64")
    served = ServedFolder(folder / "served")
    return ContainerServer(
        revision=Revision(folder / "models", {}, 8000, 1, container=container),
        log=folder / "container-1-1.log",
        client=make_client(),
        engine=engine,
        image=Image("x.y/z@sha256:0", "amd64", 1, (), ()),
        order=Order(
            *("one", "x.y/z@sha256:0", (), (), {}, frozenset({8000}), served.shown, {}),
            *(None, None, None, False),
        ),
        folder=served,
    )


def test_an_unhealthy_one_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_server, "LOOK_SECONDS", 0.0)
    reason = failure(ToldEngine(("unhealthy", "sh: curl: not found")), tmp_path).reason
    assert reason == "the HEALTHCHECK of the image fails: sh: curl: not found"


def test_one_that_somebody_else_removes_is_given_up(tmp_path: Path) -> None:
    reason = failure(ToldEngine(breaks=EngineError("no such container")), tmp_path).reason
    assert reason == "the container is gone (no such container): it begins"


def test_whatever_breaks_it_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reason = failure(ToldEngine(breaks=LookupError("?")), tmp_path).reason
    assert reason == "The emulator failed: LookupError('?'): it begins"


def test_the_end_of_a_container_in_words() -> None:
    assert str(End(3)) == "the container exited with status 3"
    assert "more memory than the shape has" in str(End(137, out_of_memory=True))
