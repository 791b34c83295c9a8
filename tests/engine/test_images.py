"""Images on the cloud in memory: deployed by digest, followed when their tag moves, and made first."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.model.errors import Failed
from reconciler.core.model.live import State
from reconciler.core.model.target import ImageBuilds
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.steps import BuildImage, PublishModel, PushImage
from tests.support.applied import alive
from tests.support.drive import apply_on, desired, errors_of, plan_on, spec
from tests.support.examples import examples
from tests.support.memory import MemoryCloud
from tests.support.memory_registry import (
    BUILD,
    REPOSITORY,
    MemoryMaker,
    MemoryRegistry,
    digest,
    facts,
    imaged,
)

IMAGE = f"{REPOSITORY}:1.0.0"
BUILT = f"{REPOSITORY}:{BUILD.tag}"
ON_APPLY = {"image_builds": ImageBuilds.ON_APPLY}


class Place:
    """A cloud with the registry that it pulls from."""

    def __init__(self, **images: str) -> None:
        self.registry = MemoryRegistry({IMAGE: facts("first")})
        self.cloud = MemoryCloud(resolve=self.registry.resolve)
        self.maker = MemoryMaker(self.registry)

    def plan(self, *specs: object, **changes: object) -> Plan:
        return plan_on(self.cloud, self.registry.seen(desired(*specs, **changes)))

    def apply(self, *specs: object, **changes: object) -> list:
        return errors_of(apply_on(self.cloud, self.plan(*specs, **changes), maker=self.maker))

    def digests(self) -> list[str | None]:
        return [live.configuration.container.digest for live in alive(self.cloud) if live.configuration]


def test_a_tag_is_deployed_by_its_digest_and_followed_when_it_moves() -> None:
    place, wanted = Place(), imaged(spec())
    assert place.apply(wanted) == []
    assert place.digests() == [digest("first")]
    assert place.plan(wanted).empty

    place.registry.images[IMAGE] = facts("second")
    (item,) = place.plan(wanted).deployments
    assert [(change.field, change.old, change.new) for change in item.changes] == [
        ("spec.image.digest", digest("first"), digest("second"))
    ]
    assert item.notes == ("tag 1.0.0 has moved: another image stands behind it than the live one",)
    assert place.apply(wanted) == []
    assert place.digests() == [digest("second")]
    assert place.plan(wanted).empty


def test_what_cannot_be_looked_up_changes_nothing_and_the_plan_says_so() -> None:
    place, wanted = Place(), imaged(spec())
    assert place.apply(wanted) == []
    place.registry.images[IMAGE] = facts("second")
    place.registry.out = True
    plan = place.plan(wanted)
    assert plan.empty
    assert plan.deployments[0].unseen == "the registry did not answer"
    changed = imaged(spec(description="another"))
    assert place.apply(changed) == []
    assert place.digests() == [digest("first")]


def test_a_new_image_that_cannot_be_looked_up_is_left_to_the_service() -> None:
    place, wanted = Place(), imaged(spec())
    place.registry.out = True
    plan = place.plan(wanted)
    assert plan.deployments[0].unseen == ""
    assert "the service itself resolves it" in plan.deployments[0].notes[0]
    assert place.apply(wanted) == []
    assert place.plan(wanted).empty
    place.registry.out = False
    assert place.digests() == [digest("first")]
    assert place.plan(wanted).empty, "the mark says the same, looked up or not"


def test_of_an_image_for_several_platforms_either_digest_is_the_live_one() -> None:
    """Which of the two the service keeps is unverified."""
    place, wanted = Place(), imaged(spec())
    place.registry.out = True
    assert place.apply(wanted) == []
    place.registry.out = False
    place.registry.images[IMAGE] = facts("for this platform", index=digest("first"))
    assert place.plan(wanted).empty


# -- what failed


def broken(place: Place, content: str) -> None:
    """Updates to this image fail."""
    update = place.cloud.update_deployment

    def fails(step, model, etag):
        if step.configuration.container.digest == digest(content):
            place.cloud.bad_artifacts.add(spec().artifact.digest)
        accepted = update(step, model, etag)
        place.cloud.bad_artifacts.clear()
        return accepted

    place.cloud.update_deployment = fails


def test_an_image_that_failed_is_tried_again_when_its_tag_moves_and_not_before() -> None:
    place, wanted = Place(), imaged(spec())
    assert place.apply(wanted) == []
    broken(place, "bad")
    place.registry.images[IMAGE] = facts("bad")
    assert len(place.apply(wanted)) == 1
    assert place.digests() == [digest("first")], "rolled back"
    assert "failed with this very spec" in place.plan(wanted).blocked[0].refusals[0].reason

    place.registry.out = True
    assert place.plan(wanted).blocked, "not seen is no reason to try again"
    place.registry.out = False
    place.registry.images[IMAGE] = facts("good")
    assert place.apply(wanted) == []
    assert place.digests() == [digest("good")]
    assert place.plan(wanted).empty


def test_a_tag_that_moves_back_makes_what_failed_forgotten() -> None:
    place, wanted = Place(), imaged(spec())
    assert place.apply(wanted) == []
    broken(place, "bad")
    place.registry.images[IMAGE] = facts("bad")
    place.apply(wanted)
    place.registry.images[IMAGE] = facts("first")
    assert place.apply(wanted) == []
    assert alive(place.cloud)[0].marks.failed is None
    assert place.plan(wanted).empty


# -- images that are made first


def test_an_image_is_built_and_pushed_before_the_model_is_published_once_for_all() -> None:
    place = Place()
    wanted = [imaged(spec(name), tag=None, build=BUILD) for name in ("a", "b")]
    plan = place.plan(*wanted, **ON_APPLY)
    for item in plan.deployments:
        assert [type(step) for step in item.steps[:3]] == [BuildImage, PushImage, PublishModel]
    assert place.apply(*wanted, **ON_APPLY) == []
    assert place.maker.built == {BUILT: BUILD}
    assert place.maker.pushed == [BUILT]
    assert place.digests() == [place.registry.images[BUILT].digest] * 2
    assert place.plan(*wanted, **ON_APPLY).empty


@pytest.mark.parametrize("live", [False, True])
def test_what_was_pushed_is_deployed_whoever_moves_the_tag_meanwhile(live: bool) -> None:
    place = Place()
    if live:
        assert place.apply(imaged(spec())) == []
    place.cloud.resolve = lambda image: digest("what somebody else has pushed in between")
    wanted = imaged(spec(), tag="2.0.0", build=BUILD)
    assert place.apply(wanted, **ON_APPLY) == []
    assert place.digests() == [place.registry.images[f"{REPOSITORY}:2.0.0"].digest]
    assert place.plan(wanted, **ON_APPLY).empty


def test_an_image_that_is_there_is_not_made_again() -> None:
    place, wanted = Place(), imaged(spec(), tag=None, build=BUILD)
    place.registry.images[BUILT] = facts("by CI")
    assert place.apply(wanted, **ON_APPLY) == []
    assert place.maker.built == {}
    assert place.digests() == [digest("by CI")]


def test_a_build_that_fails_is_the_trouble_of_those_that_need_it_and_changes_nothing_live() -> None:
    place = Place()
    assert place.apply(imaged(spec("a")), imaged(spec("b"))) == []
    before = alive(place.cloud)
    place.maker.fails = Failed("the engine is out of space")
    errors = place.apply(
        imaged(spec("a", description="goes on")), imaged(spec("b"), None, build=BUILD), **ON_APPLY
    )
    assert [str(error) for error in errors] == ["the engine is out of space"]
    a, b = alive(place.cloud)
    assert a.configuration is not None
    assert a.configuration.description == "goes on"
    assert b == before[1]
    place.maker.fails = None
    again = [imaged(spec("a", description="goes on")), imaged(spec("b"), None, build=BUILD)]
    assert place.apply(*again, **ON_APPLY) == []
    assert place.plan(*again, **ON_APPLY).empty


def test_without_an_engine_the_step_says_so() -> None:
    place = Place()
    plan = place.plan(imaged(spec(), None, build=BUILD), **ON_APPLY)
    (error,) = errors_of(apply_on(place.cloud, plan))
    assert "nothing here builds images" in str(error)
    assert alive(place.cloud) == []


def test_an_image_that_is_gone_from_the_registry_is_not_made_under_a_deployment_that_pins_it() -> None:
    """A new build has another digest, and the update would still send the old one."""
    place, wanted = Place(), imaged(spec(), None, build=BUILD)
    assert place.apply(wanted, **ON_APPLY) == []
    del place.registry.images[BUILT]
    assert place.plan(wanted, **ON_APPLY).empty
    (item,) = place.plan(imaged(spec(content="new"), None, build=BUILD), **ON_APPLY).blocked
    assert "the registry has no image" in item.refusals[0].reason


# -- law 1

EVENTS = st.lists(st.sampled_from(["moves", "out", "back", "apply", "changes", "stops"]), max_size=8)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS, st.booleans())
def test_whatever_the_registry_does_apply_leaves_nothing_to_do(events: list[str], builds: bool) -> None:
    """Law 1, and not seen changes nothing."""
    place, count, text, active = Place(), 0, "", True
    for event in [*events, "back", "apply"]:
        build = BUILD if builds else None
        wanted = imaged(
            replace(spec(description=text), active=active), None if builds else "1.0.0", build=build
        )
        match event:
            case "moves":
                count += 1
                place.registry.images[BUILT if builds else IMAGE] = facts(str(count))
            case "out" | "back":
                place.registry.out = event == "out"
            case "changes":
                text = f"{text}x"
            case "stops":
                active = not active
            case _:
                before = place.digests()
                missing = builds and place.registry.out and BUILT not in place.registry.images
                if missing and not before:
                    continue  # nobody can say that it has to be made
                assert place.apply(wanted, **ON_APPLY) == []
                assert place.plan(wanted, **ON_APPLY).empty
                if place.registry.out and before:
                    assert place.digests() == before
    assert [live.state for live in alive(place.cloud)] in ([State.ACTIVE], [State.INACTIVE])
    assert place.digests() == [place.registry.images[BUILT if builds else IMAGE].digest]


@pytest.mark.parametrize("builds", [ImageBuilds.NEVER, ImageBuilds.ON_APPLY])
def test_paused_deployments_are_not_asked_about(builds: ImageBuilds) -> None:
    place = Place()
    wanted = imaged(spec(), None, build=BUILD)
    wanted = replace(wanted, policy=replace(wanted.policy, paused=True))
    (item,) = place.plan(wanted, image_builds=builds).deployments
    assert (item.action, item.unseen, item.steps) == (Action.PAUSED, "", ())
