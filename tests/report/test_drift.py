"""What has drifted, as text, JSON and Markdown."""

import json
from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Marks, State
from reconciler.core.model.spec import Policy
from reconciler.core.planning.drift.drift import drift_report, suspects
from reconciler.core.planning.drift.report import DriftReport
from reconciler.core.planning.explain.explanation import LastApplied
from reconciler.report.drift import drift_document, drift_lines
from reconciler.report.drift_markdown import drift_markdown
from reconciler.report.markup.fitting import MAX_BYTES
from reconciler.report.style import ANSI, PLAIN
from tests.report.conftest import HOSTILE
from tests.support.reviews import BEFORE, OWNER, REVISION, World, as_served, models, spec

SHALLOW = f"revision {BEFORE} is not in this clone: git fetch --unshallow brings it"


def found(world: World, *specs, unknown: str = "") -> DriftReport:
    plan = world.plan(*specs)
    desired = Desired("prod", OWNER, specs, REVISION, prune=True)
    out = suspects(plan, desired, world.snapshot)
    by_name = {before.name: before for _, before in world.deployments}
    applied = [
        LastApplied(unknown=unknown)
        if unknown or one.plan.name not in by_name
        else LastApplied(by_name[one.plan.name].configuration, spec=by_name[one.plan.name])
        for one in out
    ]
    return drift_report(plan, desired, world.snapshot, out, applied)


def by_hand(name: str, **changes: object) -> dict[str, object]:
    return {"configuration": as_served(replace(spec(name).configuration, **changes))}


def every_kind() -> DriftReport:
    world = World().of(spec("both"), **by_hand("both", scaling=FixedScaling(5)))
    world = world.of(spec("drifts"), **by_hand("drifts", description="by hand", labels=()))
    world = world.of(spec("goes"), state=State.DELETED).of(spec("orphan"))
    world = world.of(spec("pends")).of(spec("rests"), **by_hand("rests", scaling=FixedScaling(7)))
    world = world.of(spec("stops"), state=State.INACTIVE)
    world = world.of(spec("taken"), marks=Marks("somebody", "taken")).of(spec("steady"))
    return found(
        world,
        spec("both", artifact=models("trained in June")),
        spec("drifts"),
        spec("goes"),
        spec("new"),
        spec("pends", scaling=FixedScaling(3)),
        spec("rests", policy=Policy(paused=True)),
        spec("steady"),
        spec("stops"),
        spec("taken"),
    )


def shallow() -> DriftReport:
    world = World().of(spec(), **by_hand("vision", scaling=FixedScaling(5)))
    return found(world, spec(description="another"), unknown=SHALLOW)


def nothing() -> DriftReport:
    return found(World().of(spec()), spec())


def hostile() -> DriftReport:
    world = World().of(spec(), **by_hand("vision", description=HOSTILE))
    return found(world.of(spec("theirs"), marks=Marks(HOSTILE)), spec(), spec("theirs"))


CASES = {made.__name__: made for made in (every_kind, shallow, nothing, hostile)}


@pytest.mark.parametrize("name", CASES)
def test_golden(golden, validate, name) -> None:
    report = CASES[name]()
    golden("\n".join(drift_lines(report, PLAIN)) + "\n", f"drift-{name}.txt")
    golden(drift_markdown(report), f"drift-{name}.md")
    validate(drift_document(report), "drift.v1.json")


def test_golden_document(golden) -> None:
    golden(json.dumps(drift_document(every_kind()), indent=2) + "\n", "drift-every_kind.json")


def test_no_secret_is_shown() -> None:
    report = every_kind()
    said = json.dumps(drift_document(report)) + "".join(drift_lines(report, ANSI)) + drift_markdown(report)
    assert "a secret" not in said


def test_markdown_always_fits_and_says_what_it_leaves_out() -> None:
    report = every_kind()
    many = replace(report, drifts=report.drifts * 100)
    text = drift_markdown(many)
    assert len(text.encode()) <= MAX_BYTES
    assert "more not shown:** the text would be too long." in text


def test_markdown_fits_whatever_could_not_be_looked_at() -> None:
    """Each image may be somewhere else, and each registry has its own reason."""
    report = every_kind()
    (item, *_) = report.plan.deployments
    items = tuple(replace(item, unseen=f"registry {number}: {'x' * 200}") for number in range(500))
    text = drift_markdown(replace(report, plan=replace(report.plan, deployments=items)))
    assert len(text.encode()) <= MAX_BYTES
    assert "more not shown:** the text would be too long." in text
    assert all(f"#### {drift.name}: " in text for drift in report.drifts)
