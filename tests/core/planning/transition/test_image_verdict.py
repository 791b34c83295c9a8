"""What the image of a deployment means for its plan: refused, told, or nothing at all."""

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.images.image import (
    Composition,
    ImageFacts,
    ImageNeeds,
    ImageSight,
    NoSuchImage,
    NotLookedUp,
    Platform,
)
from reconciler.core.model.live import State
from reconciler.core.model.spec import Policy, Spec
from reconciler.core.model.target import ImageBuilds, ImagePins, Safety
from reconciler.core.planning.images.resolving import with_sight
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import BuildImage, PushImage
from tests.support.reviews import BUILD, NEEDS, REVISION, World, holding, models, of_image, sha, spec

LIVE = holding("image")
"""What the registry says of the image that is live."""

NONE = NoSuchImage("it has no such tag")
OUT = NotLookedUp("it did not answer")
JUNE = models("trained in June")


def planned(wanted: Spec, world: World | None = None, **changes: Any) -> DeploymentPlan:
    (item,) = (World().of(spec()) if world is None else world).plan(wanted, **changes).deployments
    return item


def refusals(wanted: Spec, world: World | None = None, **changes: Any) -> list[str]:
    item = planned(wanted, world, **changes)
    assert (item.action is Action.BLOCKED) is bool(item.refusals)
    assert not (item.refusals and item.steps)
    return [refusal.reason for refusal in item.refusals]


def other(sight: ImageSight | None, **changes: Any) -> Spec:
    """With other models, so that whether the image fits matters."""
    return of_image(spec(artifact=JUNE, **changes), sight)


LACKING = replace(LIVE, composition=Composition("2.51.0", ("onnxruntime",), (), ""))
LACK = "'resnet' runs on pytorch, which the image does not hold"


def test_a_backend_that_is_not_there_is_refused_by_name_where_the_models_or_the_container_change() -> None:
    assert refusals(other(LACKING)) == [LACK]
    assert refusals(of_image(spec("new"), LACKING), World()) == [LACK]
    another = replace(LACKING, digest=f"sha256:{sha('another')}")
    assert refusals(of_image(spec(), another)) == [LACK]
    variables = replace(spec().configuration.container, environment=())
    assert refusals(of_image(spec(container=variables), LACKING)) == [LACK]
    assert refusals(other(LIVE)) == []


def test_what_does_not_change_is_never_refused() -> None:
    for sight in (LACKING, NONE, replace(LIVE, platform=Platform("arm64"))):
        assert planned(of_image(spec(), sight)).action is Action.NOTHING
    for changes in ({"description": "another"}, {"scaling": FixedScaling(3)}):
        assert refusals(of_image(spec(**changes), LACKING)) == []


def test_an_image_that_says_nothing_of_itself_is_unknown() -> None:
    unknown = replace(LIVE, composition=None)
    item = planned(other(unknown))
    assert (item.action, item.dangers) == (Action.UPDATE, ())


def test_of_a_registry_that_has_digests_alone_nothing_is_concluded() -> None:
    silent = replace(spec().configuration.container, command=())
    wanted = of_image(spec(container=silent), ImageFacts(f"sha256:{sha('another')}", 0, Platform()))
    assert refusals(wanted) == []


def test_a_model_that_may_not_be_loaded_is_a_danger() -> None:
    perhaps = tuple(replace(need, certain=False) for need in NEEDS)
    item = planned(replace(other(LACKING), needs=perhaps))
    assert (item.action, item.dangers) == (Action.UPDATE, (LACK,))


def test_a_field_that_is_newer_than_the_image() -> None:
    cached = replace(
        other(LIVE), needs=(ImageNeeds("resnet", fields=(("model_metrics in its configuration", "2.52.0"),)),)
    )
    assert refusals(cached) == [
        "'resnet' has model_metrics in its configuration, which Triton knows from 2.52.0 on, "
        "and the image has 2.51.0"
    ]


def test_another_architecture_and_nothing_to_start() -> None:
    arm = replace(LIVE, platform=Platform("arm64"))
    assert refusals(other(arm)) == ["the image is for arm64, and VM.Standard.E4.Flex is amd64"]
    machine = replace(spec().configuration.instance, shape="VM.Standard.A1.Flex")
    assert refusals(of_image(spec(instance=machine), LIVE)) == [
        "the image is for amd64, and VM.Standard.A1.Flex is arm64"
    ]
    silent = replace(spec().configuration.container, command=())
    empty = replace(LIVE, command=())
    (reason,) = refusals(of_image(spec(container=silent), empty))
    assert "neither the image nor the manifest" in reason


# -- an image that is not there


def test_a_missing_image_is_refused_where_servers_start() -> None:
    words = f"the registry has no image {of_image(spec(), NONE).image.reference}: it has no such tag"
    assert refusals(other(NONE)) == [words]
    assert refusals(of_image(spec(scaling=FixedScaling(3)), NONE)) == [words]
    assert refusals(of_image(spec(), NONE), World().of(spec(), state=State.INACTIVE)) == [words]
    assert refusals(of_image(spec(description="another"), NONE)) == []


def test_the_local_cloud_needs_no_image() -> None:
    item = planned(other(NONE), tenancy=False)
    assert item.action is Action.UPDATE
    assert "the local cloud runs without" in item.dangers[0]


@pytest.mark.parametrize(
    ("tag", "build", "builds", "choice"),
    [
        ("1.0.0", None, ImageBuilds.NEVER, "push it, or check the name and the tag in spec.image"),
        (None, BUILD, ImageBuilds.NEVER, "reconcile image build, and reconcile image push"),
    ],
)
def test_the_way_to_a_missing_image(tag: str | None, build: Any, builds: ImageBuilds, choice: str) -> None:
    item = planned(of_image(spec(), NONE, tag, build), World(), image_builds=builds)
    assert item.refusals[0].choices[0] == choice


# -- images that apply makes


def made(item: DeploymentPlan) -> list[object]:
    return [step for step in item.steps if isinstance(step, BuildImage | PushImage)]


def test_apply_makes_what_the_registry_does_not_have_if_it_may() -> None:
    wanted = of_image(spec(), NONE, None, BUILD)
    steps = [BuildImage(wanted.image.reference, BUILD, REVISION), PushImage(wanted.image.reference)]
    item = planned(wanted, image_builds=ImageBuilds.ON_APPLY)
    assert list(item.steps[:2]) == steps
    assert made(planned(wanted, World(), image_builds=ImageBuilds.ON_APPLY)) == steps
    assert item.rollbacks
    assert all(type(item.steps[back.step]).__name__ == "UpdateDeployment" for back in item.rollbacks)
    assert planned(wanted).action is Action.BLOCKED
    for sight in (holding("there"), OUT, None):
        assert made(planned(of_image(spec(), sight, None, BUILD), image_builds=ImageBuilds.ON_APPLY)) == []


def test_apply_gives_no_name_two_contents() -> None:
    both = [
        of_image(spec(name), NONE, "1.0.0", build)
        for name, build in (("first", BUILD), ("second", replace(BUILD, pip=())))
    ]
    items = World().plan(*both, image_builds=ImageBuilds.ON_APPLY).deployments
    assert [item.action for item in items] == [Action.BLOCKED] * 2
    assert items[0].refusals[0].reason.startswith("'second' asks for ")
    alike = [of_image(spec(name), NONE, "1.0.0", BUILD) for name in ("first", "second")]
    items = World().plan(*alike, image_builds=ImageBuilds.ON_APPLY).deployments
    assert [item.action for item in items] == [Action.CREATE] * 2


def test_apply_does_not_build_over_images_for_other_platforms() -> None:
    taken = NoSuchImage("it is an image for linux/arm64, not for linux/amd64", taken=True)
    wanted = of_image(spec(), taken, "1.1", BUILD)
    item = planned(wanted, image_builds=ImageBuilds.ON_APPLY)
    assert (item.action, made(item)) == (Action.BLOCKED, [])


def test_apply_moves_no_tag_that_another_build_has() -> None:
    wanted = of_image(spec(artifact=JUNE), holding("another"), "1.0.0", replace(BUILD, pip=()))
    assert refusals(wanted, image_builds=ImageBuilds.ON_APPLY) == [
        "the image was made of another build than spec.image.build says, and apply moves no tag"
    ]
    item = planned(wanted)
    assert item.action is Action.UPDATE
    assert "the image was made of another build than spec.image.build says" in item.dangers


def test_a_tag_that_others_have_made_is_taken_as_it_is() -> None:
    wanted = of_image(spec(artifact=JUNE), replace(LIVE, composition=None), "1.0.0", BUILD)
    assert refusals(wanted, image_builds=ImageBuilds.ON_APPLY) == []


def test_an_image_that_is_left_alone_is_neither_made_nor_judged() -> None:
    policy = Policy(ignore=("/spec/image",))
    for sight in (NONE, LACKING):
        wanted = of_image(spec(artifact=JUNE, policy=policy), sight, None, BUILD)
        item = planned(wanted, image_builds=ImageBuilds.ON_APPLY, safety=Safety(images=ImagePins.PINNED))
        assert (item.action, made(item)) == (Action.UPDATE, [])


# -- pins


def pinned(wanted: Spec, sight: ImageSight | None = None) -> Spec:
    digest = f"sha256:{sha('image')}"
    container = replace(wanted.configuration.container, digest=digest)
    image = replace(of_image(wanted, None).image, digest=digest)
    configuration = replace(wanted.configuration, container=container)
    return with_sight(replace(wanted, image=image, needs=NEEDS, configuration=configuration), sight)


INSISTS = {"safety": Safety(images=ImagePins.PINNED)}


def test_pins_are_insisted_on_where_servers_start() -> None:
    words = "its image is not pinned, and safety.images in reconciler.yaml asks for that"
    assert refusals(other(LIVE), **INSISTS) == [words]
    assert refusals(of_image(spec("new"), LIVE), World(), **INSISTS) == [words]
    assert refusals(pinned(spec(artifact=JUNE), LIVE), **INSISTS) == []
    assert refusals(of_image(spec(description="another"), LIVE), **INSISTS) == []
    assert planned(of_image(spec(), LIVE), **INSISTS).action is Action.NOTHING


def test_a_pin_stays_where_its_tag_has_moved_and_is_judged_by_what_it_stands_for() -> None:
    moved = holding("moved")
    assert planned(pinned(spec(), moved), World().of(pinned(spec()))).action is Action.NOTHING
    assert refusals(pinned(spec(artifact=JUNE), LACKING)) == [LACK]
    assert "pin another one" in planned(pinned(spec(artifact=JUNE), NONE)).refusals[0].choices[0]


# -- what could not be looked up


def test_what_could_not_be_looked_up_is_said() -> None:
    assert planned(of_image(spec(), OUT)).unseen == OUT.why
    assert planned(of_image(spec(), None)).unseen == ""
    assert planned(of_image(spec(), LIVE)).unseen == ""
    new = planned(of_image(spec(), OUT, "2.0.0"))
    assert (new.unseen, len(new.notes)) == ("", 1)
    assert (
        "tag 2.0.0 could not be looked up (it did not answer): the service itself resolves it" in new.notes[0]
    )
    pin = planned(pinned(spec(artifact=JUNE), OUT))
    assert pin.unseen == ""
    assert pin.notes == (
        "the image could not be looked up (it did not answer): whether it fits is not known",
    )
    assert planned(pinned(spec(), OUT)).notes == ()


def test_facts_are_told_with_the_change_only() -> None:
    large: ImageFacts = replace(LIVE, size=20_000_000_000)
    assert planned(of_image(spec(scaling=FixedScaling(3)), large)).dangers == ()
    assert "20.0 GB" in planned(other(large)).dangers[0]


@pytest.mark.parametrize("image_builds", list(ImageBuilds))
def test_a_build_that_has_changed_under_its_tag_is_told_although_nothing_changes(
    image_builds: ImageBuilds,
) -> None:
    same = planned(of_image(spec(), LIVE, "1.0.0", BUILD), image_builds=image_builds)
    assert (same.action, same.reason) == (Action.NOTHING, "as it should be")
    edited = replace(BUILD, backends=(*BUILD.backends, "openvino"))
    item = planned(of_image(spec(), LIVE, "1.0.0", edited), image_builds=image_builds)
    assert (item.action, item.steps) == (Action.NOTHING, ())
    assert item.reason == (
        "as it should be, but the image was made of another build than spec.image.build says: "
        "reconcile image build, and reconcile image push, then plan again"
    )
