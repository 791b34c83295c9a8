"""Releases of Triton, and NVIDIA's images of them.

Read on 2026-11-28 from the files TRITON_VERSION and build.py of the branches r23.01 to r26.08 of
github.com/triton-inference-server/server: each branch is one monthly release of the container. No I/O here:
whether an image is still to be had, the engine finds out when it pulls.
"""

from reconciler.core.model.images.image import ImageBuild

CONTAINER = {
    "2.30.0": "23.01",
    "2.31.0": "23.02",
    "2.32.0": "23.03",
    "2.33.0": "23.04",
    "2.34.0": "23.05",
    "2.35.0": "23.06",
    "2.36.0": "23.07",
    "2.37.0": "23.08",
    "2.38.0": "23.09",
    "2.39.0": "23.10",
    "2.40.0": "23.11",
    "2.41.0": "23.12",
    "2.42.0": "24.01",
    "2.43.0": "24.02",
    "2.44.0": "24.03",
    "2.45.0": "24.04",
    "2.46.0": "24.05",
    "2.47.0": "24.06",
    "2.48.0": "24.07",
    "2.49.0": "24.08",
    "2.50.0": "24.09",
    "2.51.0": "24.10",
    "2.52.0": "24.11",
    "2.53.0": "24.12",
    "2.54.0": "25.01",
    "2.55.0": "25.02",
    "2.56.0": "25.03",
    "2.57.0": "25.04",
    "2.58.0": "25.05",
    "2.59.0": "25.06",
    "2.59.1": "25.07",
    "2.60.0": "25.08",
    "2.61.0": "25.09",
    "2.62.0": "25.10",
    "2.63.0": "25.11",
    "2.64.0": "25.12",
    "2.65.0": "26.01",
    "2.66.0": "26.02",
    "2.67.0": "26.03",
    "2.68.0": "26.04",
    "2.69.0": "26.05",
    "2.70.0": "26.06",
    "2.71.0": "26.07",
    "2.72.0": "26.08",
}
"""NVIDIA's container release by Triton's; 2.59.1 is the one that is not a .0."""

REPOSITORY = "nvcr.io/nvidia/tritonserver"

OWN_IMAGES = {"vllm": "vllm-python-py3", "tensorrtllm": "trtllm-python-py3"}
"""Backends that NVIDIA ships in an image of their own only, and its tag after the release. NVIDIA's
compose.py does not take them out of it (its documentation, "Compose a specific version of Triton").
"""


def known(triton: str) -> bool:
    """Whether NVIDIA's images of this release are known."""
    return triton in CONTAINER


def full_image(build: ImageBuild) -> str | None:
    """The image to take Triton from; None when the release is not known and the manifest names none."""
    return build.full or _image(build.triton, "py3")


def base_image(build: ImageBuild) -> str | None:
    """The image to put Triton into; None when the release is not known and the manifest names none."""
    return build.base or _image(build.triton, "py3-min")


def own_image(backend: str, triton: str) -> str | None:
    """NVIDIA's image for this backend alone; None when it is in the full image like the others."""
    return _image(triton, OWN_IMAGES[backend]) if backend in OWN_IMAGES else None


def release_order(triton: str) -> tuple[int, ...]:
    """A release as numbers, to compare it with others."""
    return tuple(map(int, triton.split(".")))


def _image(triton: str, kind: str) -> str | None:
    return f"{REPOSITORY}:{CONTAINER[triton]}-{kind}" if triton in CONTAINER else None
