"""What images are built from. The golden files are whole Dockerfiles; UPDATE_GOLDEN=1 writes them anew."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.model.errors import Failed
from reconciler.core.model.images.image import ImageBuild
from reconciler.triton.images.composing import parts_of
from reconciler.triton.images.dockerfile import SCRIPTS, build_context

GOLDEN = Path(__file__).parent / "golden"
REVISION = "0123456789abcdef0123456789abcdef01234567"
BUILDS = {
    "seed": ImageBuild("2.30.0", ("onnxruntime", "pytorch"), ("checksum",)),
    "python_and_packages": ImageBuild(
        "2.59.1", ("dali", "python"), pip=("numpy<2", "pillow"), apt=("libgl1", "libglib2.0-0")
    ),
    "own_images": ImageBuild(
        "9.9.9", ("tensorrtllm",), base="a.example/base:1", full=f"a.example/full@sha256:{'0' * 64}"
    ),
}


@pytest.mark.parametrize("name", BUILDS)
def test_dockerfile(name: str) -> None:
    text = build_context(BUILDS[name], REVISION if name == "seed" else "")["Dockerfile"]
    file = GOLDEN / f"{name}.Dockerfile"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()


def test_the_context_holds_the_dockerfile_and_its_scripts_alone() -> None:
    context = build_context(BUILDS["seed"], "")
    assert set(context) == {"Dockerfile", *SCRIPTS}
    copied = [line for line in context["Dockerfile"].splitlines() if line.startswith("COPY")]
    from_context = [word for line in copied if "--from" not in line for word in line.split()[1:-1]]
    assert set(from_context) == set(SCRIPTS)


@pytest.mark.parametrize(
    "changes",
    [
        {"triton": "2.51.0\nRUN evil"},
        {"backends": ("onnxruntime /", "x")},
        {"repo_agents": ("../../etc",)},
        {"base": "a.example/base:1 AS x\nRUN evil"},
        {"full": "$FULL"},
        {"pip": ("--index-url=http://evil.example",)},
        {"pip": ('numpy"; RUN evil',)},
        {"apt": ("-o=APT::Update::Pre-Invoke::=evil",)},
        {"apt": ("libgl1\nlibgl2",)},
    ],
)
def test_nothing_else_gets_into_it(changes: dict[str, object]) -> None:
    with pytest.raises(Failed):
        build_context(replace(BUILDS["own_images"], **changes), "")


@pytest.mark.parametrize("revision", ["main", "0123456789$(evil)", "0123456789\n"])
def test_nor_by_the_revision(revision: str) -> None:
    with pytest.raises(Failed):
        build_context(BUILDS["seed"], revision)


def test_a_release_that_is_not_known_needs_both_images() -> None:
    with pytest.raises(Failed, match=r"image\.build\.full and image\.build\.base"):
        build_context(replace(BUILDS["own_images"], full=None), "")


def test_what_nvidia_has_in_an_image_of_its_own_is_not_composed() -> None:
    with pytest.raises(Failed, match=r"24\.10-vllm-python-py3"):
        build_context(ImageBuild("2.51.0", ("vllm",)), "")


def test_tensorflow_has_had_several_folders() -> None:
    folders = {
        (triton, backend): parts_of(ImageBuild(triton, (backend,))).folders
        for triton in ("2.30.0", "2.33.0")
        for backend in ("tensorflow", "tensorflow2")
    }
    assert folders == {
        ("2.30.0", "tensorflow"): ("backends/tensorflow1", "backends/tensorflow2"),
        ("2.30.0", "tensorflow2"): ("backends/tensorflow2",),
        ("2.33.0", "tensorflow"): ("backends/tensorflow",),
        ("2.33.0", "tensorflow2"): ("backends/tensorflow",),
    }


def test_the_server_has_ensembles_itself() -> None:
    assert parts_of(ImageBuild("2.51.0", ("ensemble", "identity"))).folders == ("backends/identity",)
