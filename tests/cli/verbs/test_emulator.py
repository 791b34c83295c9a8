"""`reconcile emulator`: its options reach the emulator, and what they do is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oci
import pytest
from click.shell_completion import ShellComplete

from datascience_emulator.faults.order_format import MAX_SECONDS
from datascience_emulator.faults.orders import Fault
from datascience_emulator.lifecycle.progression import Immediate, parse_progression
from datascience_emulator.readings import questions
from datascience_emulator.wire.predicting import ServersAs
from reconciler.cli import emulator_options
from reconciler.cli.verb_list import cli
from tests.support.schemas import fits
from tests.support.workspace import Workspace, make, stop


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = make(tmp_path)
    yield made
    stop(made)


def test_every_option_reaches_the_emulator(workspace: Workspace) -> None:
    options = (
        "--reading", "list-filters=one", "--reading", "update-groups=documented", "--progression", "reads:2",
        "--latency", "0.01", "--fault", "unavailable,operation=list_projects", "--control", "--ephemeral",
        "--servers", "docker",
    )  # fmt: skip
    workspace.run("emulator", "start", *options)
    note = workspace.note
    assert (note["readings"]["list_filters"], note["readings"]["update_groups"]) == ("one", "documented")
    assert (note["progression"], note["latency"], note["control"], note["ephemeral"], note["servers"]) == (
        "reads:2", 0.01, True, True, "docker",
    )  # fmt: skip
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        workspace.sdk().list_projects(note["compartment"], retry_strategy=oci.retry.NoneRetryStrategy())
    assert refused.value.status == 503
    folder = Path(note["config_file"]).parents[1]
    assert folder.exists()
    workspace.run("emulator", "stop")
    assert not folder.exists()


def test_one_that_runs_otherwise_is_named(workspace: Workspace) -> None:
    workspace.run("emulator", "start")
    refused = workspace.run("emulator", "start", "--ephemeral", code=1)
    assert "not with --ephemeral (it keeps its state): stop it first" in " ".join(refused.err.split())
    workspace.run("emulator", "start")


def test_unusual_options_are_shown(workspace: Workspace) -> None:
    assert workspace.run("emulator", "status", code=1).out == "not running\n"
    plain = workspace.run("emulator", "start").out
    assert [line.partition(":")[0] for line in plain.splitlines()] == [
        "running at http", "OCI config file", "compartment",
    ]  # fmt: skip
    workspace.run("emulator", "stop")
    options = (
        "--reading", "omitted=kept", "--progression", "seconds:0.50", "--latency", "0.01", "--control",
        "--servers", "docker",
    )  # fmt: skip
    workspace.run("emulator", "start", *options, "--ephemeral")
    shown = workspace.run("emulator", "status").out
    assert shown.splitlines()[3:] == [
        "reading: omitted=kept",
        "progression: seconds:0.5",
        "latency: 0.01 s",
        "servers: docker",
        f"control API: {workspace.note['endpoint']}/emulator",
        "ephemeral: keeps nothing at the end",
    ]
    assert workspace.run("emulator", "start").out == shown, "one that is found is shown as it runs"
    assert workspace.run("emulator", "start", *options).out == shown


def test_status_as_json_is_its_note(workspace: Workspace) -> None:
    stopped = workspace.run("emulator", "status", "--format", "json", code=1)
    version = {"apiVersion": "reconciler.oci/emulator.v1"}
    assert json.loads(stopped.out) == {**version, "running": False}
    workspace.run("emulator", "start", "--latency", "0.01")
    shown = json.loads(workspace.run("emulator", "status", "--format", "json").out)
    assert shown == {**version, "running": True, **workspace.note}
    for document in (json.loads(stopped.out), shown):
        fits(document)


def test_the_lists_are_copies_of_the_emulators_own() -> None:
    assert {one.name: one.choices for one in questions()} == emulator_options.READINGS
    assert tuple(Fault) == emulator_options.FAULTS
    assert str(Immediate()) == emulator_options.DEFAULT_PROGRESSION
    assert emulator_options.MAX_SECONDS == MAX_SECONDS
    assert tuple(ServersAs) == emulator_options.SERVERS


@pytest.mark.parametrize(
    ("option", "begun", "offered"),
    [
        (
            "--reading",
            "tri",
            ["triton-headers=either", "triton-headers=underscores", "triton-headers=hyphens"],
        ),
        ("--reading", "omitted=k", ["omitted=kept"]),
        ("--progression", "", ["immediate", "reads:", "seconds:"]),
        ("--fault", "reset", ["reset-before", "reset-after"]),
        ("--fault", "x", []),
    ],
)
def test_values_are_completed(option: str, begun: str, offered: list[str]) -> None:
    shell = ShellComplete(cli, {}, "reconcile", "_RECONCILE_COMPLETE")
    found = shell.get_completions(["emulator", "start", option], begun)
    assert [one.value for one in found] == offered


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("immediate", "immediate"),
        ("reads:03", "reads:3"),
        ("seconds:1.0", "seconds:1"),
        ("seconds:.5", "seconds:0.5"),
    ],
)
def test_a_progression_is_taken_as_the_emulator_writes_it(text: str, same: str) -> None:
    assert emulator_options.progression(text) == same == str(parse_progression(text))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--reading", "weather=fine", "reading 'weather': must be one of update-groups, list-filters"),
        ("--fault", "slow,operation=predicts", "'predicts' matches none of the operations"),
        ("--fault", "fire", "fault 'fire': must be one of capacity, bootstrap, digest"),
        ("--reading", "omitted=no", "reading omitted: must be one of reset, kept, is 'no'"),
        ("--latency", "-1", "-1.0 is not in the range 0<=x<=3600"),
        ("--progression", "never", "'never' is not immediate, reads:N (whole number) or seconds:T"),
        ("--progression", "reads:-1", "'reads:-1' is not immediate, reads:N (whole number) or seconds:T"),
    ],
)
def test_a_wrong_value_is_refused(workspace: Workspace, option: str, value: str, message: str) -> None:
    refused: Any = workspace.run("emulator", "start", option, value, code=1)
    assert message in " ".join(refused.err.split())
    assert "Traceback" not in refused.err
    logs = workspace.root / ".reconciler/emulator/logs"
    assert logs.exists() == ("operation=" in value), "what is wrong in itself is told before anything starts"
