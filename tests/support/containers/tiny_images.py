"""A base and a full image, tiny, made in a second of this machine's own programs: laid out as NVIDIA's are,
but with nothing in it that serves. What the recipe needs of a base is there: bash, ldd, find and their like.
"""

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PROGRAMS = (
    *(
        "bash",
        "sh",
        "cat",
        "cp",
        "ls",
        "ln",
        "mv",
        "mkdir",
        "rm",
        "chmod",
        "realpath",
        "dirname",
        "head",
        "wc",
    ),
    *(
        "sort",
        "tr",
        "id",
        "touch",
        "sleep",
        "grep",
        "find",
        "xargs",
        "tar",
        "sed",
        "ldd",
        "ldconfig",
        "getconf",
    ),
    *("useradd", "userdel", "true", "uname", "env"),
)
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
FILES = {
    "etc/passwd": b"root:x:0:0:root:/root:/bin/bash\n",
    "etc/group": b"root:x:0:\n",
    "etc/shadow": b"root:*:19000:0:99999:7:::\n",
    "etc/gshadow": b"root:*::\n",
    "etc/login.defs": b"UID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\n",
    "etc/ld.so.conf": b"include /etc/ld.so.conf.d/*.conf\n",
}
SERVER = "opt/tritonserver"


def import_base(client: Any, name: str, old: bool = False) -> None:
    """A system without Triton, under this name and tag, with an entry point. An `old` one has a library of a
    name that the full image has, too, but of another version.
    """
    own = {"opt/nvidia/nvidia_entrypoint.sh": b'#!/bin/bash\n# of the base\nexec "$@"\n'}
    older = {"usr/lib/libcrypto.so.3": _library("libz.so.1")} if old else {}
    _import(client, name, _system() | own | older)


def import_full(client: Any, name: str, backends: Iterable[str] = ("identity", "onnxruntime")) -> None:
    """The same system with a server that is none, backends that need OpenSSL's libraries, an agent, and the
    licence.
    """
    server = {
        f"{SERVER}/bin/tritonserver": _program("true"),
        f"{SERVER}/lib/libtritonserver.so": _library("libz.so.1"),
        f"{SERVER}/LICENSE": b"a licence\n",
        f"{SERVER}/caches/local/libtritoncache_local.so": _library("libz.so.1"),
        f"{SERVER}/repoagents/checksum/libtritonrepoagent_checksum.so": _library("libz.so.1"),
        "opt/nvidia/nvidia_entrypoint.sh": b'#!/bin/bash\nexec "$@"\n',
    }
    for backend in backends:
        server[f"{SERVER}/backends/{backend}/libtriton_{backend}.so"] = _library("libssl.so.3")
    libraries = {f"usr/lib/{name}": _library(name) for name in ("libssl.so.3", "libcrypto.so.3", "libz.so.1")}
    _import(client, name, _system() | server | libraries)


def make_arm(client: Any, name: str) -> None:
    """An image for Arm, whose shell no other machine runs."""
    program = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00\x01" + bytes(107)
    files = {"Dockerfile": b"FROM scratch\nCOPY system /\n"}
    files |= {f"system/{path}": content for path, content in FILES.items()}
    files |= {f"system/bin/{shell}": program for shell in ("sh", "bash")}
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        _add(tar, files)
    context.seek(0)
    made = client.build(
        fileobj=context, custom_context=True, tag=name, platform="linux/arm64", rm=True, decode=True
    )
    for event in made:
        assert "error" not in event, event


def _system() -> dict[str, bytes]:
    """The programs, at one place each, and the libraries that they need."""
    files = dict(FILES)
    programs = [Path(_found(name)) for name in PROGRAMS]
    for program in programs:
        files[f"usr/bin/{program.name}"] = program.read_bytes()
    files["usr/bin/awk"] = Path(_found("awk")).read_bytes()
    listed = subprocess.run(
        ("ldd", *map(str, programs), _found("awk")), capture_output=True, text=True, check=False
    )
    for name, path in re.findall(r"^\t(\S+) => (/\S+)", listed.stdout, re.M):
        files[f"usr/lib/{name}"] = Path(path).read_bytes()
    for path in set(re.findall(r"^\t(/\S+) \(", listed.stdout, re.M)):
        files[path.lstrip("/")] = Path(path).read_bytes()  # the loader
    return files


def _found(name: str) -> str:
    found = shutil.which(name, path=SYSTEM_PATH)
    assert found is not None, name
    return str(Path(found).resolve().with_name(name)) if Path(found).name == name else found


def _program(name: str) -> bytes:
    return Path(_found(name)).read_bytes()


def _library(name: str) -> bytes:
    listed = subprocess.run(
        ("ldconfig", "-p"), capture_output=True, text=True, check=True, env={"PATH": SYSTEM_PATH}
    )
    found = re.search(rf"^\t{re.escape(name)} .* => (\S+)$", listed.stdout, re.M)
    assert found, name
    return Path(found[1]).read_bytes()


def _add(tar: tarfile.TarFile, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        entry = tarfile.TarInfo(path)
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, io.BytesIO(content))


def _import(client: Any, name: str, files: dict[str, bytes]) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for folder in ("tmp", "root", "home", "var", "proc", "sys", "dev", "etc/ld.so.conf.d"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        for link in ("bin", "sbin", "lib"):
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, "usr/lib" if link == "lib" else "usr/bin"
            tar.addfile(entry)
        _add(tar, files)
    repository, _, tag = name.rpartition(":")
    changes = [f"ENV PATH={SYSTEM_PATH}"]
    # podman takes no tag here: what it imported is called latest.
    said = client.import_image_from_data(packed.getvalue(), repository=repository, changes=changes)
    assert "error" not in said, said
    client.tag(f"{repository}:latest", repository, tag)
    client.remove_image(f"{repository}:latest", noprune=True)
