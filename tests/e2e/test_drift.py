"""Drift and history on the local cloud: what somebody did there and in git, told with its values; and nothing
is written. Without model servers; somebody uses the SDK.
"""

from collections.abc import Iterator
from typing import Any

import oci
import pytest
import requests

from reconciler.core.model.live import OWNER
from reconciler.core.model.timestamps import sortable
from tests.support.bare import all_live, ask_for_one, start_bare, write_model
from tests.support.repositories import commit, git
from tests.support.workspace import Workspace, make, stop, wait_until

models = oci.data_science.models
NAMES = ("drifts", "pends", "both", "goes", "orphan", "taken", "steady")


def write(workspace: Workspace, name: str, description: str = "one", instances: int = 1) -> None:
    metadata = {"name": name, "description": description}
    ask_for_one(workspace, f"manifests/{name}.yaml", "models", metadata, scaling={"instances": instances})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None) -> Iterator[Workspace]:
    """Seven deployments that were applied from a commit, and what was done to six of them since."""
    made = make(tmp_path_factory.mktemp("drift"))
    made.write(".gitignore", ".reconciler\n")
    git(made.root, "init", "-q", "-b", "main")
    start_bare(made)
    write_model(made, "manifests/models", "one")
    for name in NAMES:
        write(made, name)
    commit(made.root, "seven deployments")
    made.run("apply", "--yes")
    _somebody(made)
    write(made, "pends", description="two", instances=2)
    write(made, "both", instances=3)
    (made.root / "manifests/orphan.yaml").unlink()
    commit(made.root, "two of them move on")
    yield made
    stop(made)


def _somebody(workspace: Workspace) -> None:
    client, there = workspace.sdk(), all_live(workspace)

    def change(name: str, **changes: Any) -> None:
        client.update_model_deployment(there[name].id, models.UpdateModelDeploymentDetails(**changes))

    change("drifts", description="by hand")
    change("both", description="by hand")
    change("taken", freeform_tags={**there["taken"].freeform_tags, OWNER: "somebody"})
    client.delete_model_deployment(there["goes"].id)
    wait_until(lambda: "goes" not in all_live(workspace), "it is deleted")
    settled = {"ACTIVE", "INACTIVE"}
    wait_until(
        lambda: {one.lifecycle_state for one in all_live(workspace).values()} <= settled, "all has settled"
    )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The method of each request that leaves this process."""
    methods: list[str] = []
    real = requests.Session.send

    def send(self: requests.Session, request: Any, **options: Any) -> Any:
        methods.append(request.method)
        return real(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", send)
    return methods


def test_who_has_moved_is_told_and_nothing_is_written(workspace: Workspace, sent: list[str]) -> None:
    before = workspace.state()
    sent.clear()
    found = workspace.run("drift", "--format", "json", code=2).json
    workspace.run("drift", code=2)
    assert "#### both: both" in workspace.run("drift", "--format", "markdown", code=2).out
    assert set(sent) == {"GET"}
    assert workspace.state() == before
    by_name = {one["name"]: one for one in found["deployments"]}
    assert {name: one["kind"] for name, one in by_name.items()} == {
        "drifts": "drift",
        "pends": "pending",
        "both": "both",
        "goes": "gone",
        "orphan": "orphan",
        "taken": "foreign",
    }
    assert by_name["goes"]["state"] == "DELETED"
    fields = {
        (name, field["field"]): (field["moved"], field["lastApplied"], field["live"], field["manifest"])
        for name, one in by_name.items()
        for field in one["fields"]
    }
    assert fields == {
        ("drifts", "metadata.description"): ("drift", "one", "by hand", "one"),
        ("pends", "metadata.description"): ("pending", "one", "one", "two"),
        ("pends", "spec.scaling.instances"): ("pending", 1, 1, 2),
        ("both", "metadata.description"): ("drift", "one", "by hand", "one"),
        ("both", "spec.scaling.instances"): ("pending", 1, 1, 3),
    }


def test_what_is_named_alone_is_looked_at(workspace: Workspace) -> None:
    assert "1 of 1 deployment on target local: 1 drift." in workspace.run("drift", "drifts", code=2).out
    told = workspace.run("drift", "steady")
    assert told.out == "Nothing has drifted, and nothing is pending: 1 deployment on target local.\n"
    assert "no manifest has this name" in workspace.run("drift", "ghost", code=1).err


def test_the_history_of_one(workspace: Workspace, sent: list[str]) -> None:
    found = workspace.run("history", "pends", "--format", "json").json
    workspace.run("history", "pends")
    assert set(sent) == {"GET"}
    first, second = (git(workspace.root, "rev-parse", name) for name in ("HEAD~1", "HEAD"))
    assert (found["name"], found["manifest"], found["revision"]) == ("pends", "manifests/pends.yaml", first)
    told = [(one["what"], one["ending"], one["revision"], one["details"]) for one in found["happenings"]]
    assert ("commit", "not applied yet", second, "two of them move on") in told
    assert ("commit", "applied last", first, "seven deployments") in told
    assert ("create", "done", "", "") in told
    (published,) = (one for one in found["happenings"] if one["what"] == "publish a model")
    assert (published["ending"], published["revision"]) == ("done", first)
    assert "it runs now" in published["details"]
    times = [sortable(one["at"]) for one in found["happenings"]]
    assert times == sorted(times, reverse=True)
    assert any("is not recorded" in line for line in found["unknown"])


def test_the_history_of_what_is_deleted_and_of_what_nobody_knows(workspace: Workspace) -> None:
    found = workspace.run("history", "goes", "--format", "json").json
    assert (found["state"], found["ocid"]) == (None, "")
    assert {one["what"] for one in found["happenings"]} >= {"create", "delete", "commit"}
    assert "no manifest has this name" in workspace.run("history", "ghost", code=1).err
