"""A model server as a container: started, followed until it ends, and removed.

One thread lives as long as the container: it makes and starts it, passes on what it prints, and removes it
at the end. So no container outlives its thread, except when the whole process is killed; then `watchdog`
removes it.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from datascience_emulator.containers.engine import Engine
from datascience_emulator.containers.served_folder import ServedFolder
from datascience_emulator.containers.threads import beside, in_loop
from datascience_emulator.containers.values import EngineError, Image, NoAnswer, NoSuchImage, Order
from datascience_emulator.triton import command
from datascience_emulator.triton.server import GRACE_SECONDS, Server

_LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
KILL_SECONDS = 60.0
AGAIN_SECONDS = 120.0
UNHEALTHY = "unhealthy"


@dataclass(eq=False, slots=True, kw_only=True)
class ContainerServer(Server):
    """`how` says how it ended, `hint` what else may be to blame for that. `published`: port of the container
    → port of 127.0.0.1, once it runs.
    """

    engine: Engine
    image: Image
    order: Order
    folder: ServedFolder
    hint: str = ""
    how: str = ""
    published: Mapping[int, int] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    killer: threading.Thread | None = None
    next_look: float = 0.0

    def begin(self) -> None:
        """Start it; needs a running event loop."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=live, args=(self, loop), daemon=True, name=self.order.name).start()

    @property
    def alive(self) -> bool:
        return not self.over.is_set()

    @property
    def end(self) -> str:
        last = next((line for line in reversed(self.read_log().splitlines()) if line.strip()), "")
        return f"{self.how}{f': {last.strip()}' if last else ''}{self.hint}"

    @property
    def models(self) -> Path:
        return self.folder.shown

    @property
    def changeable(self) -> bool:
        return command.control_mode_of(effective(self.order, self.image)) in (None, command.EXPLICIT)

    def point(self, model_dir: Path) -> None:
        self.folder.show(model_dir)

    def health_url(self, path: str) -> str:
        container = self.revision.container
        port = self.published.get(container.health_check_port) if container else None
        if port is None:
            raise httpx.ConnectError("it does not run yet")
        return f"http://127.0.0.1:{port}{path}"

    async def lost(self) -> str:
        """What the HEALTHCHECK of its image says, if the engine runs it."""
        if not self.published or time.monotonic() < self.next_look:
            return ""
        self.next_look = time.monotonic() + LOOK_SECONDS
        with contextlib.suppress(EngineError):  # if it has ended, that is seen anyway
            status, said = await beside(lambda: self.engine.health(self.order.name))
            if status == UNHEALTHY:
                return f"the HEALTHCHECK of the image fails{f': {said}' if said else ''}"
        return ""

    def read_log(self) -> str:
        """Without the times. There is one before each line that ends in a line feed, and no other."""
        lines = self.log.read_bytes().decode(errors="replace").split("\n") if self.log.exists() else []
        return "\n".join(line.partition(" ")[2].rstrip("\r") for line in lines)

    async def ended(self) -> None:
        await self.over.wait()

    async def terminate(self) -> None:
        with contextlib.suppress(EngineError):  # `kill` comes next
            await beside(lambda: self.engine.stop(self.order.name, GRACE_SECONDS))

    async def kill(self) -> None:
        self.close()
        await self.client.aclose()
        await self.ended_within(KILL_SECONDS)
        if self.killer is not None:
            await beside(self.killer.join)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.closing.set()
            self.killer = threading.Thread(target=removed, args=(self.engine, self.order.name), daemon=True)
            self.killer.start()


def effective(order: Order, image: Image) -> tuple[str, ...]:
    """The words that the engine runs. An entry point in place of the image's makes that one's command void
    (Docker Engine API, ContainerCreate).
    """
    if order.entrypoint:
        return (*order.entrypoint, *order.cmd)
    return (*image.entrypoint, *(order.cmd or image.cmd))


def live(server: ContainerServer, loop: asyncio.AbstractEventLoop) -> None:
    """The life of one container, in a thread of its own. `closing` may be set at any time: then whoever set
    it kills the container, and what is not made yet is not made.
    """
    try:
        server.folder.show(server.revision.model_dir)
        with server.log.open("wb", buffering=0) as log:
            how = run(server, loop, log)
    except (EngineError, OSError) as error:
        how = f"Start Container Error: unable to start container: {error}"
    except Exception as error:  # whoever waits for its end has to hear of it, whatever it was
        _LOG.exception("the container %s is given up", server.order.name)
        how = f"The emulator failed: {error!r}"
    left = not removed(server.engine, server.order.name)
    server.folder.remove()
    in_loop(loop, finish, server, how)
    if left:
        remove(server.engine, server.order.name)


def run(server: ContainerServer, loop: asyncio.AbstractEventLoop, log: IO[bytes]) -> str:
    """How it ended."""
    name, engine = server.order.name, server.engine
    if not server.closing.is_set():
        create(server)
    if not server.closing.is_set():
        in_loop(loop, started, server, engine.start(name))
    if server.closing.is_set():
        return "it was stopped"
    try:
        end = engine.follow(name, log.write, server.closing)
        return str(end or "it was stopped")
    except EngineError as error:
        return f"the container is gone ({error})"


def create(server: ContainerServer) -> None:
    try:
        server.engine.create(server.order)
    except NoSuchImage:  # somebody has removed it since the deployment got its first container
        container = server.revision.container
        if container is None or container.digest is None:
            raise
        server.engine.pull(container.image, container.digest, container.architecture)
        server.engine.create(server.order)


def started(server: ContainerServer, published: Mapping[int, int]) -> None:
    server.published = published
    if port := published.get(server.revision.server_port):
        server.client.base_url = httpx.URL(f"http://127.0.0.1:{port}")


def finish(server: ContainerServer, how: str) -> None:
    server.how = how
    server.over.set()


def remove(engine: Engine, name: str) -> None:
    """An engine that does not answer is asked again for a while: its containers may run on."""
    end = time.monotonic() + AGAIN_SECONDS
    while not removed(engine, name):
        if time.monotonic() > end:
            _LOG.warning("the container %s may be left: the next start of the emulator removes it", name)
            return
        time.sleep(LOOK_SECONDS)


def removed(engine: Engine, name: str) -> bool:
    try:
        engine.remove(name)
    except NoAnswer:
        return False
    except EngineError as error:
        _LOG.warning("the container %s may be left: %s", name, error)
    return True
