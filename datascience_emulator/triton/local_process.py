"""A model server as a tritonserver process under its watchdog: starting it and ending it.

The watchdog has the reading end of a pipe, and this process the writing end. When the pipe is closed, the
watchdog ends the process tree and removes its shared memory.
"""

import asyncio
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from datascience_emulator.triton import command, logs, watchdog
from datascience_emulator.triton.command import MOUNT, LocalResources, server_options
from datascience_emulator.triton.runtime import Runtime, prepare
from datascience_emulator.triton.server import GRACE_SECONDS, Server, fresh_log, make_client
from datascience_emulator.triton.stubs import Stubs
from datascience_emulator.triton.symbolic_links import Links, make_links
from datascience_emulator.triton.values import Revision

# Read by the local onnxruntime backend, which can import nothing of this distribution.
MAX_BATCH_SIZE_VARIABLE = "LOCAL_TRITON_DEFAULT_MAX_BATCH_SIZE"


@dataclass(eq=False, slots=True, kw_only=True)
class LocalProcess(Server):
    process: "subprocess.Popen[bytes]"
    control: int
    reservation: socket.socket
    links: Links
    stubs: Stubs = field(init=False)

    def __post_init__(self) -> None:
        self.stubs = Stubs(self.process.pid)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def end(self) -> str:
        return f"tritonserver ended with status {self.process.returncode}"

    @property
    def models(self) -> Path:
        return self.links.model

    @property
    def changeable(self) -> bool:
        return command.can_change(self.revision.command)

    def point(self, model_dir: Path) -> None:
        self.links.point(model_dir.resolve())

    async def lost(self) -> str:
        return logs.lost_stub(self.read_log()) if self.stubs.lost() else ""

    def shown(self, text: str) -> str:
        for folder in (self.links.model, self.revision.model_dir.resolve()):
            text = text.replace(str(folder), MOUNT)
        return text

    async def terminate(self) -> None:
        os.write(self.control, b"s")
        await self.ended_within(GRACE_SECONDS + 2)

    async def kill(self) -> None:
        """The watchdog has cleaned up when this returns."""
        self.close()
        await self.client.aclose()
        await self.ended_within(GRACE_SECONDS)
        self.links.remove()  # unless the watchdog itself was killed, it has done so

    async def ended(self) -> None:
        """Wait for the end of the watchdog, and so of all its processes."""
        if not self.alive:
            return
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        handle = os.pidfd_open(self.process.pid)
        loop.add_reader(handle, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        self.process.wait()

    def close(self) -> None:
        """Close the pipe, so that the watchdog kills whatever is left."""
        if not self.closed:
            self.closed = True
            os.close(self.control)
            self.reservation.close()


@dataclass(frozen=True, slots=True)
class LocalProcesses:
    """Starts the processes of a fleet. `work_dir` is for the backends that every server loads, and may be
    shared between fleets.
    """

    work_dir: Path
    log_name = "triton"

    async def prepare(
        self, revision: Revision, progress: Callable[[str], None]
    ) -> Callable[[Revision, Path], Server]:
        """Raises ServingUnavailable when Triton cannot run here."""
        runtime = await asyncio.to_thread(prepare, self.work_dir)
        return partial(start, runtime)


def start(runtime: Runtime, revision: Revision, log: Path) -> Server:
    """Start the process and return at once. Raises ServerFailed for a command that cannot be run here."""
    reservation = reserve_port()
    port: int = reservation.getsockname()[1]
    name = f"triton-{uuid.uuid4().hex[:12]}"
    links = make_links(name, revision.model_dir.resolve(), runtime.backends)
    try:
        here = LocalResources(port, links.backends, runtime.caches, f"{name}-")
        options = server_options(
            revision.command,
            links.model,
            revision.server_port,
            here,
            live=revision.live,
            health_port=revision.container.health_check_port if revision.container else None,
        )
        environment = runtime.environment(revision.environment) | backend_settings(revision.command)
        process, control = launch([str(runtime.server), *options], here, links, environment, log)
    except BaseException:
        reservation.close()
        links.remove()
        raise
    return LocalProcess(
        revision=revision,
        log=log,
        client=make_client(f"http://127.0.0.1:{port}"),
        process=process,
        control=control,
        reservation=reservation,
        links=links,
    )


def backend_settings(words: Sequence[str]) -> dict[str, str]:
    """Of the command, for the local backends, which Triton does not tell them."""
    largest = command.default_max_batch_size(words)
    return {} if largest is None else {MAX_BATCH_SIZE_VARIABLE: largest}


def launch(
    command: list[str], here: LocalResources, links: Links, environment: Mapping[str, str], log: Path
) -> "tuple[subprocess.Popen[bytes], int]":
    reading, writing = os.pipe()
    arguments = [
        sys.executable,
        "-I",
        "-S",
        str(Path(watchdog.__file__).resolve()),
        here.shm_prefix,
        str(links.folder),
        str(GRACE_SECONDS),
        *command,
    ]
    try:
        with fresh_log(log).open("wb") as output:
            process = subprocess.Popen(
                arguments,
                stdin=reading,
                stdout=output,
                stderr=output,
                env=environment,
                # The stub has its working directory on sys.path, before the standard library.
                cwd=log.parent,
                start_new_session=True,
            )
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    return process, writing


def reserve_port() -> socket.socket:
    """A socket that holds a free loopback port without listening, so that nobody takes it before Triton.
    Triton binds it as well, by SO_REUSEPORT.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reservation.bind(("127.0.0.1", 0))
    return reservation
