"""`reconcile image resolve`: what the tags of manifests stand for in a real registry, and pins for it.

With UPDATE_GOLDEN=1 the files in golden/ are written anew, to be read before they are committed.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.containers.pushing import config, push_image, push_index
from tests.support.containers.registry import Registry
from tests.support.hello import write_hello
from tests.support.workspace import Workspace, make, stop

GOLDEN = Path(__file__).parent / "golden"
OLD = f"sha256:{'0' * 64}"
MANIFEST = """\
# Keep this comment.
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: NAME}
spec:
  image:
    repository: HOST/resolve/REPOSITORY
    LINES
  modelRepository: hello
  instance: {shape: SHAPE, ocpus: 1, memoryGBs: 8}
"""
E4, A1 = "VM.Standard.E4.Flex", "VM.Standard.A1.Flex"


class Place:
    """A repository with manifests whose images are in a registry."""

    def __init__(self, workspace: Workspace, registry: Registry, docker: Path) -> None:
        self.workspace, self.registry = workspace, registry
        self.environment = {"DOCKER_CONFIG": str(docker), "REQUESTS_CA_BUNDLE": str(registry.authority)}

    def write(self, name: str, repository: str, *lines: str, shape: str = E4) -> Path:
        """A manifest; `lines` are those of the image besides its repository."""
        text = MANIFEST.replace("HOST", self.registry.host).replace("LINES", "\n    ".join(lines))
        text = text.replace("NAME", name).replace("REPOSITORY", repository).replace("SHAPE", shape)
        return self.workspace.write(f"manifests/{name}.yaml", text)

    def resolve(self, *arguments: str, code: int = 0) -> Any:
        return self.workspace.run("image", "resolve", *arguments, code=code, env=self.environment)

    def golden(self, name: str, text: str) -> None:
        file = GOLDEN / f"{name}.txt"
        # Ports have four digits or five, which moves the columns.
        shown = re.sub(r"(?<=\S) {2,}", "  ", text.replace(self.registry.host, "127.0.0.1:5000"))
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(shown)
        assert shown == file.read_text()


@pytest.fixture
def place(tmp_path: Path, image_registry: Registry) -> Iterator[Place]:
    workspace = make(tmp_path / "repository")
    write_hello(workspace)
    (workspace.root / "manifests/hello.yaml").unlink()
    yield Place(workspace, image_registry, image_registry.docker_config(tmp_path / "docker"))
    stop(workspace)


@pytest.fixture(scope="module", autouse=True)
def images(image_registry: Registry) -> dict[str, str]:
    """What is in the registry: a plain image, and one for two platforms."""
    plain = push_image(image_registry, "resolve/plain:1.0", config())
    both = [push_image(image_registry, f"resolve/both:{one}", config(one)) for one in ("amd64", "arm64")]
    index = push_index(image_registry, "resolve/both:1.0", *both)
    return {"plain": plain.digest, "amd": both[0].digest, "arm": both[1].digest, "index": index.digest}


def test_what_tags_stand_for_is_told(place: Place, images: dict[str, str]) -> None:
    place.write("current", "plain", "tag: '1.0'", f"digest: {images['plain']}")
    place.write("intel", "both", "tag: '1.0'")
    place.write("arm", "both", "tag: '1.0'", f"digest: {images['index']}", shape=A1)
    place.write("old", "plain", "tag: '1.0'", f"digest: {OLD}")
    place.write("pin-only", "plain", f"digest: {images['plain']}")
    place.golden("resolved", place.resolve().out)
    place.golden("of-one", place.resolve("old").out)


def test_what_cannot_be_resolved_is_told(place: Place) -> None:
    place.write("typing-error", "plain", "tag: '1.O'")
    place.write("other-processor", "plain", "tag: '1.0'", shape=A1)
    place.write("built", "plain", "build: {triton: 2.51.0}")
    place.workspace.write(
        "manifests/ocir.yaml",
        place.write("ocir", "x", "tag: '1'").read_text().replace(f"{place.registry.host}/", "iad.ocir.io/"),
    )
    done = place.resolve(code=1)
    place.golden("unresolved", done.out)


def test_it_is_data_too(place: Place, images: dict[str, str]) -> None:
    place.write("arm", "both", "tag: '1.0'", shape=A1)
    place.write("missing", "plain", "tag: nope")
    document = place.resolve("--format", "json", code=1).json
    assert document["target"] == "local"
    arm, missing = document["images"]
    assert arm == {
        "name": "arm",
        "file": "manifests/arm.yaml",
        "line": 2,
        "image": f"{place.registry.host}/resolve/both:1.0",
        "platform": "linux/arm64",
        "digest": images["arm"],
        "index": images["index"],
        "pin": None,
        "state": "unpinned",
        "why": "",
        "written": False,
    }
    assert (missing["digest"], missing["state"]) == (None, "missing")
    assert missing["why"] == f"no such image: {place.registry.host}/resolve/plain has no tag nope"


def test_pins_are_written_beside_the_tag(place: Place, images: dict[str, str]) -> None:
    new = place.write("new", "both", "tag: '1.0'  # moves", "build: {triton: 2.51.0}")
    old = place.write("old", "plain", f"digest: {OLD}", "tag: '1.0'")
    same = place.write("same", "plain", f"digest: {images['plain']}", "tag: '1.0'")
    before = new.read_text(), old.read_text(), same.read_text()
    place.golden("written", place.resolve("--write").out)
    line = "    tag: '1.0'  # moves\n"
    assert new.read_text() == before[0].replace(line, f"{line}    digest: {images['amd']}\n")
    assert old.read_text() == before[1].replace(OLD, images["plain"])
    assert same.read_text() == before[2]
    again = place.resolve("--write").out
    assert again.endswith("\nNothing to write: every pin is up to date.\n")
    place.workspace.run("validate")


def test_written_pins_are_data_too(place: Place, images: dict[str, str]) -> None:
    place.write("new", "plain", "tag: '1.0'")
    place.write("same", "plain", f"digest: {images['plain']}", "tag: '1.0'")
    found = place.resolve("--write", "--format", "json").json["images"]
    assert [(one["name"], one["written"]) for one in found] == [("new", True), ("same", False)]


def test_all_pins_are_written_or_none(place: Place) -> None:
    good = place.write("good", "plain", "tag: '1.0'")
    place.write("bad", "plain", "tag: nope")
    before = good.read_text()
    refused = place.resolve("--write", code=1)
    assert "nothing was written, because 1 image could not be resolved: bad." in " ".join(refused.err.split())
    assert good.read_text() == before
    assert place.resolve("good", "--write").out.endswith("1 pin written.\n")
    assert good.read_text() != before


def test_a_pin_that_has_no_place_is_a_finding(place: Place) -> None:
    good = place.write("good", "plain", "tag: '1.0'")
    place.write("shared", "plain", 'tag: "{{ values.tag }}"')
    before = good.read_text()
    refused = place.resolve("--write", "--set", "values.tag=1.0", code=3)
    assert "manifests/shared.yaml:8:10: the tag is a template" in refused.err
    assert good.read_text() == before


def test_a_name_that_no_manifest_has(place: Place) -> None:
    place.write("vision", "plain", "tag: '1.0'")
    assert "visoin (did you mean vision?)" in place.resolve("visoin", code=1).err


def test_without_credentials_it_says_how_to_sign_in(place: Place, tmp_path: Path) -> None:
    place.write("vision", "plain", "tag: '1.0'")
    place.environment["DOCKER_CONFIG"] = str(tmp_path)
    told = place.resolve(code=1).out
    host = place.registry.host
    assert f"not looked up: {host} wants to know who asks: sign in with docker login {host}" in told
    assert place.registry.password not in told
