"""What is asked of registries, and what their answers make of a spec."""

from dataclasses import replace

from reconciler.core.model.images.image import ImageRequest, NoSuchImage, NotLookedUp, Platform
from reconciler.core.model.proof.probes import File, Probe
from reconciler.core.model.spec import Policy, Rollout
from reconciler.core.planning.images.resolving import wanted_images, with_sight, with_sights
from tests.support.drive import desired, spec
from tests.support.memory_registry import BUILD, digest, facts, imaged

PIN = digest("pinned")
WANTED = imaged(spec())


def test_only_what_is_planned_and_not_left_alone_is_asked_about() -> None:
    arm = imaged(spec("arm", instance=replace(spec().configuration.instance, shape="VM.Standard.A1.Flex")))
    pinned = imaged(spec("pinned"), None, PIN)
    paused = replace(imaged(spec("paused"), "paused"), policy=Policy(paused=True))
    ignoring = replace(imaged(spec("ignoring"), "ignoring"), policy=Policy(ignore=("/spec/image",)))
    asked = wanted_images(desired(WANTED, arm, pinned, paused, ignoring, spec("without")))
    repository = WANTED.image.repository
    assert asked == {
        (ImageRequest(repository, "1.0.0"), Platform()),
        (ImageRequest(repository, "1.0.0"), Platform("arm64")),
        (ImageRequest(repository, None, PIN), Platform()),
    }


def test_a_tag_is_resolved_and_a_pin_stays() -> None:
    seen = with_sight(WANTED, facts("now"))
    assert seen.configuration.container.digest == seen.looked_up == digest("now")
    assert seen.written == WANTED.configuration
    pinned = with_sight(imaged(spec(), "1.0.0", PIN), facts("now"))
    assert (pinned.configuration.container.digest, pinned.looked_up) == (PIN, None)
    assert pinned.written == pinned.configuration


def test_what_nobody_can_tell_stays_as_it_is_written() -> None:
    for sight in (None, NoSuchImage("none"), NotLookedUp("out")):
        seen = with_sight(WANTED, sight)
        assert (seen.configuration, seen.sight) == (WANTED.configuration, sight)
    asked = desired(WANTED)
    assert with_sights(asked, {}) == asked


# -- marks


def test_what_counts_as_applied_does_not_depend_on_the_registry() -> None:
    assert with_sight(WANTED, facts("now")).applied_mark == WANTED.applied_mark
    assert imaged(spec(), "1.0.0", PIN).applied_mark != WANTED.applied_mark
    assert imaged(spec(), "2.0.0").applied_mark != WANTED.applied_mark


def test_what_failed_is_the_same_spec_with_the_same_image_as_far_as_that_is_known() -> None:
    bad, good = with_sight(WANTED, facts("bad")), with_sight(WANTED, facts("good"))
    assert bad.failed_as(bad.failed_mark)
    assert not good.failed_as(bad.failed_mark)
    assert WANTED.failed_as(bad.failed_mark), "could not look"
    assert good.failed_as(WANTED.failed_mark), "could not look then"
    assert not WANTED.failed_as(None)
    other = with_sight(imaged(spec(description="another")), facts("bad"))
    assert not other.failed_as(bad.failed_mark)
    probed = replace(bad, rollout=Rollout(probes=(Probe("m", File("in.json", "0" * 64)),)))
    assert not probed.failed_as(bad.failed_mark)


def test_the_memory_of_a_failure_has_room_in_its_tag() -> None:
    assert len(with_sight(imaged(spec(), None, build=BUILD), facts()).failed_mark) <= 81
