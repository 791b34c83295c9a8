"""Clients of every row of the contract table go on asking while the models become others: what the guard lets
pass fails none of them, and what it refuses is answered as the table says. Real Triton.
"""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from reconciler.core.planning.guard.contract_changes import contract_differences
from tests.support.contract_rows import BREAK, ROWS, UNKNOWN, WIDENING, Row, output_of, write_models
from tests.support.load import Asked, Load, Question
from tests.support.unguarded import apply_unguarded
from tests.support.workspace import Workspace, make, stop, wait_until

ASKED = [row for row in ROWS if row.route == "infer"]
"""The predict endpoint leads to no other route."""

BREAKS = {f"b{number}": row for number, row in enumerate(row for row in ASKED if row.kind is BREAK)}
OTHERS = {f"o{number}": row for number, row in enumerate(row for row in ASKED if row.kind is not BREAK)}
TOLD = {
    BREAK: "clients of {0} version 1: {1}",
    WIDENING: "wider for clients: {0} version 1: {1}",
    UNKNOWN: "may break clients: {0} version 1: {1}",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("contracts"))
    yield workspace
    stop(workspace)


def write(workspace: Workspace, name: str, rows: dict[str, Row], new: bool) -> None:
    """A deployment with a model for each row, under its old contract or its new one."""
    spec = {
        "image": {"repository": "iad.ocir.io/acme/triton", "tag": "1"},
        "modelRepository": name,
        "instance": {"shape": "VM.Standard.E4.Flex", "ocpus": 1, "memoryGBs": 8},
    }
    head = {"apiVersion": "reconciler.oci/v1", "kind": "ModelDeployment", "metadata": {"name": name}}
    workspace.write(f"manifests/{name}.yaml", json.dumps({**head, "spec": spec}))
    folder = workspace.root / "manifests" / name
    shutil.rmtree(folder, ignore_errors=True)
    write_models(folder, {model: row.new if new else row.old for model, row in rows.items()})


def question(model: str, row: Row) -> Question:
    def judge(answer: Any) -> str:
        return json.dumps(output_of(answer, row.reads), separators=(",", ":"))

    return Question(model, "1", json.dumps(row.body).encode(), judge)


def asking(workspace: Workspace, name: str, rows: dict[str, Row]) -> Load:
    questions = [question(model, row) for model, row in rows.items()]
    return Load(workspace.endpoint(name), workspace.signer, questions, per_second=40.0)


def each_is_asked(rows: dict[str, Row], load: Load, moment: float = 0) -> None:
    wait_until(lambda: {one.model for one in load.since(moment)} == rows.keys(), "each model is asked")


def by_model(asked: Sequence[Asked], model: str) -> list[Asked]:
    return [one for one in asked if one.model == model]


def as_the_table_says(row: Row, one: Asked) -> bool:
    return one.status == row.status and row.said in (one.content or one.said)


def assert_told(plan: str, model: str, row: Row) -> None:
    texts = "; ".join(difference.text for difference in contract_differences(row.old, row.new))
    if row.kind:
        assert TOLD[row.kind].format(model, texts) in plan
    else:
        assert f"{model} version" not in plan


def test_what_the_guard_lets_pass_fails_nobody(workspace: Workspace) -> None:
    write(workspace, "others", OTHERS, new=False)
    workspace.run("apply", "--yes", "--only", "others")
    write(workspace, "others", OTHERS, new=True)
    plan = workspace.run("plan", "--only", "others").out
    for model, row in OTHERS.items():
        assert_told(plan, model, row)

    with asking(workspace, "others", OTHERS) as load:
        each_is_asked(OTHERS, load)
        began = time.time()
        workspace.run("apply", "--yes", "--only", "others")
        ended = time.time()
        each_is_asked(OTHERS, load, ended)

    assert load.failures == ()
    for model, row in OTHERS.items():
        before = {one.content for one in by_model(load.asked, model) if one.ended < began}
        after = by_model(load.since(ended), model)
        assert len(before) == 1
        if row.said:
            assert all(as_the_table_says(row, one) for one in after), row.change
        else:
            assert {one.content for one in by_model(load.asked, model)} == before, row.change


def test_what_the_guard_refuses_breaks_clients_as_the_table_says(workspace: Workspace) -> None:
    write(workspace, "breaks", BREAKS, new=False)
    workspace.run("apply", "--yes", "--only", "breaks")
    live = workspace.state()
    write(workspace, "breaks", BREAKS, new=True)

    plan = workspace.run("plan", "--only", "breaks", code=5).out
    for model, row in BREAKS.items():
        assert_told(plan, model, row)
    workspace.run("apply", "--yes", "--only", "breaks", code=5)
    assert workspace.state() == live

    with asking(workspace, "breaks", BREAKS) as load:
        each_is_asked(BREAKS, load)
        began = time.time()
        apply_unguarded(workspace, "--only", "breaks")
        ended = time.time()
        each_is_asked(BREAKS, load, ended)

    for model, row in BREAKS.items():
        before = [one for one in by_model(load.asked, model) if one.ended < began]
        assert not any(one.failed or as_the_table_says(row, one) for one in before), row.change
        assert all(as_the_table_says(row, one) for one in by_model(load.since(ended), model)), row.change
