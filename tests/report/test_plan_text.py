"""A plan as text for a person."""

import re

from reconciler.core.plan import Action
from reconciler.report.plan_text import plan_lines
from reconciler.report.style import ANSI, PLAIN

COLOUR = re.compile("\x1b\\[[0-9]+m")


def test_golden(case) -> None:
    case.check("\n".join(plan_lines(case.plan, PLAIN)) + "\n", ".txt")


def test_every_deployment_is_named(case) -> None:
    text = "\n".join(plan_lines(case.plan, PLAIN))
    names = [item.name for item in case.plan.deployments if item.name.isprintable()]
    assert [name for name in names if name not in text] == []


def test_each_line_is_one_line_that_moves_no_cursor(case) -> None:
    assert all(line.isprintable() for line in plan_lines(case.plan, PLAIN))


def test_colours_are_all_that_ansi_adds(case) -> None:
    painted = plan_lines(case.plan, ANSI)
    assert [COLOUR.sub("", line) for line in painted] == plan_lines(case.plan, PLAIN)
    assert any(COLOUR.search(line) for line in painted)


def test_no_secret_is_shown(made) -> None:
    text = "\n".join(plan_lines(made("secrets"), PLAIN))
    assert "hunter" not in text
    assert "(not shown) → (sensitive, from env.API_TOKEN)" in text


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
