"""`image build` and `image push` with a real engine and a real registry: what they have afterwards."""

import re
from pathlib import Path

import pytest

from reconciler.app.images.maker import ImageMaker
from reconciler.app.privacy.redaction import Redaction
from reconciler.core.model.errors import Failed
from reconciler.core.model.images.image import LABEL_BACKENDS, LABEL_BUILD, ImageBuild
from tests.support.containers.image_workspaces import ARM, BASE, FULL, Images, in_container
from tests.support.containers.registry import QUOTA

UPLOAD = re.compile(r"POST /v2/.+/blobs/uploads/")
MANIFEST = re.compile(r"PUT /v2/.+/manifests/")


def sent(asked: list[str]) -> list[str]:
    """What a registry got sent."""
    return [one for one in asked if UPLOAD.match(one) or MANIFEST.match(one)]


def test_equal_builds_are_built_and_pushed_once_under_several_names(images: Images) -> None:
    images.manifest("a", triton="9.9.1")
    images.manifest("b", triton="9.9.1")
    images.manifest("c", "1.0", repository=f"{images.repository}-too", triton="9.9.1")
    images.without_build("d")
    done = images.json("build")
    assert [(one["manifests"], one["result"]) for one in done["images"]] == [
        (["a", "b"], "built"),
        (["c"], "in the engine already"),
    ]
    assert done["withoutBuild"] == ["d"]
    names = {one["image"] for one in done["images"]}
    assert len({image for name, image in images.engine.images() if name in names}) == 1
    labels = images.engine.client.inspect_image(names.pop())["Config"]["Labels"]
    assert (labels[LABEL_BUILD], labels[LABEL_BACKENDS]) == (done["images"][0]["build"], "onnxruntime")

    pushed = images.json("push")["images"]
    assert [(one["sent"], one["movedFrom"]) for one in pushed] == [(True, None)] * 2
    tag = pushed[0]["image"].rpartition(":")[2]
    assert {one["digest"] for one in pushed} == {images.behind(tag)}

    before, asked = images.engine.images(), len(images.registry.asked)
    assert {one["result"] for one in images.json("build")["images"]} == {"in the registry already"}
    assert images.json("push")["images"] == [{**one, "sent": False} for one in pushed]
    assert images.engine.images() == before
    assert sent(images.registry.asked[asked:]) == []


def test_the_parts_are_those_of_the_full_image_and_what_the_base_lacks(images: Images) -> None:
    images.manifest("vision", "parts")
    image = images.json("build")["images"][0]["image"]
    listed = in_container(images, image, "find /opt /etc/ld.so.conf.d -type f | sort; id -u triton-server")
    assert listed.splitlines() == [
        "/etc/ld.so.conf.d/zz-tritonserver.conf",
        "/opt/nvidia/nvidia_entrypoint.sh",
        "/opt/tritonserver/LICENSE",
        "/opt/tritonserver/backends/onnxruntime/libtriton_onnxruntime.so",
        "/opt/tritonserver/bin/tritonserver",
        "/opt/tritonserver/caches/local/libtritoncache_local.so",
        "/opt/tritonserver/composed/check.sh",
        "/opt/tritonserver/composed/libraries",
        "/opt/tritonserver/composed/not-found",
        "/opt/tritonserver/lib/libtritonserver.so",
        "/opt/tritonserver/libraries/libcrypto.so.3",
        "/opt/tritonserver/repoagents/checksum/libtritonrepoagent_checksum.so",
        "1000",
    ]
    assert "not found" not in in_container(images, image, "ldd /opt/tritonserver/backends/*/*.so")
    assert "# of the base" in in_container(images, image, "cat /opt/nvidia/nvidia_entrypoint.sh")


def test_a_part_that_the_full_image_lacks_is_named_with_those_there_are(images: Images) -> None:
    images.manifest("vision", "no-such", build=", backends: [onnxruntime, nope]")
    told = images.run("build", code=1).err
    assert "the full image has no backends/nope: there is identity onnxruntime" in told
    assert "take.sh" in told


def test_a_failed_step_shows_its_own_last_lines(images: Images) -> None:
    images.manifest("vision", "bad-packages", build=", packages: {apt: [libgl1]}")
    told = images.run("build", code=1).err
    assert "the build failed at step" in told
    assert "    | apt-get: " in told
    assert "not found" in told


def test_a_base_that_is_nowhere(images: Images) -> None:
    nowhere = f"{images.registry.host}/nowhere/base:1"
    images.manifest("vision", "no-base", base=nowhere)
    told = images.run("build", code=1).err
    assert f"{nowhere} cannot be pulled for amd64, and the image is composed of it" in told
    assert "check image.build.triton, base and full in the manifest" in told


def test_an_arm_shape_gets_an_image_for_arm_or_is_told_why_not(images: Images) -> None:
    """The engine of the tests is not an Arm one, and emulates none."""
    images.manifest("vision", full=ARM, base=ARM, shape="VM.Standard.A1.Flex")
    told = images.run("build", code=1).err
    assert "cannot run programs for arm64" in told
    assert "build where an engine is for arm64, or install emulation there" in told


def test_a_base_that_is_there_for_other_processors_alone(images: Images) -> None:
    images.manifest("vision", full=ARM, base=ARM)
    told = images.run("build", code=1).err
    assert f"{ARM} cannot be pulled for amd64" in told


def test_whoever_hears_of_the_progress_can_end_it(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(Failed):
        pass

    def stop(message: str, percent: float | None) -> None:
        if message.startswith("step "):
            raise Stopped(message)

    for name, value in images.environment.items():
        monkeypatch.setenv(name, value)
    build = ImageBuild("9.9.4", ("onnxruntime",), base=BASE, full=FULL)
    image = f"{images.repository}:stopped"
    maker = ImageMaker(NoRegistries(), Redaction({}))
    with pytest.raises(Stopped):
        maker.build(image, build, "", stop)
    assert image not in {name for name, _ in images.engine.images()}


class NoRegistries:
    """Nobody can say anything."""

    def look(self, image: object, platform: object) -> None:
        return None

    def credentials_for(self, host: str) -> None:
        return None


def test_no_engine(images: Images) -> None:
    images.manifest("vision", "no-engine")
    told = images.run("build", code=1, DOCKER_HOST="unix:///nowhere/engine.sock").err
    assert "no container engine answers" in told
    assert "tried unix:///nowhere/engine.sock (DOCKER_HOST): there is no such socket" in told
    assert "DOCKER_HOST where an engine listens" in told


def test_wrong_credentials(images: Images, tmp_path: Path) -> None:
    images.manifest("vision", "wrong")
    images.run("build")
    wrong = str(images.registry.docker_config(tmp_path / "wrong", "not-it"))
    told = images.run("push", code=1, DOCKER_CONFIG=wrong).err
    assert "sign in anew with docker login" in told
    assert "not-it" not in told


def test_a_repository_that_one_may_not_use(images: Images) -> None:
    images.manifest("vision", "theirs")
    images.run("build")
    images.registry.allow_only("another/repository")
    try:
        told = images.run("push", code=1).err
    finally:
        images.registry.allow_only()
    assert "check its name, and that whoever signs in may read it" in told


def test_a_full_registry(images: Images) -> None:
    images.manifest("vision", "quota")
    images.run("build")
    with images.registry.refusing(QUOTA):
        told = images.run("push", code=1).err
    assert "the limit of images in this repository is reached" in told
    assert "delete images that nothing uses, or have it raised" in told


def test_what_was_not_built_cannot_be_pushed(images: Images) -> None:
    images.manifest("vision", "not-built", build=", backends: [onnxruntime, identity]")
    assert "build it first, with reconcile image build" in images.run("push", code=1).err


def test_names(images: Images) -> None:
    images.manifest("vision", "named")
    images.without_build("theirs")
    assert images.run("build", "nobody", code=1).err == "error: nobody: no manifest has this name\n"
    assert "theirs: no image.build in the manifest" in images.run("build", "theirs", code=1).err
    assert [one["manifests"] for one in images.json("build", "vision")["images"]] == [["vision"]]


@pytest.mark.parametrize("verb", ["build", "push"])
def test_two_contents_under_one_name_are_refused(images: Images, verb: str) -> None:
    images.manifest("a", "same")
    images.manifest("b", "same", build=", backends: [onnxruntime, identity]")
    assert "with different contents" in images.run(verb, code=1).err
    images.manifest("b", "same", shape="VM.Standard.A1.Flex")
    assert "for different processors" in images.run(verb, code=1).err


def test_ocirs_images_are_not_pushed_by_the_local_cloud(images: Images) -> None:
    images.manifest("vision", "there", repository="iad.ocir.io/acme/triton")
    images.run("build")
    assert "name the target that may push it: -t TARGET" in images.run("push", code=1).err
