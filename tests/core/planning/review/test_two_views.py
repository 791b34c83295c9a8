"""What the plan and the changes of a branch say of one another."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling, Secret
from reconciler.core.model.live import Marks
from reconciler.core.model.spec import Hold, Policy, Spec
from reconciler.core.planning.plan import Action
from reconciler.core.planning.review.branch import (
    BranchChanges,
    Touch,
    WrittenManifest,
    manifest_changes,
    settings_changes,
)
from reconciler.core.planning.review.two_views import Beside, BranchOutcome, ChangeOrigin, TwoViews
from tests.support.reviews import BEFORE, CONTAINER, OWNER, World, holding, models, of_image, spec


def branch(base: list[Spec], now: list[Spec], absent: tuple[str, ...] = ()) -> BranchChanges:
    sides = [[WrittenManifest(one, ()) for one in side] for side in (base, now)]
    return BranchChanges("b" * 40, manifest_changes(*sides, {}, absent))


def scaled(world: World, instances: int) -> World:
    """Somebody has scaled the first deployment."""
    (live, was), *others = world.deployments
    configuration = replace(live.configuration, scaling=FixedScaling(instances))
    return replace(world, deployments=((replace(live, configuration=configuration), was), *others))


def origins(world: World, base: list[Spec], now: list[Spec]) -> dict[str, ChangeOrigin]:
    plan = world.plan(*now)
    (item,) = [item for item in plan.deployments if item.changes]
    found = TwoViews.of(plan, branch(base, now)).origins(item)
    return dict(zip((change.field for change in item.changes), found, strict=True))


def test_what_the_branch_changes_is_of_the_branch() -> None:
    now = [spec(scaling=FixedScaling(3))]
    found = origins(World().of(spec()), [spec()], now)
    assert found == {"spec.scaling.instances": ChangeOrigin.BRANCH, "lastApplied": ChangeOrigin.OURS}


def test_what_somebody_changed_since_the_base_was_applied_is_drift() -> None:
    found = origins(scaled(World().of(spec()), 5), [spec()], [spec(description="new")])
    assert found["spec.scaling.instances"] is ChangeOrigin.DRIFT
    assert found["metadata.description"] is ChangeOrigin.BRANCH


def test_it_is_drift_too_where_the_branch_changes_nothing_of_it() -> None:
    assert origins(scaled(World().of(spec()), 5), [spec()], [spec()]) == {
        "spec.scaling.instances": ChangeOrigin.DRIFT
    }


def test_where_the_base_was_not_applied_nobody_can_tell() -> None:
    """A merge before has scaled it, and is not applied yet."""
    base = [spec(scaling=FixedScaling(4))]
    for now in (base, [spec(scaling=FixedScaling(4), description="new")]):
        assert origins(World().of(spec()), base, now)["spec.scaling.instances"] is ChangeOrigin.DIFFERS


def test_of_a_secret_and_of_a_tag_nobody_can_tell() -> None:
    variables = (
        *CONTAINER.environment[:1],
        ("HF_TOKEN", Secret("env.HF_TOKEN", "another")),
        CONTAINER.environment[2],
    )
    now = spec(container=replace(CONTAINER, environment=variables))
    assert origins(World().of(spec()), [now], [now])["spec.server.env.HF_TOKEN"] is ChangeOrigin.DIFFERS
    moved = of_image(spec(), holding("the next one"))
    assert origins(World().of(spec()), [spec()], [moved])["spec.image.digest"] is ChangeOrigin.DIFFERS


def test_beside_the_branch_is_counted() -> None:
    world = scaled(World().of(spec()).of(spec("other")), 5)
    base = [spec(), spec("other"), spec("new")]
    now = [spec(), spec("other", description="new"), spec("new")]
    assert TwoViews.of(world.plan(*now), branch(base, now)).beside == Beside(1, 1, 1, whole=1)


def test_what_a_manifest_asks_that_the_branch_adds_is_of_the_branch() -> None:
    """Its deployment may be there already: its manifest had gone, or it is adopted."""
    now = [spec(scaling=FixedScaling(3))]
    assert origins(World().of(spec()), [], now)["spec.scaling.instances"] is ChangeOrigin.BRANCH
    assert TwoViews.of(World().of(spec()).plan(*now), branch([], now)).beside == Beside(0, 0, 0, whole=0)


PLACE = {"region": "us-ashburn-1", "compartment": "a", "project": "p", "values": {"n": 1}}


@pytest.mark.parametrize(
    ("before", "after", "beside"),
    [
        ({}, {}, Beside(1, 1, 1, whole=2)),
        ({"owner": "a"}, {"owner": "b"}, Beside(0, 0, 0, whole=0)),
        ({}, {"owner": "b"}, Beside(0, 0, 0, whole=0)),
        *(
            ({"targets": {"prod": PLACE}}, {"targets": {"prod": PLACE | {part: "b"}}}, Beside(0, 0, 0, 0))
            for part in ("region", "compartment", "project")
        ),
        ({"targets": {"prod": PLACE}}, {"targets": {"prod": {"emulator": {}}}}, Beside(0, 0, 0, whole=0)),
        ({"targets": {"dev": PLACE}}, {"targets": {"dev": {"emulator": {}}}}, Beside(1, 1, 1, whole=2)),
        (
            {"targets": {"prod": PLACE}},
            {"targets": {"prod": PLACE | {"values": {"n": 2}}}},
            Beside(1, 1, 1, whole=2),
        ),
        ({"safety": {"prune": "confirm"}}, {}, Beside(1, 1, 1, whole=0)),
        ({}, {"safety": {"ownership": {"prune": "adopt-all"}}}, Beside(1, 1, 1, whole=0)),
        ({}, {"safety": {"maxDeletes": 9}}, Beside(1, 1, 1, whole=2)),
    ],
)
def test_what_settings_decide_is_not_beside_the_branch_that_changes_them(before, after, beside) -> None:
    """One deployment has drifted, one is new, and one has no manifest."""
    world = scaled(World().of(spec()).of(spec("orphan")), 5)
    specs = [spec(), spec("new", artifact=models("of another"))]
    changes = replace(branch(specs, specs), settings=settings_changes(before, after))
    assert TwoViews.of(world.plan(*specs), changes).beside == beside


def outcome(world: World, base: list[Spec], now: list[Spec], field: str = "spec.scaling.instances", **more):
    changes = branch(base, now)
    views = TwoViews.of(world.plan(*now, **more), changes)
    (change,) = changes.deployments
    return next(
        (views.outcome(change, one) for one in change.fields if one.field == field), views.outcome(change)
    )


THREE = FixedScaling(3)
IGNORING = Policy(ignore=("/spec/scaling",))


@pytest.mark.parametrize(
    ("world", "base", "now", "told"),
    [
        (World().of(spec()), spec(), spec(scaling=THREE), BranchOutcome.APPLIED),
        (World(), spec(), spec(scaling=THREE), BranchOutcome.CREATED),
        (World().of(spec(scaling=THREE)), spec(), spec(scaling=THREE), BranchOutcome.ALREADY),
        (
            World().of(spec()),
            spec(policy=IGNORING),
            spec(policy=IGNORING, scaling=THREE),
            BranchOutcome.IGNORED,
        ),
        (World().of(spec()), spec(), spec(policy=Policy(paused=True), scaling=THREE), BranchOutcome.PAUSED),
        (
            World().of(spec(), marks=Marks("another", "vision")),
            spec(),
            spec(scaling=THREE),
            BranchOutcome.BLOCKED,
        ),
        (World().of(spec()).of(spec("a")).of(spec("b")), spec(), spec(scaling=THREE), BranchOutcome.REFUSED),
    ],
)
def test_what_apply_makes_of_a_field(world, base, now, told) -> None:
    assert outcome(world, [base], [now]) is told


def test_what_is_held_is_not_applied() -> None:
    now = spec(scaling=THREE)
    hold = Hold(now.refused_mark, BEFORE)
    world = World().of(spec(), marks=Marks(OWNER, "vision", spec().applied_mark, BEFORE, hold=hold))
    assert outcome(world, [spec()], [now]) is BranchOutcome.HELD


def test_what_a_manifest_leaves_open_stays_as_it_is() -> None:
    pinned = spec(container=replace(CONTAINER, digest=f"sha256:{'a' * 64}"))
    world = World().of(pinned)
    assert outcome(world, [pinned], [spec()], "spec.image.digest") in (
        BranchOutcome.OPEN,
        BranchOutcome.APPLIED,
    )
    assert outcome(world, [pinned], [spec()], "spec.image.digest") is BranchOutcome.OPEN


def test_a_manifest_that_goes() -> None:
    (gone,) = branch([spec(), spec("old")], [spec()]).deployments
    plan = World().of(spec()).of(spec("old")).plan(spec())
    assert TwoViews.of(plan, branch([spec(), spec("old")], [spec()])).outcome(gone) is Action.DELETE
    (absent,) = branch([spec("old")], [], ("old",)).deployments
    assert absent.touch is Touch.REMOVED
    assert TwoViews.of(plan, branch([], [])).outcome(absent) is BranchOutcome.ABSENT
    (unplanned,) = branch([spec("x")], []).deployments
    assert TwoViews.of(plan, branch([], [])).outcome(unplanned) is BranchOutcome.NOT_PLANNED


def test_settings_are_compared_leaf_by_leaf_and_never_shown_where_they_are_secret() -> None:
    base = {
        "safety": {"maxDeletes": 1},
        "secrets": ["A", "B"],
        "targets": {"p": {"values": {"token": "x", "n": [1]}}},
    }
    now = {"safety": {}, "secrets": ["B", "C"], "targets": {"p": {"values": {"token": "y", "n": [1, 2]}}}}
    assert [(one.field, one.old, one.new) for one in settings_changes(base, now)] == [
        ("safety.maxDeletes", 1, None),
        ("secrets: A", "listed", None),
        ("targets.p.values.token", "(not shown)", "(not shown)"),
        ("targets.p.values.n", [1], [1, 2]),
        ("safety", None, {}),
        ("secrets: C", None, "listed"),
    ]
    assert settings_changes(base, base) == ()
    assert settings_changes(None, {"owner": "a"})[0].new == "a"


def in_values(values: object) -> dict[str, object]:
    return {"targets": {"p": {"values": values}}}


@pytest.mark.parametrize(
    "value", [lambda text: [text], lambda text: {"data": text}, lambda text: [{"a": text}]]
)
def test_what_is_below_a_secret_is_not_shown_either(value) -> None:
    changes = settings_changes(
        in_values({"passwords": value("hunter1")}), in_values({"passwords": value("hunter2")})
    )
    assert [(one.field, one.old, one.new) for one in changes] == [
        ("targets.p.values.passwords", "(not shown)", "(not shown)")
    ]


def test_no_change_hides_behind_a_key_that_looks_like_another_place() -> None:
    before, after = ({"x.y": number, "x": {"y": 2}} for number in (1, 9))
    assert [
        (one.field, one.old, one.new) for one in settings_changes(in_values(before), in_values(after))
    ] == [('targets.p.values."x.y"', 1, 9)]
