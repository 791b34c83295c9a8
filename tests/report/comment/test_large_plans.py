"""However much a plan does, its comment fits and shows every risky deployment; made on a cloud in memory."""

import re
from dataclasses import replace
from functools import cache, partial
from itertools import cycle, islice

import pytest

from reconciler.core.model.spec import Downtime, Rollout, Spec
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.review.branch import (
    BranchChanges,
    FileChange,
    Touch,
    WrittenManifest,
    manifest_changes,
    settings_changes,
)
from reconciler.report.comment.frame import COMMENT_BYTES
from reconciler.report.comment.plan import PlanComment, plan_comment
from reconciler.report.plan import words
from reconciler.report.plan.markdown import plan_markdown
from reconciler.report.plan.markdown_parts import RISKY, changing, section_of
from tests.support.drive import OWNER, apply_on, desired, plan_on, spec
from tests.support.memory import MemoryCloud
from tests.support.pull_requests import BASE, HEAD, MADE, RUN

STOP = Rollout(downtime=Downtime.ALLOW)
ENV = tuple((f"VARIABLE_{number}", "a value of some length " * 8) for number in range(2))


@cache
def five_hundred() -> tuple[Plan, BranchChanges]:
    """All of them changed: updated, stopped, or blocked; made by the planner."""
    cloud, names = MemoryCloud(), [f"deployment-of-a-team-{index:04}" for index in range(500)]
    before = _live_like(cloud, names)
    now = [_changed(one, index) for index, one in enumerate(before) if index % 5]
    plan = plan_on(cloud, desired(*now))
    sides = [[WrittenManifest(one, ()) for one in side] for side in (before, now)]
    workflows = (FileChange(".github/workflows/apply.yml", Touch.CHANGED),)
    return plan, BranchChanges(BASE, manifest_changes(*sides, {}, ()), workflows=workflows)


def at_risk(plan: Plan) -> list[DeploymentPlan]:
    return [item for item in plan.deployments if section_of(item) in RISKY]


def so_many(number: int, risky: bool = False) -> tuple[Plan, BranchChanges]:
    """So many like them, or like those of them that are at risk, by other names."""
    plan, branch = five_hundred()
    items = at_risk(plan) if risky else plan.deployments
    plans, changes = (
        tuple(
            replace(one, name=f"{one.name}-{index}") for index, one in enumerate(islice(cycle(some), number))
        )
        for some in (items, branch.deployments)
    )
    return replace(plan, deployments=plans), replace(branch, deployments=changes)


def _live_like(cloud: MemoryCloud, names: list[str]) -> list[Spec]:
    """Deployments of these names, each like the one that an apply made; some belong to somebody else."""
    first = spec(names[0])
    apply_on(cloud, plan_on(cloud, desired(first)))
    (live,) = cloud.deployments.values()
    specs = [
        replace(first, name=name, configuration=replace(first.configuration, name=name)) for name in names
    ]
    for index, one in enumerate(specs[1:], start=1):
        marks = replace(
            live.marks,
            owner="another" if index % 7 == 1 and index % 5 else OWNER,
            name=one.name,
            applied=one.applied_mark,
        )
        ocid, configuration = f"ocid1.deployment.{index:04}", replace(live.configuration, name=one.name)
        cloud.put(replace(live, ocid=ocid, display_name=one.name, marks=marks, configuration=configuration))
    return specs


def _changed(one: Spec, index: int) -> Spec:
    environment = (*one.configuration.container.environment, *ENV)
    container = replace(one.configuration.container, environment=environment)
    changed = replace(
        one, configuration=replace(one.configuration, container=container, description="x" * 150)
    )
    return replace(changed, active=False, rollout=STOP) if index % 3 == 1 else changed


def comment(plan: Plan, branch: BranchChanges) -> str:
    return plan_comment(PlanComment(plan, branch, HEAD, MADE, run_url=RUN))


@pytest.mark.parametrize("made", [five_hundred, partial(so_many, 500, risky=True)])
def test_five_hundred_fit_and_every_risky_one_is_shown(made) -> None:
    plan, branch = made()
    text = comment(plan, branch)
    assert len(plan.deployments) == 500
    assert {item.action for item in plan.deployments} == {Action.UPDATE, Action.BLOCKED}
    assert any(words.stops(item) for item in plan.deployments)
    assert COMMENT_BYTES * 0.8 < len(text.encode()) <= COMMENT_BYTES
    assert len(at_risk(plan)) > 200
    view = text.partition("#### What apply will do")[2]
    assert [one.name for one in at_risk(plan) if f"<code>{one.name}</code>" not in view] == []
    assert ".github/workflows/apply.yml" in text


def test_no_number_of_variables_or_settings_hides_what_is_at_risk() -> None:
    plan, branch = so_many(30, risky=True)
    many = tuple(f"V{number:04}_{'X' * 100}" for number in range(1000))
    items = tuple(replace(item, unset=many) for item in plan.deployments)
    names = [f"V{number}" for number in range(1000)]
    before, after = ({"secrets": some, "safety": {"maxDeletes": len(some)}} for some in ([], names))
    settings = settings_changes(before, after)
    for text in (
        comment(replace(plan, deployments=items), replace(branch, settings=settings)),
        plan_markdown(replace(plan, deployments=items)),
    ):
        assert [one.name for one in items if f"**<code>{one.name}</code>" not in text] == []
        assert "Not looked at" in text
    assert "- <code>safety.maxDeletes</code>: " in comment(plan, replace(branch, settings=settings))


def test_what_is_left_out_is_counted_and_where_it_is_told() -> None:
    plan, branch = so_many(1000)
    text = comment(plan, branch)
    hidden = re.search(r"\*\*([0-9,]+) more not shown:\*\* the least important ones", text)
    shown = len(re.findall(r"(?m)^\*\*<code>deployment", text))
    parts = len(plan.deployments) + len(branch.deployments)  # what apply does, and what the branch changes
    assert hidden is not None
    assert shown + int(hidden[1].replace(",", "")) == parts
    assert f"All of it is in [the run]({RUN})" in text
    assert "of them are risky" not in text


def test_more_than_a_thousand_at_risk_are_counted_and_the_first_ones_named() -> None:
    plan, branch = so_many(1200, risky=True)
    text = comment(plan, branch)
    assert len(text.encode()) <= COMMENT_BYTES
    assert f"{len(plan.blocked):,} are blocked" in text
    hidden = re.search(r"more not shown:\*\* .* ([0-9,]+) of them are risky", text)
    assert hidden is not None
    view = text.partition("#### What apply will do")[2]
    named = [one for one in plan.deployments if f"<code>{one.name}</code>" in view]
    assert len(named) + int(hidden[1].replace(",", "")) == len(plan.deployments)
    first = changing(plan)[: len(named)]
    assert {item.name for item in first} == {item.name for item in named}


def test_first_the_steps_go_then_details_then_whole_deployments() -> None:
    plan, branch = five_hundred()
    steps: list[bool] = []
    tables: list[bool] = []
    for number in (20, 26, 80):
        some = replace(branch, deployments=branch.deployments[:number])
        text = comment(replace(plan, deployments=plan.deployments[:number]), some)
        view = text.partition("#### What apply will do")[2]
        updates = [
            block for block in re.split(r"(?m)^\*\*(?=<code>)", view) if "</code> will be updated" in block
        ]
        for sign, found in (("<details>", steps), ("| field |", tables)):
            there = [sign in update for update in updates]
            assert there == sorted(there, reverse=True)
            found += there
    assert set(steps) == set(tables) == {True, False}
    assert sum(steps) < sum(tables)


def test_one_deployment_with_thousands_of_fields_shows_the_first_ones() -> None:
    cloud = MemoryCloud()
    before = spec()
    apply_on(cloud, plan_on(cloud, desired(before)))
    many = tuple((f"V{number:05}", "x" * 40) for number in range(900))
    container = replace(before.configuration.container, environment=many)
    now = replace(before, configuration=replace(before.configuration, container=container))
    branch = BranchChanges(
        BASE, manifest_changes([WrittenManifest(before, ())], [WrittenManifest(now, ())], {}, ())
    )
    text = plan_comment(PlanComment(plan_on(cloud, desired(now)), branch, HEAD, MADE))
    assert len(text.encode()) <= COMMENT_BYTES
    assert "V00010" in text
    assert re.search(r"and 8[0-9][0-9] fields more", text)
