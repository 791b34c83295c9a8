"""What a composed image takes out of the full image, by the names of its backends and agents.

The facts were read in compose.py and build.py of github.com/triton-inference-server/server, branches r23.01
to r26.08. What a name cannot tell, which shared libraries a backend needs say, is found out in the full image
while the image is composed (`templates/image/take.sh`). No I/O here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core.model.images.image import ImageBuild
from reconciler.triton.images.releases import release_order

SERVER = "/opt/tritonserver"

_ONE_TENSORFLOW_SINCE = (2, 33)
"""Before, there was a folder for TensorFlow 1 and one for 2; 2.56 is the first release without any."""

_PYTHON = frozenset({"python", "vllm", "tensorrtllm", "dali"})
"""Backends that run Python. That others do, because they are made of a model.py, is seen in their folder."""

_WITH = {"vllm": ("python",), "tensorrtllm": ("python",)}
"""Backends that are of no use without another one."""

_SEARCHED = {
    "onnxruntime": (f"{SERVER}/backends/onnxruntime",),
    "pytorch": ("/opt/hpcx/ucc/lib", "/opt/hpcx/ucx/lib"),
    "tensorrtllm": ("/usr/local/tensorrt/lib", f"{SERVER}/backends/tensorrtllm"),
}
"""Folders in which libraries are opened by name (NVIDIA's images name them in LD_LIBRARY_PATH)."""

_VARIABLES = {
    "dali": {"PYTHONPATH": f"{SERVER}/backends/dali/wheel/dali"},
    "pytorch": {"UCX_MEM_EVENTS": "no"},
    "tensorflow": {
        "TF_ADJUST_HUE_FUSED": "1",
        "TF_ADJUST_SATURATION_FUSED": "1",
        "TF_ENABLE_WINOGRAD_NONFUSED": "1",
        "TF_AUTOTUNE_THRESHOLD": "2",
    },
}
"""Environment variables that NVIDIA's images set for a backend."""

OPENED_BY_NAME = (
    "libcudnn*",
    "libdcgm*",
    "libnvinfer*",
    "libnvonnxparser*",
    "libnvrtc*",
)
"""Families of libraries whose members open one another by name while they run, so that no file says that it
needs them: with one of them come all.
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """`folders` are below /opt/tritonserver, `searched` the folders that the loader looks into besides its
    own. `python`: the interpreter and its packages are needed.
    """

    folders: tuple[str, ...]
    searched: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    python: bool


def parts_of(build: ImageBuild) -> Parts:
    """What this build takes out of the full image, beside the server itself."""
    names = dict.fromkeys(name for asked in build.backends for name in (asked, *_WITH.get(asked, ())))
    backends = dict.fromkeys(folder for name in names for folder in _folders(name, build.triton))
    families = [_family(name) for name in names]
    variables = {key: value for name in families for key, value in _VARIABLES.get(name, {}).items()}
    return Parts(
        folders=(
            *(f"backends/{name}" for name in sorted(backends)),
            *(f"repoagents/{name}" for name in sorted(build.repo_agents)),
        ),
        searched=_unique(folder for name in families for folder in _SEARCHED.get(name, ())),
        variables=tuple(sorted(variables.items())),
        python=bool(_PYTHON.intersection(names)) or bool(build.pip),
    )


def _folders(backend: str, triton: str) -> tuple[str, ...]:
    """The folders of a backend below `backends`. The one for ensembles is a part of the server."""
    if backend == "ensemble":
        return ()
    if _family(backend) != "tensorflow":
        return (backend,)
    if release_order(triton) >= _ONE_TENSORFLOW_SINCE:
        return ("tensorflow",)
    return ("tensorflow1", "tensorflow2") if backend == "tensorflow" else (backend,)


def _family(backend: str) -> str:
    return "tensorflow" if backend in {"tensorflow1", "tensorflow2"} else backend


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
