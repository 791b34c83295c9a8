"""What the model servers of one emulator run as, and which deployments get any. Values only."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from datascience_emulator.data_science.deployments.document_parts import environment
from datascience_emulator.lifecycle.serving_protocol import Serving
from datascience_emulator.wire.json_values import Json


def nothing() -> None:
    """What needs no beginning and no end."""


@dataclass(frozen=True, slots=True)
class ServerKind:
    """`load` imports what serves, when the first deployment needs it. `why_not` has a reason for deployments
    that get no servers. `begin` is called before the first server starts, and removes what an earlier process
    has left; `end` after the last one has ended.
    """

    load: Callable[[], Serving]
    why_not: Callable[[Json], str | None]
    begin: Callable[[], None] = nothing
    end: Callable[[], None] = nothing


def load_triton() -> Serving:
    return cast(Serving, importlib.import_module("datascience_emulator.triton"))


def as_processes(load: Callable[[], Serving] = load_triton) -> ServerKind:
    """Tritonservers of this machine, whatever the image."""
    return ServerKind(load, _not_triton)


def as_containers(serving: Serving, begin: Callable[[], None], end: Callable[[], None]) -> ServerKind:
    """Containers of the deployments' own images."""
    return ServerKind(lambda: serving, _without_image, begin, end)


def _not_triton(document: Json) -> str | None:
    if environment(document).get("environmentVariables", {}).get("CONTAINER_TYPE") == "TRITON":
        return None
    return (
        "the emulator runs servers only for deployments that set CONTAINER_TYPE=TRITON, unless it is started "
        "with --servers docker"
    )


def _without_image(document: Json) -> str | None:
    if environment(document).get("environmentConfigurationType") == "OCIR_CONTAINER":
        return None
    return "the deployment names no container image (OCIR_CONTAINER), and the emulator has none of its own"
