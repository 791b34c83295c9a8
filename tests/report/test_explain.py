"""The explanation of one deployment, as text and as JSON."""

import json
from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.live import Marks
from reconciler.core.planning.explain.explain import explain
from reconciler.core.planning.explain.explanation import Explanation, LastApplied
from reconciler.core.planning.plan import Plan
from reconciler.report.explain import explain_document, explain_lines
from reconciler.report.style import ANSI, PLAIN
from tests.support.reviews import BEFORE, HERE, OWNER, TWO, Policy, World, models, spec


def told(world: World, plan: Plan, asked, applied: LastApplied) -> Explanation:
    (item,) = plan.deployments
    live = world.snapshot.deployments[0] if world.deployments else None
    return explain(item, OWNER, asked, live, applied)


def several() -> Explanation:
    world = World().of(spec(network=HERE, description="by hand"))
    policy = Policy(ignore=("/spec/server/env/WORKERS", "/spec/bandwidthMbps"))
    asked = spec(scaling=FixedScaling(3), policy=policy)
    return told(world, world.plan(asked), asked, LastApplied(spec().configuration))


def blocked() -> Explanation:
    asked = spec(artifact=models("trained in June", TWO))
    marks = Marks(OWNER, "vision", "0" * 64, BEFORE, failed="1" * 64, protect=True)
    marks = replace(marks, failed_at="2026-11-27T22:00:31Z", failed_why="the container update failed")
    world = World().of(spec(), marks=marks)
    unknown = LastApplied(unknown=f"revision {BEFORE} is not in this clone")
    return told(world, world.plan(asked), asked, unknown)


def new() -> Explanation:
    return told(World(), World().plan(spec()), spec(), LastApplied(unknown="it does not exist"))


def orphan() -> Explanation:
    world = World().of(spec("old"))
    plan = replace(plan := World().of(spec("old")).of(spec()).plan(spec()), deployments=plan.deployments[:1])
    return told(world, plan, None, LastApplied(spec("old").configuration))


CASES = {made.__name__: made for made in (several, blocked, new, orphan)}


@pytest.mark.parametrize("name", CASES)
def test_golden(golden, name) -> None:
    golden("\n".join(explain_lines(CASES[name](), PLAIN)) + "\n", f"explain-{name}.txt")


def test_golden_document(golden) -> None:
    golden(json.dumps(explain_document(several()), indent=2) + "\n", "explain-several.json")


@pytest.mark.parametrize("name", CASES)
def test_document_fits_its_schema(validate, name) -> None:
    validate(explain_document(CASES[name]()), "explain.v1.json")


@pytest.mark.parametrize("name", CASES)
def test_no_secret_is_shown(name) -> None:
    found = CASES[name]()
    said = json.dumps(explain_document(found)) + "".join(explain_lines(found, ANSI))
    assert "a secret" not in said
