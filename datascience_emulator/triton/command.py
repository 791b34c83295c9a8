"""Translates the command of a container into the arguments of a tritonserver on this machine.

Paths of the container become paths of the unpacked artifact. Options that would collide with another server
on the same machine (ports, addresses, log file, shared memory, folders of the image) are replaced. It must
not touch files or start anything.
"""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from datascience_emulator.triton.command_line.listening import refuse_unreachable
from datascience_emulator.triton.command_line.options import Option, last, parse
from datascience_emulator.triton.values import ServerFailed

# Where the service mounts the unzipped artifact (Oracle, "Bring Your Own Container", Model Deployment).
MOUNT = "/opt/ds/model/deployed_model"
DEFAULT_COMMAND = ("tritonserver", f"--model-repository={MOUNT}")
ENTRYPOINT = "nvidia_entrypoint.sh"

CONTROL_MODE, EXPLICIT = "--model-control-mode", "explicit"
CHANGEABLE_OPTIONS = (f"{CONTROL_MODE}={EXPLICIT}", "--load-model=*")
"""They let Triton change its models while it runs; all are still loaded at the start."""
REPOSITORY_OPTIONS = frozenset({"--model-repository", "--model-store"})
OWN_OPTIONS = frozenset(
    {
        "--http-port",
        "--http-address",
        "--reuse-http-port",
        "--allow-http",
        "--allow-grpc",
        "--grpc-port",
        "--grpc-address",
        "--reuse-grpc-port",
        "--allow-metrics",
        "--metrics-port",
        "--metrics-address",
        "--allow-sagemaker",
        "--sagemaker-port",
        "--allow-vertex-ai",
        "--vertex-ai-port",
        "--log-file",
        "--backend-directory",
        "--repoagent-directory",
        "--cache-directory",
    }
)
DEFAULT_MAX_BATCH_SIZE = "default-max-batch-size"
PREFIX_SETTING = "python,shm-region-prefix-name="
IN_CONTAINER = re.compile(rf"{re.escape(MOUNT)}(?=/|,|:|$)(/[^,:]*)?")


@dataclass(frozen=True, slots=True)
class LocalResources:
    """What a server gets on this machine: its own port, folders, and prefix for shared memory."""

    http_port: int
    backends: Path
    caches: Path
    shm_prefix: str


def server_options(
    command: Sequence[str],
    model_dir: Path,
    server_port: int,
    here: LocalResources,
    *,
    live: bool = False,
    health_port: int | None = None,
) -> list[str]:
    """The options of a local tritonserver that does what `command` does in its container.

    `health_port`: where the service asks for the health, if not at the server port.
    `live`: its models may be changed while it runs. Triton allows that only in its model control mode
    `explicit`, which is set unless the command sets a mode; all models are still loaded at the start.

    Raises ServerFailed for a command that cannot work in the service, or that does not run Triton.
    """
    options = list(parse(tritonserver_arguments(command)))
    refuse_unreachable(options, server_port, health_port or server_port)
    passed = [
        written(option, model_dir)
        for option in options
        if option.name not in OWN_OPTIONS and not (option.value or "").startswith(PREFIX_SETTING)
    ]
    if live and control_mode(options) is None:
        passed += CHANGEABLE_OPTIONS
    return [*passed, *own_options(here)]


def control_mode(options: Sequence[Option]) -> str | None:
    """The model control mode that the options set, if any; the last one counts."""
    mode = last(options, CONTROL_MODE)
    return mode.lower() if mode else mode


def control_mode_of(words: Sequence[str]) -> str | None:
    """As `control_mode`, of any command, which may run Triton by another program."""
    modes = [value for name, value in pairwise(words) if name == CONTROL_MODE]
    joined = [word.partition("=")[2] for word in words if word.startswith(f"{CONTROL_MODE}=")]
    return next(reversed([*modes, *joined]), None)


def can_change(command: Sequence[str]) -> bool:
    """Whether a server started with `live` by this command can load and unload models while it runs."""
    return control_mode(list(parse(tritonserver_arguments(command)))) in (None, EXPLICIT)


def default_max_batch_size(command: Sequence[str]) -> str | None:
    """What the command says of it to the onnxruntime backend, or else to all; the last one counts."""
    settings = [
        option.value or ""
        for option in parse(tritonserver_arguments(command))
        if option.name == "--backend-config"
    ]
    for prefix in (f"onnxruntime,{DEFAULT_MAX_BATCH_SIZE}=", f"{DEFAULT_MAX_BATCH_SIZE}="):
        values = [setting.removeprefix(prefix) for setting in settings if setting.startswith(prefix)]
        if values:
            return values[-1]
    return None


def tritonserver_arguments(command: Sequence[str]) -> Sequence[str]:
    words = list(command) or list(DEFAULT_COMMAND)
    if words and PurePosixPath(words[0]).name == ENTRYPOINT:
        words = words[1:] or list(DEFAULT_COMMAND)
    if PurePosixPath(words[0]).name != "tritonserver":
        raise ServerFailed(
            f"cmd: the emulator only runs tritonserver, not {words[0]!r}; write the command as "
            f'["tritonserver", "--model-repository={MOUNT}", …]'
        )
    return words[1:]


def written(option: Option, model_dir: Path) -> str:
    if option.value is None:
        return option.name
    value = local(option.value, model_dir)
    if option.name in REPOSITORY_OPTIONS and value == option.value:
        raise ServerFailed(
            f"cmd: {option.name}={option.value} is not in the artifact; "
            f"only {MOUNT} and folders below it are there"
        )
    return f"{option.name}={value}"


def local(value: str, model_dir: Path) -> str:
    """`value` with every path below the mount replaced by the folder on this machine. Raises ServerFailed for
    a path that leads out of the mount.
    """

    def replace(match: re.Match[str]) -> str:
        path = posixpath.normpath(match.group(0))
        if path != MOUNT and not path.startswith(f"{MOUNT}/"):
            raise ServerFailed(f"cmd: {match.group(0)} leads out of {MOUNT}")
        return str(model_dir) + path.removeprefix(MOUNT)

    return IN_CONTAINER.sub(replace, value)


def own_options(here: LocalResources) -> list[str]:
    return [
        f"--backend-directory={here.backends}",
        f"--cache-directory={here.caches}",
        "--http-address=127.0.0.1",
        f"--http-port={here.http_port}",
        # The emulator holds the port with a socket (SO_REUSEPORT), so that nobody takes it before Triton.
        "--reuse-http-port=true",
        "--allow-grpc=false",
        "--allow-metrics=false",
        f"--backend-config={PREFIX_SETTING}{here.shm_prefix}",
    ]
