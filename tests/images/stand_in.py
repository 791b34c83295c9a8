"""A stand-in for NVIDIA's images of Triton, where their registry is out of reach: one that is laid out as
`nvcr.io/nvidia/tritonserver:24.10-py3`, and one as its small base `24.10-py3-min`, both made here.

As in NVIDIA's: `/opt/tritonserver` with the real tritonserver 2.51.0 in `bin`, its libraries in `lib`, and
`backends`, `caches`, `repoagents` beside them; the entry point `/opt/nvidia/nvidia_entrypoint.sh`; the user
`triton-server` with the number 1000; the variables that name the release.

Different from NVIDIA's: the system is Debian 12, not Ubuntu 22.04, and has its Python 3.11; there is nothing
of CUDA; server, Python backend and cache are those of the PyPI package nvidia-pytriton; `onnxruntime` is a
backend in Python over the PyPI package, not NVIDIA's library; `pytorch` is its Python file without torch, and
the agent `checksum` an empty file: both are there to be left out.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datascience_emulator.triton import runtime

RELEASE, CONTAINER_RELEASE = "2.51.0", "24.10"
PYTHON = "3.11"
"""The system's. The package has a stub for each Python."""

SYSTEM = "localhost/stand-in-system"
SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
PACKAGES = ("ca-certificates", "curl", "libpython3.11", "python3", "python3-numpy")
"""What the server and its Python backend need; the base has none of it."""

LEFT_OUT = ("/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/man/*")
WHEEL_PLATFORM = "manylinux_2_28_x86_64"

ENTRY_POINT = """\
#!/bin/bash
# As NVIDIA's: a banner, then the command, or a shell.
echo
echo "== Triton Inference Server, a stand-in for tests =="
echo "NVIDIA Release $NVIDIA_TRITON_SERVER_VERSION (Triton $TRITON_SERVER_VERSION)"
echo
if [ $# -eq 0 ]; then exec /bin/bash; fi
exec "$@"
"""

BASE = """\
FROM {system}
COPY --chmod=755 nvidia_entrypoint.sh /opt/nvidia/nvidia_entrypoint.sh
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
"""

FULL = """\
FROM {base}
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends {packages} && \\
    apt-get clean && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 triton-server
ENV TRITON_SERVER_VERSION={release} NVIDIA_TRITON_SERVER_VERSION={container_release} \\
    TRITON_SERVER_USER=triton-server TRITON_SERVER_GPU_ENABLED=0 \\
    PATH=/opt/tritonserver/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /opt/tritonserver
COPY --chown=1000:1000 tritonserver /opt/tritonserver
"""

WHEEL_LIBRARIES = b"$ORIGIN/../../../../nvidia_pytriton.libs"
LIBRARIES = b"$ORIGIN/../../lib"
"""Where a file of `backends` and `caches` finds its libraries: as it is in the package, and as it is here."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Names of the two images, in the engine that has them."""

    base: str
    full: str


def make(engine: Any, cache: Path, scratch: Path, registry: str = "localhost") -> StandIn:
    """Both images in this engine (a client of the package `docker`), as if they were from this registry.

    The base system is kept in `cache`.
    """
    name = f"{registry}/nvidia/tritonserver"
    made = StandIn(f"{name}:{CONTAINER_RELEASE}-py3-min", f"{name}:{CONTAINER_RELEASE}-py3")
    system = imported(engine, base_system(cache), SYSTEM)
    context = scratch / "base"
    context.mkdir(parents=True)
    (context / "nvidia_entrypoint.sh").write_text(ENTRY_POINT)
    build(engine, context, made.base, BASE.format(system=system))
    context = scratch / "full"
    lay_out(context / "tritonserver")
    packages = " ".join(PACKAGES)
    release = {"release": RELEASE, "container_release": CONTAINER_RELEASE}
    build(engine, context, made.full, FULL.format(base=made.base, packages=packages, **release))
    shutil.rmtree(scratch)
    return made


def base_system(cache: Path) -> Path:
    """An archive of a small Debian."""
    archive = cache / f"{SUITE}.tar"
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = archive.with_suffix(".draft.tar")
        run(
            "mmdebstrap",
            *("--variant=minbase", "--quiet"),
            *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
            *(SUITE, str(draft), MIRROR),
        )
        draft.rename(archive)
    return archive


def imported(engine: Any, archive: Path, repository: str) -> str:
    with archive.open("rb") as data:
        told = engine.api.import_image_from_data(data, repository=repository, tag="latest")
    assert "error" not in json.loads(told.strip().splitlines()[-1]), told
    return f"{repository}:latest"


def build(engine: Any, context: Path, tag: str, dockerfile: str) -> None:
    (context / "Dockerfile").write_text(dockerfile)
    engine.images.build(path=str(context), tag=tag, rm=True, forcerm=True)


def lay_out(root: Path) -> None:
    """`/opt/tritonserver`, as NVIDIA lays it out."""
    wheel = runtime.find_wheel()
    server = wheel.package / "tritonserver"
    place(wheel.server, root / "bin", 0o755)
    shutil.copytree(wheel.libraries, root / "lib")
    (root / "TRITON_VERSION").write_text(f"{RELEASE}\n")
    (licence,) = wheel.package.parent.glob("nvidia_pytriton-*.dist-info/**/LICENSE")
    place(licence, root)
    python = root / "backends/python"
    for file in wheel.backend_files:
        place(file, python)
    place(server / f"python_backend_stubs/{PYTHON}/triton_python_backend_stub", python, 0o755)
    place(wheel.caches / "local/libtritoncache_local.so", root / "caches/local")
    for file in (*python.iterdir(), *(root / "caches/local").iterdir()):
        file.write_bytes(moved(file.read_bytes()))
    for model in runtime.own_models():
        place(model, root / "backends" / model.parent.name)
    install("onnxruntime", root / "backends/onnxruntime")
    place_empty(root / "repoagents/checksum/libtritonrepoagent_checksum.so")


def moved(content: bytes) -> bytes:
    """A library that looks for others where they are here; its length stays."""
    return content.replace(WHEEL_LIBRARIES, LIBRARIES.ljust(len(WHEEL_LIBRARIES), b"\0"))


def place(file: Path, folder: Path, mode: int = 0o644) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)
    (folder / file.name).chmod(mode)


def place_empty(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.touch()


def install(package: str, folder: Path) -> None:
    """A package for the Python of the images, without what it depends on, into a folder."""
    target = ("--python-version", PYTHON, "--implementation", "cp", "--platform", WHEEL_PLATFORM)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    run(*pip, "--only-binary=:all:", *target, "--target", str(folder), package)


def run(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}{ran.stderr}"
