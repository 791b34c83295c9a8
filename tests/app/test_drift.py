"""Drift and history as a whole, on a cloud in memory: what is read of git, how often, and that nothing is
written.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.app import last_applied as reading
from reconciler.app import planning
from reconciler.app.desired import PlanRequest
from reconciler.app.explaining import explain_deployment
from reconciler.app.past.drift import find_drift
from reconciler.app.past.history import history
from reconciler.app.workspace import workspace_at
from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import State
from reconciler.core.planning.diff.comparison import Mover
from reconciler.core.planning.drift.report import Drift, DriftKind
from reconciler.core.planning.history.history import History
from reconciler.core.planning.history.traces import Ending
from tests.support.drive import apply_on
from tests.support.hello import MANIFEST, write_hello
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.repositories import commit, git
from tests.support.workspace import Workspace, make

NAMES = ("hello", "other", "third")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> MemoryCloud:
    made = MemoryCloud()
    reaches(monkeypatch, made)
    return made


@pytest.fixture
def made(tmp_path: Path, cloud: MemoryCloud) -> Workspace:
    """Three deployments that were applied from one commit."""
    workspace = make(tmp_path / "serving")
    git(workspace.root, "init", "--quiet")
    workspace.write(".gitignore", ".reconciler\n")
    write_hello(workspace)
    for name in NAMES:
        say(workspace, name, "one")
    commit(workspace.root, "one")
    apply(workspace, cloud)
    return workspace


def say(workspace: Workspace, name: str, description: str, more: str = "") -> None:
    text = MANIFEST.replace("name: hello", f"name: {name}").replace("DESCRIPTION", description)
    workspace.write(f"manifests/{name}.yaml", text + more)


def apply(workspace: Workspace, cloud: MemoryCloud) -> None:
    opened, target = workspace_at(workspace.root, "local", {})
    apply_on(cloud, planning.plan(opened, target, PlanRequest(), lambda message: None).plan)
    cloud.writes.clear()


def drifts(workspace: Workspace) -> dict[str, Drift]:
    opened, target = workspace_at(workspace.root, "local", {})
    found = find_drift(opened, target, PlanRequest(), lambda message: None)
    return {drift.name: drift for drift in found.report.drifts}


def change(cloud: MemoryCloud, name: str, **changes: object) -> None:
    ocid, live = next((ocid, live) for ocid, live in cloud.deployments.items() if live.name == name)
    assert live.configuration is not None
    cloud.somebody(ocid, configuration=replace(live.configuration, **changes))


def test_a_revision_is_read_once_however_many_share_it(
    made: Workspace, cloud: MemoryCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = reading.checkout_at
    monkeypatch.setattr(
        reading, "checkout_at", lambda root, at, into: read.append(at) or real(root, at, into)
    )
    change(cloud, "hello", scaling=FixedScaling(5))
    for name in NAMES:
        say(made, name, "two")
    found = drifts(made)
    assert {name: drift.kind for name, drift in found.items()} == {
        "hello": DriftKind.BOTH,
        "other": DriftKind.PENDING,
        "third": DriftKind.PENDING,
    }
    assert read == [git(made.root, "rev-parse", "HEAD")]
    assert cloud.writes == []


def test_without_a_change_of_manifests_no_revision_is_read(
    made: Workspace, cloud: MemoryCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "checkout_at", lambda *arguments: pytest.fail("git was asked"))
    change(cloud, "hello", scaling=FixedScaling(5))
    assert {name: drift.kind for name, drift in drifts(made).items()} == {"hello": DriftKind.DRIFT}


def test_in_a_shallow_clone_the_kind_is_told_and_how_to_fetch(
    made: Workspace, cloud: MemoryCloud, tmp_path: Path
) -> None:
    first = git(made.root, "rev-parse", "HEAD")
    say(made, "hello", "two")
    commit(made.root, "two")
    change(cloud, "other", scaling=FixedScaling(5))
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{made.root}", "shallow")
    found = drifts(Workspace(tmp_path / "shallow"))
    assert {name: drift.kind for name, drift in found.items()} == {
        "hello": DriftKind.PENDING,
        "other": DriftKind.DRIFT,
    }
    assert {field.field: field.moved for field in found["hello"].fields} == {
        "metadata.description": Mover.UNKNOWN
    }
    assert found["hello"].unknown == (
        f"revision {first} is not in this clone, which is shallow: git fetch --unshallow brings it; in a "
        "workflow, actions/checkout with fetch-depth: 0"
    )


@pytest.mark.parametrize(
    ("revision", "hint"),
    [
        ("0" * 40, f": git fetch origin {'0' * 40} brings it, if it was pushed"),
        ("x; rm -rf /", ": git fetch brings what was pushed"),
    ],
)
def test_a_revision_that_is_not_here(made: Workspace, cloud: MemoryCloud, revision: str, hint: str) -> None:
    """What somebody wrote into a tag is never part of a command to copy."""
    say(made, "hello", "two")
    for ocid, live in cloud.deployments.items():
        cloud.deployments[ocid] = replace(live, marks=replace(live.marks, revision=revision))
    assert drifts(made)["hello"].unknown == f"revision {revision} is not in this clone{hint}"


def test_the_state_that_was_applied_is_read_of_the_revision(made: Workspace, cloud: MemoryCloud) -> None:
    """It is no part of the digest that is marked."""
    ocid = next(ocid for ocid, live in cloud.deployments.items() if live.name == "hello")
    cloud.put(replace(cloud.deployments[ocid], state=State.INACTIVE))
    say(made, "other", "one", "  state: inactive\n")
    found = drifts(made)
    assert {name: (drift.kind, drift.fields[0].field) for name, drift in found.items()} == {
        "hello": (DriftKind.DRIFT, "spec.state"),
        "other": (DriftKind.PENDING, "spec.state"),
    }


# -- history


def past(workspace: Workspace, name: str, most: int = 30) -> History:
    opened, target = workspace_at(workspace.root, "local", {})
    return history(opened, target, name, most, lambda message: None)


def test_a_failure_tells_why_and_an_update_that_was_made(made: Workspace, cloud: MemoryCloud) -> None:
    change(cloud, "hello", description="by hand")
    ocid = next(ocid for ocid, live in cloud.deployments.items() if live.name == "hello")
    cloud.works[cloud._work(ocid, State.ACTIVE, failed=True)].reads_left = 0
    found = past(made, ocid)
    assert found.name == "hello"
    told = [(one.what, one.ending, one.details) for one in found.happenings]
    assert ("work", Ending.FAILED, cloud.reason) in told
    assert ("work", Ending.DONE, "") in told
    assert cloud.writes == []


def test_where_a_model_came_from_is_told(made: Workspace) -> None:
    first = git(made.root, "rev-parse", "HEAD")
    (published,) = (one for one in past(made, "other").happenings if one.what == "publish a model")
    assert (published.ending, published.revision) == (Ending.DONE, first)
    assert "it runs now" in published.details


def test_invalid_manifests_leave_the_log_out(made: Workspace) -> None:
    made.write("manifests/other.yaml", "kind: ModelDeployment\napiVersion: reconciler.oci/v1\nspec: 3\n")
    found = past(made, "hello")
    assert found.manifest == ""
    assert any(line.startswith("git's log of the manifest is left out: ") for line in found.unknown)


def test_a_file_that_was_renamed_keeps_its_log(made: Workspace) -> None:
    git(made.root, "mv", "manifests/hello.yaml", "manifests/greets.yaml")
    commit(made.root, "renamed")
    assert [one.details for one in past(made, "hello").happenings if one.what == "commit"] == [
        "renamed",
        "one",
    ]


def test_outside_of_git(tmp_path: Path, cloud: MemoryCloud) -> None:
    workspace = make(tmp_path)
    write_hello(workspace)
    assert (
        "git's log of the manifest is left out: this folder is in no git repository"
        in past(workspace, "hello").unknown
    )


def test_of_an_orphan_no_revision_is_read(
    made: Workspace, cloud: MemoryCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "checkout_at", lambda *arguments: pytest.fail("git was asked"))
    (made.root / "manifests/third.yaml").unlink()
    assert {name: drift.kind for name, drift in drifts(made).items()} == {"third": DriftKind.ORPHAN}


def test_what_runs_a_model_that_its_manifest_names_by_ocid_has_not_moved(
    made: Workspace, cloud: MemoryCloud
) -> None:
    (model,) = (entry.ocid for entry in cloud.models.values() if entry.name == "hello")
    text = MANIFEST.replace("modelRepository: hello", f"model: {{ocid: {model}}}")
    made.write("manifests/third.yaml", text.replace("name: hello", "name: third"))
    commit(made.root, "by ocid")
    apply(made, cloud)
    change(cloud, "third", description="by hand")
    assert [field.field for field in drifts(made)["third"].fields] == ["metadata.description"]
    opened, target = workspace_at(made.root, "local", {})
    explained = explain_deployment(opened, target, "third", lambda message: None)
    assert [field.field for field in explained.fields if field.moved] == ["metadata.description"]
    assert {field.live for field in explained.fields if field.field == "spec.models"} == {model}


NOT_HERE = "targets: {local: null}\n"


def test_a_manifest_that_is_not_for_the_target_is_told_as_that(made: Workspace) -> None:
    say(made, "third", "one", NOT_HERE)
    commit(made.root, "not here")
    opened, target = workspace_at(made.root, "local", {})
    with pytest.raises(Failed, match=r"^third is not for target local: manifests/third\.yaml:8:11 says so"):
        explain_deployment(opened, target, "third", lambda message: None)
    found = past(made, "third")
    assert found.manifest == "manifests/third.yaml"
    assert [one.details for one in found.happenings if one.what == "commit"] == ["not here", "one"]


def test_what_was_applied_before_it_was_committed_is_not_said_to_be_in_another_branch(
    made: Workspace, cloud: MemoryCloud
) -> None:
    say(made, "fourth", "one")
    apply(made, cloud)
    commit(made.root, "later")
    told = past(made, "fourth").unknown
    assert any("and git did not have it then" in line for line in told)
    assert not any("not in this branch" in line for line in told)
