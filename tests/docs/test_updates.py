"""What docs/updates.md shows of manifests and settings is valid, all of it at once; its table of contracts is
the one that a real server is asked about.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.contract_rows import BREAK, ROWS, UNKNOWN, WIDENING, Row
from tests.support.hello import write_hello
from tests.support.workspace import CHECKOUT, Workspace, make

UPDATES = (CHECKOUT / "docs/updates.md").read_text()


def shown(key: str) -> Any:
    """The YAML block of this top-level key."""
    for block in UPDATES.split("```yaml\n")[1:]:
        found = yaml.safe_load(block.partition("```")[0])
        if key in found:
            return found[key]
    raise KeyError(key)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make(tmp_path)
    write_hello(made)
    return made


def test_rollout_policy_and_state_are_valid_in_a_manifest(workspace: Workspace) -> None:
    path = workspace.root / "manifests/hello.yaml"
    manifest = yaml.safe_load(path.read_text())
    rollout = shown("rollout")
    rollout.pop("update")  # for model groups only
    for probe in rollout["probes"]:
        probe["model"] = "m"
    manifest["spec"] |= {"rollout": rollout, **shown("spec")}
    path.write_text(yaml.safe_dump(manifest))
    workspace.write("manifests/probes/bird.json", "{}")
    workspace.write("manifests/probes/empty.json", "{}")
    workspace.write("manifests/probes/bird.out.json", '{"outputs": [{"name": "y", "data": [1.0]}]}')
    workspace.run("validate")


def test_safety_is_valid_in_the_settings(workspace: Workspace) -> None:
    path = workspace.root / "reconciler.yaml"
    settings = yaml.safe_load(path.read_text()) | {"safety": shown("safety")}
    path.write_text(yaml.safe_dump(settings))
    workspace.run("validate")


PLANS = {None: "zero downtime", BREAK: "blocked", WIDENING: "told", UNKNOWN: "a danger, told"}


def shown_row(row: Row, answer: str) -> str:
    """A line of the table, whose answer may go on with more words than the row has."""
    said = f" `{row.said}`" if row.said else ", the same"
    assert answer.startswith(f"{row.status}{said}")
    return f"| {row.change} | {row.kind or 'none'} | {answer} | {PLANS[row.kind]} |"


def test_the_table_of_contracts_has_the_rows_that_a_server_is_asked_about() -> None:
    table = UPDATES.split("| what changes | kind | ")[1].split("\n\n")[0]
    lines = table.splitlines()[2:]
    answers = [line.split(" | ")[2] for line in lines]
    assert lines == [shown_row(row, answer) for row, answer in zip(ROWS, answers, strict=True)]
