"""The values of the engine: what it is, its images, the containers that it is told to run, and its errors.

It must not import other modules of the package, since all of them use it.

    Exception
    └── EngineError        the engine refused something, in its own words
        ├── NoEngine       none answers, or none that the emulator can use
        ├── NoAnswer       the engine that was used does not answer any more, perhaps for a while
        └── NoSuchImage    no registry has the image, or none that may be read
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KILLED = 128 + 9


class EngineError(Exception):
    """The engine did not do what it was told; the message is its own."""


class NoEngine(EngineError):
    """There is no engine that could be used; the message says what to do."""


class NoAnswer(EngineError):
    """Nobody knows whether the engine has done it. Its containers may well run on."""


class NoSuchImage(EngineError):
    """The image cannot be had."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the engine runs containers on. `memory` is in bytes; `limits_cpus` and `limits_memory`: whether it
    can hold a container to less than all; `gpus`: whether it has NVIDIA's runtime.
    """

    cpus: int
    memory: int
    architecture: str
    limits_cpus: bool
    limits_memory: bool
    gpus: bool


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the engine has. `reference` is REGISTRY/NAME@DIGEST; `size` is in bytes, unpacked."""

    reference: str
    architecture: str
    size: int
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A container to run. An empty `entrypoint` and `cmd` leave those of the image. `ports` are those of the
    container that get a free port of 127.0.0.1. `folder` is what it sees at the mount, read-only. Without
    `cpus`, `memory` and `shared_memory` (bytes) the engine's own limits hold.
    """

    name: str
    image: str
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    environment: Mapping[str, str]
    ports: frozenset[int]
    folder: Path
    labels: Mapping[str, str]
    cpus: float | None
    memory: int | None
    shared_memory: int | None
    gpu: bool


@dataclass(frozen=True, slots=True)
class End:
    """How a container ended. Not every engine notices that it ended for lack of memory."""

    status: int
    out_of_memory: bool = False

    def __str__(self) -> str:
        if self.out_of_memory:
            return "the container was killed, as it took more memory than the shape has"
        hint = " (killed, perhaps as it took more memory than it has)" if self.status == KILLED else ""
        return f"the container exited with status {self.status}{hint}"
