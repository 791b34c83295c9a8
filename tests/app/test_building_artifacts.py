"""`reconcile build`: artifacts in a folder in which anything may lie."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.app.building_artifacts import build
from reconciler.app.workspace import Workspace
from reconciler.core.model.artifact import Entry, Inline, LocalFile, Source, make_artifact
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.spec import GivenModel, Spec
from reconciler.core.model.target import EmulatorTarget, Settings
from tests.support.reaching import workspace_of
from tests.support.reviews import spec

TEXT = "weights"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_of(tmp_path, Settings("acme", {"local": EmulatorTarget("local", str(tmp_path), "x")}))


def holding(source: Source) -> Spec:
    entry = Entry("a/1/model.txt", hashlib.sha256(TEXT.encode()).hexdigest(), len(TEXT), source)
    return spec(artifact=make_artifact([entry], frozenset({("a", 1)})))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("name", [".partial", "vision.zip"])
def test_nothing_is_written_through_a_link(tmp_path: Path, workspace: Workspace, name: str) -> None:
    precious, out = tmp_path / "precious", tmp_path / "out"
    precious.write_text("mine")
    out.mkdir()
    (out / name).symlink_to(precious)
    (built,) = build(workspace, [holding(Inline(TEXT))], out)
    assert precious.read_text() == "mine"
    assert names(out) == {name, "vision.zip"}
    assert built.path.is_file()
    assert not built.path.is_symlink()


def test_artifacts_have_the_usual_permissions(tmp_path: Path, workspace: Workspace) -> None:
    (built,) = build(workspace, [holding(Inline(TEXT))], tmp_path / "out")
    (tmp_path / "other").touch()
    assert built.path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_two_builds_at_once_do_not_disturb_one_another(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one is begun and ended while the first has its file open."""
    out, copy = tmp_path / "out", shutil.copyfileobj

    def meanwhile(*arguments: object) -> None:
        monkeypatch.setattr(shutil, "copyfileobj", copy)
        build(workspace, [holding(Inline(TEXT))], out)
        copy(*arguments)

    monkeypatch.setattr(shutil, "copyfileobj", meanwhile)
    (first,) = build(workspace, [holding(Inline(TEXT))], out)
    content = first.path.read_bytes()
    (again,) = build(workspace, [holding(Inline(TEXT))], out)
    assert content == again.path.read_bytes()
    assert names(out) == {"vision.zip"}


def test_a_build_that_fails_leaves_nothing(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "model.txt").write_text("changed since")
    out = tmp_path / "out"
    with pytest.raises(ReconcilerError):
        build(workspace, [holding(LocalFile(str(tmp_path / "model.txt")))], out)
    assert names(out) == set()


def test_a_catalog_model_is_no_artifact_of_ours(tmp_path: Path, workspace: Workspace) -> None:
    named = replace(
        holding(Inline(TEXT)), given=GivenModel("ocid1.datasciencemodel.a", "ocid1.datasciencemodel.a")
    )
    assert build(workspace, [named], tmp_path / "out") == []
    assert names(tmp_path / "out") == set()
