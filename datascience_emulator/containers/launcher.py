"""What a fleet of containers needs before it starts: an engine, the image, and that the two fit the shape.

Failures are told in the words of the service where any are known (docs/service.md §2.2).
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from datascience_emulator.containers.container_server import ContainerServer, effective
from datascience_emulator.containers.engine import Engine
from datascience_emulator.containers.served_folder import ServedFolder
from datascience_emulator.containers.threads import beside
from datascience_emulator.containers.values import EngineError, Image, Machine, NoAnswer, NoEngine, Order
from datascience_emulator.triton import Container, Revision, ServerFailed, ServingUnavailable
from datascience_emulator.triton.command import CHANGEABLE_OPTIONS, control_mode_of
from datascience_emulator.triton.server import Server, fresh_log, make_client

PULL_SECONDS = 20 * 60.0  # "image download within 20 min" (docs/service.md §2.2)
STORAGE, SHARED_MEMORY = "STORAGE_SIZE_IN_GB", "SHM_SIZE"
NOT_FOUND = "The container image was not found"
NOT_STARTED = "Start Container Error: unable to start container"
GB = 10**9
_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30}


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that the containers of one revision have in common."""

    engine: Engine
    machine: Machine
    image: Image


@dataclass(frozen=True, slots=True)
class Containers:
    """Starts the containers of a fleet. `work_dir` is for the folders that they see. `labels` are theirs.
    `largest_image` is in bytes. `engine` is one that answers.
    """

    work_dir: Path
    labels: Mapping[str, str]
    largest_image: int
    engine: Callable[[], Engine]
    log_name = "container"

    async def prepare(
        self, revision: Revision, progress: Callable[[str], None]
    ) -> Callable[[Revision, Path], Server]:
        container = required(revision)
        try:
            async with asyncio.timeout(PULL_SECONDS):
                prepared = await beside(partial(self._prepare, container, progress))
        except TimeoutError:
            raise ServerFailed(f"the image was not downloaded within {PULL_SECONDS / 60:g} minutes") from None
        except (NoEngine, NoAnswer) as error:
            raise ServingUnavailable(str(error)) from error
        except EngineError as error:
            raise ServerFailed(f"{NOT_FOUND}: {error}") from error
        check(prepared, container, max(self.largest_image, storage(revision.environment)))
        return partial(self._start, prepared)

    def _prepare(self, container: Container, progress: Callable[[str], None]) -> Prepared:
        """Blocking."""
        engine = self.engine()
        machine = engine.machine()
        if container.gpu and not machine.gpus:
            raise ServerFailed(
                f"{container.shape} has GPUs, and the container engine here has none (it lists no runtime "
                "nvidia): install the NVIDIA Container Toolkit, or deploy on a CPU shape"
            )
        return Prepared(engine, machine, image_of(engine, container, progress))

    def _start(self, prepared: Prepared, revision: Revision, log: Path) -> Server:
        name = f"datascience-{uuid.uuid4().hex[:16]}"
        folder = ServedFolder(self.work_dir / name)
        server = ContainerServer(
            revision=revision,
            log=fresh_log(log),
            client=make_client(),
            engine=prepared.engine,
            image=prepared.image,
            order=order(prepared, revision, name, folder.shown, self.labels),
            folder=folder,
            hint=foreign(required(revision), prepared.machine),
        )
        server.begin()
        return server


def required(revision: Revision) -> Container:
    if revision.container is None:
        raise ServerFailed("the deployment names no container image")
    if revision.container.digest is None:
        raise ServerFailed(f"{NOT_FOUND}: no registry has {revision.container.image}")
    return revision.container


def image_of(engine: Engine, container: Container, progress: Callable[[str], None]) -> Image:
    """The image, from the registry if the engine does not have it yet. One digest may stand for an image of
    each architecture.
    """
    reference = f"{container.image}@{container.digest}"
    found = engine.find(reference)
    if found and found.architecture in ("", container.architecture):
        return found
    progress(f"pulling {reference}")
    began = time.monotonic()
    engine.pull(container.image, str(container.digest), container.architecture)
    found = engine.find(reference)
    if found is None:
        raise EngineError(f"the engine has pulled {reference} and does not have it")
    progress(f"pulled {found.size / 10**6:.0f} MB in {time.monotonic() - began:.1f} s")
    return found


def check(prepared: Prepared, container: Container, largest: int) -> None:
    """Raises ServerFailed for an image that the service would not start."""
    image = prepared.image
    if image.architecture not in ("", container.architecture):
        raise ServerFailed(
            f"{NOT_STARTED}: exec format error (the image is for {image.architecture}, {container.shape} is "
            f"{container.architecture})"
        )
    if image.size > largest:
        raise ServerFailed(
            f"{NOT_STARTED}: no space left on device (the image has {image.size / GB:.1f} GB, the instance "
            f"takes {largest / GB:.1f} GB: a smaller image, or {STORAGE} in the environment)"
        )


def foreign(container: Container, machine: Machine) -> str:
    """What to know of a failure on a machine with other processors, of which the image is not to blame."""
    if container.architecture == machine.architecture:
        return ""
    return (
        f" ({container.shape} is {container.architecture} and this machine {machine.architecture}: it runs "
        "the image only with an emulation in its kernel, such as qemu-user-static)"
    )


def order(prepared: Prepared, revision: Revision, name: str, shown: Path, labels: Mapping[str, str]) -> Order:
    container, machine = required(revision), prepared.machine
    wanted = Order(
        name=name,
        image=prepared.image.reference,
        entrypoint=revision.entrypoint,
        cmd=revision.cmd,
        environment=revision.environment,
        ports=frozenset({revision.server_port, container.health_check_port}),
        folder=shown,
        labels=labels,
        cpus=within(container.cpus, machine.cpus, possible=machine.limits_cpus),
        memory=whole(within(container.memory, machine.memory, possible=machine.limits_memory)),
        shared_memory=shared_memory(revision.environment),
        gpu=container.gpu,
    )
    return changeable(wanted, prepared.image) if revision.live and revision.triton else wanted


def changeable(wanted: Order, image: Image) -> Order:
    """With the options that let Triton change its models while it runs, unless the command says how."""
    if control_mode_of(effective(wanted, image)) is not None:
        return wanted
    cmd = wanted.cmd if wanted.entrypoint else wanted.cmd or image.cmd
    return replace(wanted, cmd=(*cmd, *CHANGEABLE_OPTIONS))


def within(asked: float | None, most: float, *, possible: bool) -> float | None:
    """A limit that this machine can hold a container to; None where it has no more than that itself."""
    return asked if possible and asked is not None and asked < most else None


def whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def storage(environment: Mapping[str, str]) -> int:
    """Bytes; what is no number counts as nothing."""
    text = environment.get(STORAGE, "")
    return int(text) * GB if text.isdecimal() else 0


def shared_memory(environment: Mapping[str, str]) -> int | None:
    """Bytes, from a text such as `10g`. Raises ServerFailed."""
    text = environment.get(SHARED_MEMORY, "").strip().lower()
    if not text:
        return None
    number, unit = (text[:-1], text[-1]) if text[-1] in _UNITS else (text, "b")
    if not number.isdecimal():
        raise ServerFailed(f"{NOT_STARTED}: invalid size {text!r} ({SHARED_MEMORY})")
    return int(number) * _UNITS[unit]
