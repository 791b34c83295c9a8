"""A plan as text for a person."""

import re
from dataclasses import replace

from reconciler.core.model.configuration import Container, Secret
from reconciler.core.planning.plan import Action
from reconciler.report.plan.text import plan_lines
from reconciler.report.style import ANSI, PLAIN
from tests.support.drive import desired, plan_on, spec
from tests.support.memory import MemoryCloud

COLOUR = re.compile("\x1b\\[[0-9]+m")


def test_golden(case) -> None:
    case.check("\n".join(plan_lines(case.plan, PLAIN)) + "\n", ".txt")


def test_every_deployment_is_named(case) -> None:
    text = "\n".join(plan_lines(case.plan, PLAIN))
    names = [item.name for item in case.plan.deployments if item.name.isprintable()]
    assert [name for name in names if name not in text] == []


def test_no_line_has_a_control_character(case) -> None:
    assert all(line.isprintable() for line in plan_lines(case.plan, PLAIN))


def test_colours_are_all_that_ansi_adds(case) -> None:
    painted = plan_lines(case.plan, ANSI)
    assert [COLOUR.sub("", line) for line in painted] == plan_lines(case.plan, PLAIN)
    assert any(COLOUR.search(line) for line in painted)


def test_updates_are_in_order(made) -> None:
    lines = [line.strip() for line in plan_lines(made("all_groups"), PLAIN)]
    assert [line for line in lines if line.startswith("update ") and " of 7" in line] == [
        "update 1 of 7: logs",
        "update 2 of 7: bandwidth",
        "update 3 of 7: autoscaling",
        "update 4 of 7: networking",
        "update 5 of 7: container",
        "update 6 of 7: model and instances",
        "update 7 of 7: name and tags",
    ]


def test_dangers_come_before_everything_else(made) -> None:
    lines = [line.strip() for line in plan_lines(made("downtime_allowed"), PLAIN)]
    name = next(index for index, line in enumerate(lines) if line.startswith("~ vision"))
    assert lines[name + 2].startswith("danger: densenet_onnx version 1: output fc6_1")


def test_no_secret_is_shown(made) -> None:
    text = "\n".join(plan_lines(made("secrets"), PLAIN))
    assert "hunter" not in text
    assert "(not shown) → (sensitive, from env.API_TOKEN)" in text


def test_the_first_and_last_line_count_every_action(everything) -> None:
    first, *_, last = plan_lines(everything, PLAIN)
    totals = "1 to create, 2 to update (1 with a stop), 1 to delete, 4 unchanged, 1 blocked"
    assert first == f"Plan for target test: {totals}"
    assert last == f"Plan: {totals}."


def test_a_plan_with_nothing_to_do_says_so_at_once(made) -> None:
    assert plan_lines(made("nothing"), PLAIN)[0] == "Plan for target test: nothing to do, 2 unchanged"
    assert plan_lines(made("no_deployments"), PLAIN)[0] == "Plan for target test: nothing to do"


def test_unchanged_deployments_can_be_left_out(everything) -> None:
    whole, cut = plan_lines(everything, PLAIN), plan_lines(everything, PLAIN, unchanged=False)
    assert [line for line in whole if line not in cut] == ["4 unchanged (as it should be): other, a, a, b"]


def test_many_unchanged_are_one_line(many) -> None:
    plan = many(30)
    unchanged = type(plan)(
        plan.target,
        plan.owner,
        plan.project,
        None,
        tuple(
            type(item)(item.name, Action.NOTHING, "as it should be", "manifest.yaml")
            for item in plan.deployments
        ),
    )
    *_, names, last = plan_lines(unchanged, PLAIN)
    assert names.endswith("and 51 more")
    assert last == "Nothing to do: 61 deployments are as their manifests say."


def test_what_is_left_for_another_reason_is_not_said_to_be_as_its_manifest_says(many) -> None:
    (item, *_) = many(1).deployments
    held = type(item)(item.name, Action.NOTHING, "held at revision x by a rollback", "manifest.yaml")
    *_, line, last = plan_lines(replace(many(1), deployments=(held,)), PLAIN)
    assert line == f"1 unchanged (held at revision x by a rollback): {item.name}"
    assert last == "Nothing to do; 1 deployment left as it is."


def created(container: Container) -> str:
    wanted = spec("vision", container=container)
    (line,) = [
        line for line in plan_lines(plan_on(MemoryCloud(), desired(wanted)), PLAIN) if "create depl" in line
    ]
    return line


def test_a_new_deployment_is_described_by_its_step() -> None:
    """It has no changes that a reader could read."""
    secrets = (("HF_TOKEN", Secret("env.HF_TOKEN", "hunter2")), ("LOG_LEVEL", "s3cret"))
    line = created(Container("iad.ocir.io/t/x:1", command=("sh", "-c", "curl"), environment=secrets))
    assert "image iad.ocir.io/t/x:1, started with sh -c curl" in line
    assert line.endswith("variables: HF_TOKEN (from env.HF_TOKEN), LOG_LEVEL")


def test_the_step_of_a_new_deployment_is_one_line() -> None:
    many = tuple((f"V{number:04}", "x") for number in range(1000))
    line = created(Container("i" * 5000, command=("x" * 5000,) * 9, environment=(*many, ("W" * 5000, "x"))))
    assert "V0019 and 981 more" in line
    assert len(line) < 1500
