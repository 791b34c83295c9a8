"""Which images a saved plan may build and deploy, whatever it says of itself."""

import re
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model.images.image import ImageSight, NoSuchImage
from reconciler.core.model.target import ImageBuilds, ImagePins, Safety
from reconciler.core.planning.admission.admission import admitted
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.image_rules import images_to_make
from reconciler.core.planning.admission.plan_form import faults
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import BuildImage, Step
from tests.support.reviews import BUILD, World, holding, of_image, spec, tag_moved

WORLD = World().of(spec())
BUILDS = WORLD.plan(of_image(spec(), NoSuchImage("none"), None, BUILD), image_builds=ImageBuilds.ON_APPLY)


def admit(plan: Plan, sight: ImageSight | None = None, **settings: Any) -> DeploymentPlan:
    sights = dict.fromkeys(images_to_make(plan), sight)
    conditions = Conditions(index_of(WORLD.snapshot, plan.owner), sights=sights, **settings)
    (item,) = admitted(plan, conditions).plan.deployments
    return item


ON_APPLY = {"image_builds": ImageBuilds.ON_APPLY}


def test_an_image_is_built_only_if_an_apply_may() -> None:
    assert admit(BUILDS, **ON_APPLY) == BUILDS.deployments[0]
    refused = admit(BUILDS)
    assert refused.action is Action.BLOCKED
    assert "images.build in reconciler.yaml is never" in refused.refusals[0].reason


def test_no_tag_is_moved_that_has_another_image_by_now() -> None:
    assert admit(BUILDS, holding(), **ON_APPLY).action is Action.UPDATE, "made of this build meanwhile"
    other = replace(holding().composition, build="another")
    for sight in (replace(holding(), composition=other), replace(holding(), composition=None)):
        refused = admit(BUILDS, sight, **ON_APPLY)
        assert "the registry has another image under" in refused.refusals[0].reason


def test_pins_are_insisted_on_by_the_settings_of_now() -> None:
    pinned = Safety(images=ImagePins.PINNED)
    refused = admit(BUILDS, safety=pinned, **ON_APPLY)
    assert "its image is not pinned" in refused.refusals[0].reason
    assert admit(tag_moved(), safety=pinned).action is Action.UPDATE, "reviewed with its digest"


# -- the form


def forged(**changes: Any) -> Plan:
    """The plan that builds, with its steps of images changed so."""
    (item,) = BUILDS.deployments
    steps: list[Step] = [
        replace(step, **changes) if isinstance(step, BuildImage) else step for step in item.steps
    ]
    return replace(BUILDS, deployments=(replace(item, steps=tuple(steps)),))


def with_steps(*steps: Step) -> Plan:
    (item,) = BUILDS.deployments
    return replace(BUILDS, deployments=(replace(item, steps=steps, rollbacks=()),))


BUILD_STEP, PUSH_STEP, *REST = BUILDS.deployments[0].steps


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (forged(image="iad.ocir.io/acme/other:1"), "which the deployment does not get"),
        (forged(build=replace(BUILD, pip=())), "is that of another build"),
        (forged(build=replace(BUILD, architecture="arm64")), "builds for linux/arm64, and VM.* is none"),
        (with_steps(BUILD_STEP, *REST), "its steps are none of the action update"),
        (with_steps(PUSH_STEP, BUILD_STEP, *REST), "its steps are none of the action update"),
        (with_steps(*REST, BUILD_STEP, PUSH_STEP), "its steps are none of the action update"),
    ],
)
def test_what_no_plan_of_the_planner_has(plan: Plan, told: str) -> None:
    assert list(faults(BUILDS)) == []
    found = "; ".join(faults(plan))
    assert re.search(told, found), found


def test_what_is_pushed_is_what_was_built() -> None:
    steps = (BUILD_STEP, replace(PUSH_STEP, image="iad.ocir.io/acme/other:1"), *REST)
    assert any("another image is pushed than was built" in fault for fault in faults(with_steps(*steps)))
