"""A real container engine for tests: Debian's podman, which serves the Docker Engine API on a socket.

`scripts/images` installs what it takes. Every engine has its own images and containers in a folder of its
own. It runs as root, in the machine's own kernel: containers get addresses on a bridge and publish ports on
127.0.0.1.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

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
    with tempfile.TemporaryDirectory(prefix="engine-") as short:
        running = Path(short)  # podman refuses long paths for what it keeps while it runs
        podman = (
            *("podman", "--root", str(folder / "root"), "--runroot", str(running / "run")),
            "--storage-driver=overlay",
        )
        environment = _environment(folder, running, trusted)
        address = f"unix://{running / 'engine.sock'}"
        with (folder / "engine.log").open("wb") as log:
            service = (*podman, "system", "service", "--time=0", address)
            process = subprocess.Popen(service, env=environment, stdout=log, stderr=log)
        try:
            _await_socket(running / "engine.sock", process, folder / "engine.log")
            yield address
        finally:
            _stop(process, podman, environment)
            shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, running: Path, trusted: Path | None) -> dict[str, str]:
    """The engine's own settings: this machine's hybrid control groups are only known to runc. What engines
    would share by default, and the end of one would take from the others, is in its folders.
    """
    settings = folder / "containers.conf"
    settings.write_text(
        "[containers]\n"
        'default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
        "[engine]\n"
        'runtime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'lock_type = "file"\ntmp_dir = "{running / "tmp"}"\n'
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


def _await_socket(socket: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _STARTED_SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the engine did not start: {log.read_text()}")
        time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]", podman: tuple[str, ...], environment: dict[str, str]) -> None:
    remove = (*podman, "rm", "--all", "--force", "--time=0")
    subprocess.run(remove, env=environment, capture_output=True, check=False)
    process.terminate()
    process.wait(30)
    reset = (*podman, "system", "reset", "--force")
    subprocess.run(reset, env=environment, capture_output=True, check=False)
