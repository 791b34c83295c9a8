"""The variables that a deployment of its size wants (docs/service.md §4.2). Pure.

16 GB of image is what is known to fit without them (docs/service.md §4.1). That models count towards the same
room, and the other figures here, are ours: nothing says how large the volume is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from reconciler.core.model.configuration import Secret, Variable
from reconciler.core.model.views.checkup import Check, Topic, fine, wrong

STORAGE, SHARED_MEMORY, TIMEOUT = "STORAGE_SIZE_IN_GB", "SHM_SIZE", "DEPLOYMENT_TIMEOUT_IN_MINUTES"
ROOM_GB = 16.0
SLOW_GB = 100.0
"""From here on a start may take longer than usual."""

MOST_MINUTES = 240
GB = 1e9
SHARING = frozenset({"tensorrtllm", "vllm"})
"""Backends whose processes on several GPUs pass tensors through shared memory."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a deployment loads: bytes of its image's layers and of its models, as far as they are known; the
    backends of its models, and how many GPUs its shape has. `name` is that of the manifest.
    """

    name: str
    image_bytes: int
    model_bytes: int
    backends: frozenset[str]
    gpus: int
    environment: tuple[Variable, ...]

    @property
    def gigabytes(self) -> float:
        """Of all that it loads."""
        return (self.image_bytes + self.model_bytes) / GB


def variables(loads: Sequence[Load]) -> list[Check]:
    """What is missing or wrong, deployment by deployment."""
    checks = [check for load in loads for check in _of(load)]
    return checks or [fine(Topic.VARIABLES, "no deployment is of a size that wants more than it has")]


def _of(load: Load) -> list[Check]:
    given = dict(load.environment)
    return [
        *_storage(load, given.get(STORAGE)),
        *_timeout(load, given.get(TIMEOUT)),
        *_shared_memory(load, given.get(SHARED_MEMORY)),
    ]


def _storage(load: Load, value: str | Secret | None) -> list[Check]:
    size = load.gigabytes
    enough = ceil(2 * size)
    advice = f'Write {STORAGE}: "{enough}" into spec.server.env: archive and content lie side by side.'
    if value is None:
        if size <= ROOM_GB:
            return []
        what = f"{load.name} loads {size:.1f} GB, and {STORAGE} is not set: {ROOM_GB:.0f} GB are known to fit"
        return [wrong(Topic.VARIABLES, what, advice)]
    number = _number(value)
    if number is None:
        return [] if isinstance(value, Secret) else [_no_number(load, STORAGE, "gigabytes, such as 100")]
    if number < size:
        return [wrong(Topic.VARIABLES, f"{load.name} loads {size:.1f} GB, and {STORAGE} is {number}", advice)]
    return []


def _timeout(load: Load, value: str | Secret | None) -> list[Check]:
    advice = f"Write a number of minutes into spec.server.env, {MOST_MINUTES} at most."
    if value is None:
        if load.gigabytes <= SLOW_GB:
            return []
        what = f"{load.name} loads {load.gigabytes:.1f} GB, and {TIMEOUT} is not set: its start may take long"
        return [wrong(Topic.VARIABLES, what, advice)]
    number = _number(value)
    if number is None:
        return [] if isinstance(value, Secret) else [_no_number(load, TIMEOUT, "minutes, such as 120")]
    if not 0 < number <= MOST_MINUTES:
        return [wrong(Topic.VARIABLES, f"{load.name}: {TIMEOUT} is {number}", advice)]
    return []


def _shared_memory(load: Load, value: str | Secret | None) -> list[Check]:
    sharing = sorted(load.backends & SHARING)
    if value is not None or load.gpus < 2 or not sharing:
        return []
    what = f"{load.name} runs {', '.join(sharing)} on {load.gpus} GPUs, and {SHARED_MEMORY} is not set"
    advice = f'Write {SHARED_MEMORY}: "10g" into spec.server.env: containers have 64 MB of it by default.'
    return [wrong(Topic.VARIABLES, what, advice)]


def _number(value: str | Secret) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else None


def _no_number(load: Load, name: str, kind: str) -> Check:
    return wrong(Topic.VARIABLES, f"{load.name}: {name} is no whole number", f"Write {kind}.")
