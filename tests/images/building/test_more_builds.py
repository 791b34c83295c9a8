"""`image build` and `image push` with a real engine and a real registry: what takes a build of its own."""

import re

from tests.support.containers.image_workspaces import OLD_BASE, Gate, Images
from tests.support.waiting import wait_for

SENT_OR_MOUNTED = re.compile(r"P\S+ /v2/.+/blobs/uploads/.*(?:digest|mount)=sha256%3A([0-9a-f]{64})")
"""A part that is sent, or that the registry is told to take from another repository."""


def test_no_engine_is_needed_for_what_the_registry_has(images: Images) -> None:
    images.manifest("vision")
    images.run("build")
    digest = images.json("push")["images"][0]["digest"]
    nowhere = "unix:///nowhere/engine.sock"
    assert images.json("build", DOCKER_HOST=nowhere)["images"][0]["result"] == "in the registry already"
    assert images.json("push", DOCKER_HOST=nowhere)["images"][0]["digest"] == digest


def test_a_base_whose_libraries_are_of_another_release_is_told(images: Images) -> None:
    images.manifest("vision", "old", base=OLD_BASE)
    told = images.run("build", code=1).err
    assert "the base cannot run what was taken out of the full image: it lacks" in told
    assert "OPENSSL_3" in told
    assert "take a base with the same release of the same distribution" in told


def test_a_tag_that_is_named_moves_and_says_from_where(images: Images) -> None:
    images.push_base("1.0")
    first = images.behind("1.0")
    images.manifest("vision", "1.0")
    images.run("build")
    told = images.run("push").out
    assert f"the tag has moved: before it stood for {first}" in told
    assert images.behind("1.0") != first


def test_a_push_that_was_killed_sends_only_what_is_missing(images: Images) -> None:
    images.manifest("vision", "killed")
    images.run("build")
    gate = Gate(2)
    with images.registry.refusing(gate):
        push = images.begin("push")
        wait_for(lambda: gate.held == 1)
        push.kill()
        gate.close()
        wait_for(lambda: gate.held == 0)
    assert images.behind("killed") == ""
    stored, asked = images.stored(), len(images.registry.asked)
    assert images.json("push")["images"][0]["sent"]
    again = {found[1] for one in images.registry.asked[asked:] if (found := SENT_OR_MOUNTED.match(one))}
    assert len(stored) == 2
    assert not again & stored, "what the registry had before the kill is not sent again"
    assert again == images.stored() - stored
    assert again
