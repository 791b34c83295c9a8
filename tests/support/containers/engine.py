"""A real container engine for tests: Debian's podman, which serves the Docker Engine API on a socket.

`scripts/images` installs what it takes. Every engine has its own images and containers in a folder of its
own. It runs as root, in the machine's own kernel: containers get addresses on a bridge and publish ports on
127.0.0.1.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.containers.kept import kept

NEEDED = ("podman", "runc", "iptables")
_SYSTEM_PATH = "/usr/sbin:/sbin"
_STARTED_SECONDS = 60


def why_no_engine() -> str:
    """Why no engine can run here; empty when one can."""
    path = f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        return f"scripts/images installs what is missing: {', '.join(missing)}"
    return "" if os.geteuid() == 0 else "the engine of the tests runs as root only"


@contextlib.contextmanager
def running_engine(folder: Path, trusted: Path | None = None) -> Iterator[str]:
    """A running engine; yields its address for DOCKER_HOST. All that it ran is gone afterwards. `trusted`:
    the file of the authority whose registries it trusts, instead of the machine's authorities.
    """
    folder.mkdir(parents=True, exist_ok=True)
    running = Path(tempfile.mkdtemp(prefix="engine-"))  # podman refuses long paths for what it keeps now
    podman = (
        *("podman", "--root", str(folder / "root"), "--runroot", str(running / "run")),
        "--storage-driver=overlay",
    )
    address = f"unix://{running / 'engine.sock'}"
    with (
        (folder / "engine.log").open("wb") as log,
        kept(
            (*podman, "system", "service", "--time=0", address),
            log,
            _environment(folder, running, trusted),
            before=[(*podman, "rm", "--all", "--force", "--time=0")],
            after=[(*podman, "system", "reset", "--force")],
            folders=[folder, running],
            place=folder,  # what watches over containers leaves a file there when one runs out of memory
        ) as process,
    ):
        _await_socket(running / "engine.sock", process, folder / "engine.log")
        yield address


def _environment(folder: Path, running: Path, trusted: Path | None) -> dict[str, str]:
    """The engine's own settings: this machine's hybrid control groups are only known to runc. What engines
    would share by default, and the end of one would take from the others, is in its folders. It sends one
    layer after another, so that what it has sent is certain when it asks to send the next.
    """
    settings = folder / "containers.conf"
    settings.write_text(
        "[containers]\n"
        'default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
        "[engine]\n"
        'runtime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nexit_command_delay = 5\n'
        f'lock_type = "file"\ntmp_dir = "{running / "tmp"}"\n'
        "image_parallel_copies = 1\n"
        "[network]\n"
        'network_backend = "cni"\ncni_plugin_dirs = ["/usr/lib/cni"]\n'
        f'network_config_dir = "{folder / "cni"}"\n'
    )
    return {
        **os.environ,
        "PATH": f"{os.environ['PATH']}:{_SYSTEM_PATH}",
        "CONTAINERS_CONF": str(settings),
        "TMPDIR": str(folder),
        **({"SSL_CERT_FILE": str(trusted)} if trusted else {}),
    }


def _await_socket(path: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """The file is there a moment before anybody listens."""
    end = time.monotonic() + _STARTED_SECONDS
    while not _listens(path):
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the engine did not start: {log.read_text()}")
        time.sleep(0.05)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True
