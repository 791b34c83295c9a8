"""Whether an image fits: what the models ask for, the compute shape, and what is started."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import Container
from reconciler.core.model.images.image import ImageFacts, ImageNeeds, Platform, platform_of
from reconciler.core.planning.images import fit

ARM = Platform("arm64")
FACTS = ImageFacts("sha256:" + "a" * 64, 1_000_000, Platform(), ("/entry.sh",), ("tritonserver",))
CONTAINER = Container("x:1")


def lacks(need: ImageNeeds, **held: object) -> list[str]:
    full = {"triton": "2.51.0", "backends": ("onnxruntime",), "repo_agents": ("checksum",)}
    return [lack.what for lack in fit.missing([need], **{**full, **held})]


def test_a_backend_that_is_not_held() -> None:
    pytorch = ImageNeeds("m", "pytorch")
    assert lacks(pytorch) == ["'m' runs on pytorch"]
    assert lacks(pytorch, backends=("pytorch",)) == []
    assert lacks(pytorch, backends=None) == [], "not known"
    assert lacks(ImageNeeds("m")) == [], "it brings its own, or nobody can tell"


def test_a_backend_that_older_images_have_under_another_name() -> None:
    assert lacks(ImageNeeds("m", "tensorflow"), backends=("tensorflow2",)) == []


def test_a_repository_agent_that_is_not_held() -> None:
    need = ImageNeeds("m", "onnxruntime", ("checksum", "decrypt"))
    assert lacks(need) == ["'m' asks for decrypt"]
    assert lacks(need, repo_agents=None) == []


@pytest.mark.parametrize(
    ("release", "told"),
    [("2.14.0", True), ("2.9.0", True), ("2.15.0", False), ("2.51.0", False), ("", False), ("dev", False)],
)
def test_a_field_that_the_release_does_not_know_yet(release: str, told: bool) -> None:
    need = ImageNeeds("m", fields=(("response_cache in its configuration", "2.15.0"),))
    what = "'m' has response_cache in its configuration, which Triton knows from 2.15.0 on"
    assert lacks(need, triton=release) == ([what] if told else [])


@pytest.mark.parametrize(
    ("shape", "architecture"),
    [
        ("VM.Standard.A1.Flex", "arm64"),
        ("BM.Standard.A1.160", "arm64"),
        ("VM.Standard.E4.Flex", "amd64"),
        ("VM.GPU.A10.1", "amd64"),
        ("BM.GPU.A100-v2.8", "amd64"),
    ],
)
def test_the_architecture_of_a_shape(shape: str, architecture: str) -> None:
    assert platform_of(shape).architecture == architecture


def test_an_image_of_another_architecture() -> None:
    (found,) = fit.unfit_for_shape(FACTS, ARM, "VM.Standard.A1.Flex")
    assert found.reason == "the image is for amd64, and VM.Standard.A1.Flex is arm64"
    assert list(fit.unfit_for_shape(FACTS, Platform(), "VM.Standard.E4.Flex")) == []
    unknown = replace(FACTS, platform=Platform(""))
    assert list(fit.unfit_for_shape(unknown, ARM, "VM.Standard.A1.Flex")) == []


@pytest.mark.parametrize(
    ("entrypoint", "command", "started"),
    [
        ((), (), ("/entry.sh", "tritonserver")),
        ((), ("tritonserver", "-v"), ("/entry.sh", "tritonserver", "-v")),
        (("sh",), (), ("sh",)),
        (("sh",), ("-c", "x"), ("sh", "-c", "x")),
    ],
)
def test_what_is_started(entrypoint: tuple, command: tuple, started: tuple) -> None:
    """A command takes the place of the image's, and an entry point the place of both."""
    container = replace(CONTAINER, entrypoint=entrypoint, command=command)
    assert fit.started(FACTS, container) == started
    assert list(fit.unfit_to_start(FACTS, container)) == []


def test_an_image_in_which_nothing_starts() -> None:
    empty = replace(FACTS, entrypoint=(), command=())
    (nothing,) = fit.unfit_to_start(empty, CONTAINER)
    assert "neither the image nor the manifest" in nothing.reason
    (option,) = fit.unfit_to_start(empty, replace(CONTAINER, command=("--model-repository=/x",)))
    assert option.reason.startswith("--model-repository=/x would be started as a program")
    assert list(fit.unfit_to_start(FACTS, replace(CONTAINER, command=("--model-repository=/x",)))) == []


def test_doubts() -> None:
    assert list(fit.doubts(FACTS, CONTAINER)) == []
    (large,) = fit.doubts(replace(FACTS, size=16_100_000_000), CONTAINER)
    assert "16.1 GB" in large
    server = replace(FACTS, entrypoint=("/opt/tritonserver/bin/tritonserver",))
    twice = replace(CONTAINER, command=("tritonserver", "--model-repository=/x"))
    assert len(list(fit.doubts(server, twice))) == 1
    assert list(fit.doubts(server, replace(CONTAINER, command=("--model-repository=/x",)))) == []
    assert list(fit.doubts(FACTS, twice)) == []


@pytest.mark.parametrize(
    ("command", "entrypoint", "of_image", "doubts"),
    [
        ((), (), (), 1),
        (("tritonserver",), (), (), 0),
        ((), (), ("tritonserver",), 0),
        ((), ("tritonserver",), (), 0),
        (
            (),
            ("/opt/nvidia/nvidia_entrypoint.sh",),
            ("tritonserver",),
            1,
        ),  # it makes the image's command void
    ],
)
def test_an_entry_point_that_starts_a_shell_unless_it_gets_a_command(
    command: tuple, entrypoint: tuple, of_image: tuple, doubts: int
) -> None:
    nvidia = replace(FACTS, entrypoint=("/opt/nvidia/nvidia_entrypoint.sh",), command=of_image)
    container = replace(CONTAINER, command=command, entrypoint=entrypoint)
    found = list(fit.doubts(nvidia, container))
    assert len(found) == doubts
    assert all("starts a shell" in doubt for doubt in found)
