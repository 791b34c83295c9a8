"""What a saved plan would build is what a manifest may ask for."""

from dataclasses import replace

import pytest

from reconciler.app.saved_plans.image_builds import wrong_builds
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.steps import BuildImage, PushImage
from tests.support.reviews import BUILD, REVIEWS

PLAN = REVIEWS["image_built"]()


def forged(kind: type, **changes: object) -> Plan:
    items = [
        replace(
            item,
            steps=tuple(replace(step, **changes) if isinstance(step, kind) else step for step in item.steps),
        )
        for item in PLAN.deployments
    ]
    return replace(PLAN, deployments=tuple(items))


def test_what_the_planner_makes_may_be_built() -> None:
    assert list(wrong_builds(PLAN)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"build": replace(BUILD, triton="2.51.0\nRUN id")},
        {"build": replace(BUILD, triton="2.51.0\n")},
        {"build": replace(BUILD, backends=("../python",))},
        {"build": replace(BUILD, repo_agents=("a b",))},
        {"build": replace(BUILD, pip=("numpy --index-url=https://here.example",))},
        {"build": replace(BUILD, apt=("$(id)",))},
        {"build": replace(BUILD, base="no-registry")},
        {"build": replace(BUILD, full="iad.ocir.io/a b:1")},
        {"build": replace(BUILD, pip=("x" * 201,))},
        {"build": replace(BUILD, architecture="amd64\nRUN id")},
        {"build": replace(BUILD, architecture="s390x")},
        {"image": "iad.ocir.io/acme/triton"},
        {"image": "iad.ocir.io/acme/triton:1 0"},
    ],
)
def test_what_no_manifest_may_ask_for_is_told(changes: dict[str, object]) -> None:
    (found,) = wrong_builds(forged(BuildImage, **changes))
    assert "which no manifest may" in found


def test_what_is_pushed_is_an_image() -> None:
    (found,) = wrong_builds(forged(PushImage, image="-x"))
    assert "which no manifest may name" in found
