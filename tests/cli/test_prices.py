"""`prices` in reconciler.yaml: every command that plans tells the cost, and what is wrong with the table."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.model.configuration import Instance
from reconciler.core.model.machines import Machines
from reconciler.report.plan.json import plan_document, read_plan
from tests.support.hello import write_hello
from tests.support.here import start_here, stop_here
from tests.support.workspace import Workspace, make

PRICES = """\
apiVersion: reconciler.oci/v1
kind: Prices
currency: CHF
date: 2026-01-31
shapes:
  VM.Standard.E4.Flex: {ocpuHour: RATE, gbHour: 0}
"""


@pytest.fixture
def workspace(tmp_path: Path, emulator_installed: None) -> Iterator[Workspace]:
    made = make(tmp_path)
    write_hello(made)
    settings = (tmp_path / "reconciler.yaml").read_text()
    made.write("reconciler.yaml", f"{settings}\nprices: manifests/prices.yaml\n")
    made.write("manifests/prices.yaml", PRICES.replace("RATE", "0.5"))
    start_here(made.home, control=True)
    yield made
    stop_here(made.home)


def lie_about_what_runs(path: Path) -> None:
    """The plan as somebody else would have it, with the digest that fits."""
    plan = read_plan(json.loads(path.read_text()), lambda secret: secret)
    (item,) = plan.deployments
    forged = replace(item, machines=Machines(Instance("VM.GPU.A10.1"), 9, 9))
    path.write_text(json.dumps(plan_document(replace(plan, deployments=(forged,)))))


BROKEN_AT = "manifests/prices.yaml:6:35"


def test_a_broken_table_makes_the_repository_invalid_with_its_place(workspace: Workspace) -> None:
    workspace.write("manifests/prices.yaml", PRICES.replace("RATE", "-1"))
    assert BROKEN_AT in workspace.run("plan", code=3).err
    (problem,) = json.loads(workspace.run("validate", "--format", "json", code=3).out)["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("manifests/prices.yaml", 6, 35)


def test_a_broken_table_stops_nobody_who_changes_what_runs(workspace: Workspace) -> None:
    workspace.run("plan", "--out", "plan.json")
    workspace.write("manifests/prices.yaml", PRICES.replace("RATE", "-1"))
    commands = (
        (["apply", "--plan", "plan.json"], 1),  # nobody is there to confirm
        (["apply", "--yes"], 0),
        (["destroy", "hello", "--yes"], 0),
    )
    for command, code in commands:
        done = workspace.run(*command, code=code)
        assert f"{BROKEN_AT}: warning: " in done.err
        assert "the cost is not told" in done.err
        assert "1 instance, " in done.out
        assert "cost" not in done.out


def test_the_cost_is_told_by_the_prices_of_today_and_a_saved_plan_holds_none(workspace: Workspace) -> None:
    told = workspace.run("plan", "--out", "plan.json").out
    assert "cost: +0.5000 CHF per hour, +372.00 CHF per month" in told
    assert "Cost of instances by the prices of 2026-01-31 (manifests/prices.yaml)" in told
    assert "cost" not in json.loads((workspace.root / "plan.json").read_text())
    document = json.loads(workspace.run("plan", "--format", "json").out)
    assert document["cost"]["total"]["perMonth"] == {"least": "372", "most": "372"}
    workspace.write("manifests/prices.yaml", PRICES.replace("RATE", "2"))
    lie_about_what_runs(workspace.root / "plan.json")
    again = workspace.run("apply", "--plan", "plan.json", code=1)
    assert "capacity: +1 instance, +1 OCPU, " in again.out
    assert "cost: +2.0000 CHF per hour, +1,488.00 CHF per month" in again.out
    assert "nobody is there to confirm" in again.err
