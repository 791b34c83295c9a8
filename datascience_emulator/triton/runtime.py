"""Where Triton's files are on this machine, and whether they can run. They need the wheel nvidia-pytriton,
libpython, and numpy below 2.

Files of the wheel are used, but it is never imported: it would import a client, a web server and more that
are not needed. It must not start a server.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datascience_emulator.triton.values import ServingUnavailable

INSTALL = "pip install 'oci-triton-reconciler[emulator]'"
OWN_BACKENDS = Path(__file__).parent / "backends"
NEWEST = (3, 12)
"""Python: numpy below 2, which Triton's Python backend needs, has no wheel for a newer one."""

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PASSED_ON = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER")
# One thread for each server, as several run side by side on the machine of a developer. A deployment may set
# other values.
THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Wheel:
    """The files of nvidia-pytriton."""

    package: Path

    @property
    def server(self) -> Path:
        return self.package / "tritonserver" / "bin" / "tritonserver"

    @property
    def caches(self) -> Path:
        return self.package / "tritonserver" / "caches"

    @property
    def libraries(self) -> Path:
        return self.package.parent / "nvidia_pytriton.libs"

    @property
    def backend_files(self) -> list[Path]:
        folder = self.package / "tritonserver" / "backends" / "python"
        return [folder / "libtriton_python.so", folder / "triton_python_backend_utils.py"]

    @property
    def stub(self) -> Path:
        return self.package / "tritonserver" / "python_backend_stubs" / PYTHON / "triton_python_backend_stub"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A tritonserver that can be started: the binary, its backends and the environment that both need."""

    server: Path
    backends: Path
    caches: Path
    libraries: tuple[Path, ...]

    def environment(self, deployment: Mapping[str, str]) -> dict[str, str]:
        """The variables of the deployment over the defaults. Search paths are joined, the emulator's first.
        Servers see no other variables of this machine.
        """
        base = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        ours = {
            "PATH": [f"{sys.prefix}/bin", deployment.get("PATH"), os.environ.get("PATH", os.defpath)],
            "PYTHONPATH": [*site_packages(), deployment.get("PYTHONPATH")],
            "LD_LIBRARY_PATH": [*map(str, self.libraries), deployment.get("LD_LIBRARY_PATH")],
        }
        paths = {name: os.pathsep.join(filter(None, values)) for name, values in ours.items()}
        return {**base, **THREADS, **deployment, **paths}


def check() -> None:
    """Raises ServingUnavailable when Triton cannot run here."""
    find_wheel()
    find_libpython(library_folders())
    check_numpy(installed("numpy"))


def prepare(work_dir: Path) -> Runtime:
    """The runtime in `work_dir`, which the first call makes. Several processes may call it at once."""
    check()
    wheel = find_wheel()
    folder = work_dir / f"triton-{digest([*wheel.backend_files, wheel.stub, *own_files()])}"
    if not folder.is_dir():
        publish(wheel, folder)
    server = wheel.server if os.access(wheel.server, os.X_OK) else folder / wheel.server.name
    libraries = (wheel.libraries, find_libpython(library_folders()).parent)
    return Runtime(server, folder / "backends", wheel.caches, libraries)


def find_wheel() -> Wheel:
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        raise ServingUnavailable(
            f"Triton runs on Linux (x86-64, arm64) only, this is {sys.platform} on {platform.machine()}: "
            "run the emulator in a Linux container or virtual machine"
        )
    spec = importlib.util.find_spec("pytriton")
    if spec is None or not spec.submodule_search_locations:
        raise ServingUnavailable(
            f"the package nvidia-pytriton, which carries tritonserver, is missing: {_advice(INSTALL)}"
        )
    wheel = Wheel(Path(spec.submodule_search_locations[0]))
    for needed in (wheel.server, wheel.stub, *wheel.backend_files):
        if not needed.is_file():
            raise ServingUnavailable(
                f"nvidia-pytriton has no {needed} (this is Python {PYTHON}): "
                "pip install --force-reinstall nvidia-pytriton==0.7.0, under Python 3.11 or 3.12"
            )
    return wheel


def library_folders() -> list[Path]:
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    named = [
        sysconfig.get_config_var("LIBDIR"),
        f"{sys.base_prefix}/lib",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
    ]
    folders = [Path(name) for name in named if name]
    return [*folders, *(folder / multiarch for folder in folders if multiarch)]


def find_libpython(folders: Iterable[Path]) -> Path:
    name = f"libpython{PYTHON}.so.1.0"
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise ServingUnavailable(
        f"{name}, which Triton's Python backend needs, is not on this machine. "
        f"Debian, Ubuntu: apt-get install libpython{PYTHON}. "
        "pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install. "
        "Or use a Python that was built with --enable-shared"
    )


def installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_numpy(version: str | None) -> None:
    """With numpy 2, this Triton starts, but every request fails: `output tensor shape does not match size of
    output`.
    """
    if version is None:
        raise ServingUnavailable(f"numpy is missing: {_advice(INSTALL)}")
    if int(version.split(".")[0]) >= 2:
        raise ServingUnavailable(
            f"Triton's Python backend needs numpy below 2, this is {version}: "
            + _advice("pip install 'numpy<2'")
        )


def _advice(command: str) -> str:
    """The command that brings what is missing, where one does."""
    if sys.version_info[:2] <= NEWEST:
        return command
    return (
        f"numpy below 2 has no wheel for Python {PYTHON}, so start the local cloud with Python 3.12 or 3.11; "
        "all but the model servers works here"
    )


def site_packages() -> list[str]:
    paths = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(find_wheel().package.parent)]
    return list(dict.fromkeys(paths))


def own_files() -> list[Path]:
    return sorted(OWN_BACKENDS.rglob("*.py"))


def digest(files: Iterable[Path]) -> str:
    content = hashlib.sha256(PYTHON.encode())
    for file in files:
        content.update(hashlib.sha256(file.read_bytes()).digest())
    return content.hexdigest()[:16]


def publish(wheel: Wheel, folder: Path) -> None:
    """Make the folder beside its place and move it there in one step. If another process was faster, its
    folder is used.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".triton-", dir=folder.parent))
    try:
        fill(wheel, draft)
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def fill(wheel: Wheel, draft: Path) -> None:
    python = draft / "backends" / "python"
    python.mkdir(parents=True)
    for file in (*wheel.backend_files, wheel.stub):
        shutil.copyfile(file, python / file.name)
    (python / wheel.stub.name).chmod(0o755)
    own = {file.parent.name for file in OWN_BACKENDS.glob("*/model.py")}
    for backend in own:
        (draft / "backends" / backend).mkdir()
    for file in own_files():
        # What lies beside the backends is shared by them.
        for backend in own if file.parent == OWN_BACKENDS else {file.parent.name}:
            shutil.copyfile(file, draft / "backends" / backend / file.name)
    # A wheel that was unzipped by hand has lost its run bits.
    if not os.access(wheel.server, os.X_OK):
        shutil.copyfile(wheel.server, draft / wheel.server.name)
        (draft / wheel.server.name).chmod(0o755)
