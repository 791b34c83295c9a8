"""Writes what an image is built from: a Dockerfile, and the scripts that it runs in the full image and in the
base (`templates/image`). No I/O but for these templates.
"""

import json
import re
from collections.abc import Mapping
from functools import partial

from reconciler.core.model.errors import Failed
from reconciler.core.model.images.image import (
    LABEL_AGENTS,
    LABEL_BACKENDS,
    LABEL_BUILD,
    LABEL_RELEASE,
    LABEL_REVISION,
    ImageBuild,
)
from reconciler.shipped import template_text
from reconciler.triton.images.composing import OPENED_BY_NAME, parts_of
from reconciler.triton.images.releases import CONTAINER, OWN_IMAGES, base_image, full_image, own_image

SCRIPTS = ("take.sh", "lacking.sh", "check.sh")
DOCKERFILE = "Dockerfile"

_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
_RELEASE = re.compile(r"[0-9]+(\.[0-9]+){1,3}")
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]*")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~:=<>!\[\],-]*")
_ARCHITECTURE = re.compile(r"[a-z0-9]+")
_REVISION = re.compile(r"[0-9a-f]{7,64}(-dirty)?|")

_APT_GET = (
    "export DEBIAN_FRONTEND=noninteractive; apt-get update && "
    'apt-get install --yes --no-install-recommends "$@" && rm -rf /var/lib/apt/lists/*'
)
_PIP_INSTALL = 'PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --no-cache-dir "$@"'


def build_context(build: ImageBuild, revision: str) -> Mapping[str, str]:
    """The files that the engine gets to build from, by name. `revision` is the git commit, or empty.

    Raises Failed when NVIDIA's images of the release are not known and the build names none, or when a value
    is none that a manifest may have: a build may come from a saved plan.
    """
    return {DOCKERFILE: _dockerfile(build, revision)} | {
        name: template_text(f"image/{name}") for name in SCRIPTS
    }


def _dockerfile(build: ImageBuild, revision: str) -> str:
    from jinja2 import Environment, StrictUndefined

    full, base = full_image(build), base_image(build)
    if full is None or base is None:
        raise Failed(
            f"Triton {build.triton}: NVIDIA's images of this release are not known here; "
            "name both in the manifest, image.build.full and image.build.base"
        )
    _check(build, full, base, revision)
    if own := [name for name in build.backends if name in OWN_IMAGES and build.full is None]:
        raise Failed(
            f"NVIDIA has {own[0]} in an image of its own ({own_image(own[0], build.triton)}), which is not "
            "composed: push that one to your registry, and leave image.build out of the manifest"
        )
    environment = Environment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - a Dockerfile is no HTML; its values are checked above
    )
    environment.filters["exec_form"] = partial(json.dumps, ensure_ascii=False)
    parts = parts_of(build)
    return environment.from_string(template_text("image/triton.Dockerfile.j2")).render(
        full=full,
        base=base,
        variables=_variables(build),
        parts=parts,
        python="python" if parts.python else "",
        searched=list(parts.searched),
        opened=OPENED_BY_NAME,
        apt=list(build.apt),
        apt_get=_APT_GET,
        pip=list(build.pip),
        pip_install=_PIP_INSTALL,
        labels=labels_of(build, revision),
    )


def _variables(build: ImageBuild) -> tuple[tuple[str, str], ...]:
    """Those that NVIDIA's images have. Its entry point prints the releases."""
    container = CONTAINER.get(build.triton)
    return (
        ("TRITON_SERVER_USER", "triton-server"),
        ("TRITON_SERVER_VERSION", build.triton),
        *((("NVIDIA_TRITON_SERVER_VERSION", container),) if container else ()),
        *parts_of(build).variables,
    )


def labels_of(build: ImageBuild, revision: str) -> tuple[tuple[str, str], ...]:
    """What a composed image says of itself."""
    labels = (
        (LABEL_RELEASE, build.triton),
        (LABEL_BACKENDS, ",".join(build.backends)),
        (LABEL_AGENTS, ",".join(build.repo_agents)),
        (LABEL_BUILD, build.digest),
    )
    return (*labels, (LABEL_REVISION, revision)) if revision else labels


def _check(build: ImageBuild, full: str, base: str, revision: str) -> None:
    for pattern, texts in (
        (_RELEASE, (build.triton,)),
        (_NAME, (*build.backends, *build.repo_agents)),
        (_IMAGE, (full, base)),
        (_PACKAGE, (*build.pip, *build.apt)),
        (_REVISION, (revision,)),
        (_ARCHITECTURE, (build.architecture,)),
    ):
        for text in texts:
            if not pattern.fullmatch(text):
                raise Failed(f"{text!a}: no image can be built with this; the manifest says what may be here")
