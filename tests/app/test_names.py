"""Names on the command line: which deployments they choose, and the errors for unknown ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.app import planning
from reconciler.app.desired import PlanRequest
from reconciler.app.explaining import explain_deployment
from reconciler.app.planning import Planned
from reconciler.app.workspace import workspace_at
from reconciler.core.model.errors import Failed, InvalidManifests
from reconciler.core.model.live import State
from reconciler.core.planning.explain.explanation import Explanation, FieldStanding
from reconciler.core.planning.plan import Action
from reconciler.core.planning.steps import DeleteDeployment
from tests.support.drive import apply_on
from tests.support.hello import MANIFEST, write_hello
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.workspace import Workspace, make


@pytest.fixture
def cloud() -> MemoryCloud:
    return MemoryCloud()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: MemoryCloud) -> Workspace:
    """hello and other are live and have moved on, old is live and in no manifest, new is in a manifest."""
    reaches(monkeypatch, cloud)
    workspace = make(tmp_path)
    write_hello(workspace)
    for name in ("other", "old"):
        add(workspace, name, "one")
    apply_on(cloud, planned(workspace).plan)
    (workspace.root / "manifests/old.yaml").unlink()
    write_hello(workspace, description="two")
    for name in ("other", "new"):
        add(workspace, name, "two")
    return workspace


def add(workspace: Workspace, name: str, description: str, before: str = "") -> None:
    names = f"name: {name}, renamedFrom: {before}" if before else f"name: {name}"
    text = MANIFEST.replace("name: hello", names).replace("DESCRIPTION", description)
    workspace.write(f"manifests/{name}.yaml", text)


def planned(made: Workspace, *paths: str, **asked: frozenset[str]) -> Planned:
    workspace, target = workspace_at(made.root, "local", {})
    named = tuple(made.root / path for path in paths)
    return planning.plan(workspace, target, PlanRequest(named, **asked), lambda message: None)


def actions(found: Planned) -> dict[str, Action]:
    return {item.name: item.action for item in found.plan.deployments}


def only(*names: str) -> dict[str, frozenset[str]]:
    return {"only": frozenset(names)}


def test_without_names_everything_is_planned(made: Workspace) -> None:
    assert actions(planned(made)) == {
        "hello": Action.UPDATE,
        "new": Action.CREATE,
        "old": Action.DELETE,
        "other": Action.UPDATE,
    }


def test_only_what_is_named_is_planned(made: Workspace) -> None:
    assert actions(planned(made, **only("hello"))) == {"hello": Action.UPDATE}
    assert actions(planned(made, **only("other", "new"))) == {"new": Action.CREATE, "other": Action.UPDATE}
    assert actions(planned(made, "manifests/hello.yaml", **only("hello"))) == {"hello": Action.UPDATE}


def test_an_orphan_that_is_named_is_deleted_alone(made: Workspace, cloud: MemoryCloud) -> None:
    found = planned(made, **only("old"))
    assert actions(found) == {"old": Action.DELETE}
    before = {live.display_name: live for live in cloud.snapshot().alive()}
    apply_on(cloud, found.plan)
    del before["old"]
    assert {live.display_name: live for live in cloud.snapshot().alive()} == before


def test_only_models_of_named_deployments_are_read(made: Workspace) -> None:
    assert [spec.name for spec in planned(made, **only("hello")).desired.specs] == ["hello"]


@pytest.mark.parametrize("name", ["other", "seeing"])
def test_a_renamed_deployment_has_its_old_and_its_new_name(
    made: Workspace, cloud: MemoryCloud, name: str
) -> None:
    """The old name was taken for that of an orphan, and the deployment that was to be kept was deleted."""
    rename(made, "other", "seeing")
    there = {live.ocid for live in cloud.snapshot().alive()}
    found = planned(made, **only(name))
    assert actions(found) == {"seeing": Action.UPDATE}
    apply_on(cloud, found.plan)
    alive = {live.ocid: live.display_name for live in cloud.snapshot().alive()}
    assert (set(alive), "seeing" in alive.values()) == (there, True)


def test_a_deployment_of_another_manifest_is_not_an_orphan(made: Workspace) -> None:
    rename(made, "other", "seeing")
    assert actions(planned(made, **only("hello", "old"))) == {"hello": Action.UPDATE, "old": Action.DELETE}


@pytest.mark.parametrize("path", ["manifests/seeing.yaml", "manifests/other.yaml"])
def test_a_deployment_of_a_manifest_outside_of_path_is_not_renamed(made: Workspace, path: str) -> None:
    """With PATH the other manifest was not read, and its deployment got the new name."""
    add(made, "seeing", "two", before="other")
    with pytest.raises(InvalidManifests, match="'other' has a manifest of its own"):
        planned(made, path)


def rename(workspace: Workspace, old: str, new: str) -> None:
    (workspace.root / f"manifests/{old}.yaml").unlink()
    add(workspace, new, "two", before=old)


@pytest.mark.parametrize(
    ("paths", "name", "said"),
    [
        ((), "ghost", r"^ghost: no manifest has this name, nor a deployment of ours on target 'local'"),
        ((), "helo", r"^helo \(did you mean hello\?\): no manifest"),
        (("manifests/hello.yaml",), "other", r"^other: no manifest in PATH has this name$"),
        (("manifests/hello.yaml",), "old", r"^old: no manifest in PATH has this name$"),
    ],
)
def test_only_takes_existing_names(made: Workspace, paths: tuple[str, ...], name: str, said: str) -> None:
    with pytest.raises(Failed, match=said):
        planned(made, *paths, **only("hello", name))


def test_confirm_takes_existing_names(made: Workspace) -> None:
    whole = actions(planned(made))
    for name in ("old", "hello", "new"):
        assert actions(planned(made, confirmed=frozenset({name}))) == whole
    with pytest.raises(Failed, match=r"^odl \(did you mean old\?\): no manifest has this name, nor"):
        planned(made, confirmed=frozenset({"odl"}))


def copied(cloud: MemoryCloud, name: str) -> tuple[str, str]:
    """Somebody copies it in the console, its tags too; both OCIDs."""
    first = next(live for live in cloud.snapshot().alive() if live.display_name == name)
    cloud.put(replace(first, ocid="ocid1.copy"))
    return first.ocid, "ocid1.copy"


def deleted(found: Planned) -> list[str]:
    return [
        step.ocid
        for item in found.plan.deployments
        for step in item.steps
        if isinstance(step, DeleteDeployment)
    ]


@pytest.mark.parametrize("option", ["only", "confirmed"])
def test_of_orphans_with_one_name_the_one_of_the_ocid_is_deleted(
    made: Workspace, cloud: MemoryCloud, option: str
) -> None:
    first, copy = copied(cloud, "old")
    assert deleted(planned(made, **{option: frozenset({"old"})})) == []
    for ocid in (first, copy):
        assert deleted(planned(made, **{option: frozenset({ocid})})) == [ocid]
    with pytest.raises(Failed, match=r"^ocid1.none: no manifest has this name, nor"):
        planned(made, **{option: frozenset({"ocid1.none"})})


def test_a_manifest_is_planned_by_the_ocid_of_its_deployment(made: Workspace, cloud: MemoryCloud) -> None:
    (live,) = (live for live in cloud.snapshot().alive() if live.display_name == "hello")
    for paths in ((), ("manifests/hello.yaml",)):
        assert actions(planned(made, *paths, **only(live.ocid))) == {"hello": Action.UPDATE}
    for ocid in copied(cloud, "hello"):
        assert actions(planned(made, **only(ocid))) == {"hello": Action.BLOCKED}


def test_a_renamed_deployment_is_planned_by_its_ocid(made: Workspace, cloud: MemoryCloud) -> None:
    (live,) = (live for live in cloud.snapshot().alive() if live.display_name == "other")
    rename(made, "other", "seeing")
    assert actions(planned(made, **only(live.ocid))) == {"seeing": Action.UPDATE}


def test_a_confirmation_is_not_refused_because_of_paths(made: Workspace) -> None:
    found = planned(made, "manifests/hello.yaml", confirmed=frozenset({"old"}))
    assert actions(found) == {"hello": Action.UPDATE}


def told(made: Workspace, name: str) -> Explanation:
    workspace, target = workspace_at(made.root, "local", {})
    return explain_deployment(workspace, target, name, lambda message: None)


def test_explain_of_a_name_that_two_have_asks_for_an_ocid(made: Workspace, cloud: MemoryCloud) -> None:
    first = next(live for live in cloud.snapshot().alive() if live.display_name == "hello")
    cloud.put(replace(first, ocid="ocid1.copy", state=State.INACTIVE))
    with pytest.raises(Failed, match=r"2 deployments go by 'hello': .*: name one by its OCID"):
        told(made, "hello")
    for ocid, state in ((first.ocid, State.ACTIVE), ("ocid1.copy", State.INACTIVE)):
        found = told(made, ocid)
        assert (found.ocid, found.state, found.plan.action) == (ocid, state, Action.BLOCKED)
        assert {field.field for field in found.fields if field.standing is FieldStanding.BLOCKED} > {
            "lastApplied"
        }


def test_explain_by_ocid(made: Workspace, cloud: MemoryCloud) -> None:
    for name in ("hello", "old"):
        live = next(live for live in cloud.snapshot().alive() if live.display_name == name)
        assert told(made, live.ocid) == told(made, name)
        assert told(made, name).ocid == live.ocid


def test_explain_of_an_unknown_name(made: Workspace) -> None:
    with pytest.raises(Failed, match=r"^helo \(did you mean hello\?\): no manifest has this name, nor"):
        told(made, "helo")


def test_a_name_in_place_of_a_path_is_understood(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.root)
    with pytest.raises(InvalidManifests) as found:
        planned(made, "hello", "nosuch")
    told = {problem.where.path: problem.advice for problem in found.value.findings}
    assert told == {
        "hello": "A manifest is called hello: its file is manifests/hello.yaml; plan and apply take --only "
        "hello, too.",
        "nosuch": "Check the path.",
    }


def test_a_missing_path_is_told_even_if_other_manifests_are_broken(made: Workspace) -> None:
    made.write("manifests/broken.yaml", "kind: ModelDeployment\n")
    with pytest.raises(InvalidManifests, match="hello: does not exist"):
        planned(made, "hello")
