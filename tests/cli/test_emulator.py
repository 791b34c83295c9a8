"""`reconcile emulator`: its options reach the emulator, and what they do is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oci
import pytest
from support.workspace import Workspace, make, stop


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = make(tmp_path)
    yield made
    stop(made)


def test_every_option_reaches_it(workspace: Workspace) -> None:
    options = (
        "--reading", "list-filters=one", "--reading", "update-groups=documented", "--progression", "reads:2",
        "--latency", "0.01", "--fault", "unavailable,operation=list_projects", "--control", "--ephemeral",
    )  # fmt: skip
    workspace.run("emulator", "start", *options)
    note = workspace.note
    assert (note["readings"]["list_filters"], note["readings"]["update_groups"]) == ("one", "documented")
    assert (note["progression"], note["latency"], note["control"], note["ephemeral"]) == (
        "reads:2", 0.01, True, True,
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
    assert "runs already, without --ephemeral: stop it first" in " ".join(refused.err.split())
    workspace.run("emulator", "start")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--reading", "weather=fine", "reading 'weather': must be one of update-groups, list-filters"),
        ("--fault", "slow,operation=predicts", "'predicts' matches none of the operations"),
        ("--latency", "-1", "-1.0 is not in the range x>=0"),
    ],
)
def test_a_value_that_it_does_not_take(workspace: Workspace, option: str, value: str, message: str) -> None:
    refused: Any = workspace.run("emulator", "start", option, value, code=1)
    assert message in " ".join(refused.err.split())
    assert "Traceback" not in refused.err
