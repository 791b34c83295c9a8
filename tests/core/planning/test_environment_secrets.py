"""Secrets that are not known where a plan is made: nothing of them is planned, and nothing is applied so."""

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model.configuration import Secret
from reconciler.core.model.errors import Refused, SetupError
from reconciler.core.model.spec import Policy, Spec
from reconciler.core.planning.environment_secrets import (
    looked_up,
    sign_in_secrets,
    with_lines,
    with_secrets,
)
from reconciler.core.planning.explain.explain import explain
from reconciler.core.planning.explain.explanation import FieldStanding, LastApplied
from reconciler.core.planning.plan import Action, Plan
from reconciler.report.plan.json import plan_document
from reconciler.report.plan.markdown import plan_markdown
from reconciler.report.plan.text import plan_lines
from reconciler.report.style import PLAIN
from tests.support.applied import alive
from tests.support.drive import apply_on, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud

KNOWN = {"TOKEN": "t0ken", "OTHER": "0ther"}


def with_variables(wanted: Spec, **variables: str | Secret) -> Spec:
    its = tuple(sorted({"CONTAINER_TYPE": "TRITON", **variables}.items()))
    container = replace(wanted.configuration.container, environment=its)
    return replace(wanted, configuration=replace(wanted.configuration, container=container))


def asked(name: str = "a", environment: dict[str, str] | None = None, **changes: Any) -> Spec:
    wanted = spec(name, **changes)
    made = with_variables(wanted, TOKEN=Secret.of("TOKEN"), OTHER=Secret.of("OTHER", "none"))
    return with_secrets(made, KNOWN if environment is None else environment)


def live() -> MemoryCloud:
    cloud = MemoryCloud()
    apply_on(cloud, plan_on(cloud, desired(asked())))
    return cloud


def variables(cloud: MemoryCloud) -> dict[str, str]:
    (one,) = alive(cloud)
    return dict(one.configuration.container.environment)


def only(plan: Plan, name: str = "a") -> Any:
    (item,) = (item for item in plan.deployments if item.name == name)
    return item


def test_what_is_unset_and_what_is_empty_are_the_same() -> None:
    for environment in ({}, {"X": ""}):
        assert looked_up(Secret.of("X"), environment) == Secret("env.X", None, None)
        assert looked_up(Secret.of("X", "d"), environment) == Secret("env.X", "d", "d")
        assert looked_up(Secret.of("X", ""), environment) == Secret("env.X", "", "")
    assert looked_up(Secret.of("X", "d"), {"X": "v"}) == Secret("env.X", "v", "d")


@pytest.mark.parametrize("environment", [{}, {"TOKEN": ""}, {"OTHER": "0ther"}])
def test_what_is_not_known_is_not_looked_at(environment: dict[str, str]) -> None:
    plan = plan_on(live(), desired(asked(environment={"OTHER": "0ther", **environment})))
    item = only(plan)
    assert (item.action, item.changes, item.unset) == (Action.NOTHING, (), ("TOKEN",))
    assert plan.empty
    for text in ("\n".join(plan_lines(plan, PLAIN)), plan_markdown(plan)):
        assert "TOKEN is not set here" in text
        assert text.replace("\\", "").endswith("a\n") or "alone until it is set: a" in text


def test_other_changes_are_planned_all_the_same_and_leave_it_as_it_is() -> None:
    cloud = live()
    changed = asked(environment={}, description="new")
    changed = replace(
        changed,
        configuration=replace(
            changed.configuration, container=replace(changed.configuration.container, port=9000)
        ),
    )
    item = only(plan_on(cloud, desired(changed)))
    assert {change.field for change in item.changes} == {
        "metadata.description", "spec.server.port", "spec.server.env.OTHER", "lastApplied",
    }  # fmt: skip
    assert item.unset == ("TOKEN",)


def test_nothing_is_applied_without_it_and_the_others_go_on() -> None:
    cloud = live()
    others = desired(asked(environment={}), spec("b"), applying=True)
    plan = plan_on(cloud, others)
    assert only(plan).action is Action.BLOCKED
    assert "not set here, or empty: TOKEN" in only(plan).refusals[0].reason
    assert only(plan, "b").action is Action.CREATE
    apply_on(cloud, plan)
    assert sorted(one.name for one in alive(cloud)) == ["a", "b"]
    assert (
        dict(cloud.deployments[only(plan).seen.ocid].configuration.container.environment)["TOKEN"] == "t0ken"
    )


def test_a_new_one_is_planned_and_not_created() -> None:
    cloud = MemoryCloud()
    assert only(plan_on(cloud, desired(asked(environment={})))).action is Action.CREATE
    assert only(plan_on(cloud, desired(asked(environment={}), applying=True))).action is Action.BLOCKED


def test_what_no_manifest_names_stays_while_one_is_held_back() -> None:
    cloud = live()
    apply_on(cloud, plan_on(cloud, desired(asked(), spec("b"))))
    plan = plan_on(cloud, desired(asked(environment={}), applying=True))
    assert only(plan, "b").action is Action.BLOCKED
    assert only(plan_on(cloud, desired(asked(environment={}))), "b").action is Action.DELETE


def test_one_that_is_paused_needs_nothing() -> None:
    paused = replace(asked(environment={}), policy=Policy(paused=True))
    assert only(plan_on(live(), desired(paused, applying=True))).action is Action.PAUSED


def test_a_plan_that_was_made_without_it_sends_nothing_in_its_place() -> None:
    """The last line of defence: such a plan is refused before, and what has no value is never sent."""
    cloud = MemoryCloud()
    events = apply_on(cloud, plan_on(cloud, desired(asked(environment={}))))
    (error,) = errors_of(events)
    assert isinstance(error, Refused)
    assert "env.TOKEN is not set here" in str(error)
    assert alive(cloud) == []


def test_apply_then_plan_is_empty_whether_it_is_known_then_or_not() -> None:
    cloud = live()
    assert variables(cloud) == {"CONTAINER_TYPE": "TRITON", "TOKEN": "t0ken", "OTHER": "0ther"}
    assert plan_on(cloud, desired(asked())).empty
    moved = {"TOKEN": "t0ken-2", "OTHER": ""}
    plan = plan_on(cloud, desired(asked(environment=moved)))
    assert {change.field for change in only(plan).changes} == {
        "spec.server.env.OTHER",
        "spec.server.env.TOKEN",
    }
    apply_on(cloud, plan)
    assert variables(cloud) == {"CONTAINER_TYPE": "TRITON", "TOKEN": "t0ken-2", "OTHER": "none"}
    assert plan_on(cloud, desired(asked(environment=moved))).empty


@pytest.mark.parametrize("values", [("x", "y" * 500), ("t0ken-", "t0ken0"), ("abc", "\u65e5\u672c")])
def test_a_plan_tells_of_a_secret_only_whether_it_is_what_is_live(values: tuple[str, str]) -> None:
    """Neither what it is, nor how long, nor what it begins with: the plan is the same, byte for byte."""
    cloud = live()
    made = [plan_on(cloud, desired(asked(environment={**KNOWN, "TOKEN": value}))) for value in values]
    one, other = (json.dumps(plan_document(plan)) for plan in made)
    assert one == other
    assert made[0].digest == made[1].digest
    assert plan_on(cloud, desired(asked())).digest != made[0].digest


def test_explain_says_that_it_was_not_looked_at() -> None:
    cloud = live()
    wanted = asked(environment={})
    (item,) = plan_on(cloud, desired(wanted)).deployments
    (there,) = alive(cloud)
    told = explain(item, "acme", wanted, there, LastApplied(unknown="-"))
    (story,) = (story for story in told.fields if story.field == "spec.server.env.TOKEN")
    assert (story.standing, story.why) == (
        FieldStanding.NOT_COMPARED,
        "TOKEN is not set here, so it was not looked at",
    )


def test_one_variable_hands_over_many_secrets() -> None:
    lines = "TOKEN=t0ken\r\n\n  \nOTHER= a=b #c\x85d \nEMPTY=\n"

    known = with_lines({"OTHER": "before", "HOME": "/root", "RECONCILER_SECRETS": lines})

    assert {name: known[name] for name in ("TOKEN", "OTHER", "EMPTY", "HOME")} == {
        "TOKEN": "t0ken",
        "OTHER": " a=b #c\x85d ",
        "EMPTY": "",
        "HOME": "/root",
    }
    assert with_lines({"HOME": "/root"}) == {"HOME": "/root"}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("A=1\nhunter2", "line 2: it does not begin with a name and '='"),
        ("=hunter2", "line 1: it does not begin with a name and '='"),
        (" A=hunter2", "line 1: it does not begin with a name and '='"),
        ("hunter2 is=it", "line 1: it does not begin with a name and '='"),
        ("A=hunter2\nA=hunter2", "line 2: A is there twice"),
        ("GITHUB_TOKEN=hunter2", "line 1: GITHUB_TOKEN belongs to the runner"),
        ("RECONCILER_SECRETS=hunter2", "line 1: RECONCILER_SECRETS belongs to the runner"),
    ],
)
def test_what_is_no_such_line_is_refused_and_not_shown(lines: str, told: str) -> None:
    with pytest.raises(SetupError, match=r"^RECONCILER_SECRETS, ") as refused:
        with_lines({"RECONCILER_SECRETS": lines})

    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_what_is_handed_over_is_no_text_for_messages() -> None:
    value = "a-secret-that-no-manifest-names"
    lines = f"SHORT=1\nLONG={value}"

    assert sign_in_secrets({"RECONCILER_SECRETS": lines}) == {value, lines}
    assert value in sign_in_secrets({"RECONCILER_SECRETS": f"{value}\nLONG={value}"})
