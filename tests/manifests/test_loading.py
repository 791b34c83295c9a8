"""Which files are read as manifests, how large they may be, and which files they may name."""

import os
from pathlib import Path

import pytest

from tests.support.manifests import SMALL, load, refused, write
from tests.support.model_contents import ONNX


def test_manifests_are_found_by_what_they_say(root: Path) -> None:
    write(root, SMALL.replace("NAME", "one") + "---\n" + SMALL.replace("NAME", "two"), "manifests/b.yaml")
    write(
        root,
        SMALL.replace("NAME", "three").replace("models/model", "../models/model"),
        "manifests/deep/c.yml",
    )
    write(root, "kind: Deployment\nmetadata: {name: {{ .Values.x }}}\n", "manifests/helm.yaml")
    write(root, "not for us", "manifests/notes.txt")
    write(root, SMALL, "manifests/.hidden/x.yaml")
    write(root, SMALL, "elsewhere/x.yaml")
    assert [draft.name for draft in load(root)] == ["one", "two", "three"]


def test_named_files_and_folders(root: Path) -> None:
    one = write(root, SMALL.replace("NAME", "one"), "manifests/one.yaml")
    write(
        root, SMALL.replace("NAME", "two").replace("models/model", "../models/model"), "manifests/two/m.yaml"
    )
    assert [draft.name for draft in load(root, one)] == ["one"]
    assert [draft.name for draft in load(root, root / "manifests" / "two", one, one)] == ["one", "two"]


def test_a_named_file_must_hold_manifests(root: Path) -> None:
    assert "lacks the field 'kind'" in refused(root, write(root, "a: 1\n"))
    assert "holds no document" in refused(root, write(root, "# nothing\n"))


def test_paths_that_are_not_there_or_outside(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = write(tmp_path_factory.mktemp("outside"), SMALL)
    said = refused(root, root / "nothing.yaml", outside)
    assert "nothing.yaml: does not exist" in said
    assert "is outside the repository" in said


def test_a_named_folder_must_hold_manifests(root: Path) -> None:
    """A mistake in a path must not look as if there were nothing to do."""
    write(root, SMALL, "manifests/m.yaml")
    (root / "teams").mkdir()
    write(root, "kind: Deployment\n", "charts/helm.yaml")
    said = refused(root, root / "manifests", root / "teams", root / "charts")
    assert "teams: holds no manifest" in said
    assert "charts: holds no manifest" in said
    assert "manifests: holds no manifest" not in said


def test_a_folder_whose_manifests_are_broken_holds_some(root: Path) -> None:
    write(root, "kind: ModelDeployment\napiVersion: reconciler.oci/v1\n", "teams/m.yaml")
    write(root, "apiVersion: reconciler.oci/v1\nkind: [", "vision/m.yaml")
    assert "holds no manifest" not in refused(root, root / "teams", root / "vision")


def test_a_folder_that_was_searched_under_another_name_holds_some(root: Path) -> None:
    write(root, SMALL, "manifests/m.yaml")
    (root / "teams").mkdir()
    (root / "teams" / "vision").symlink_to("../manifests")
    assert len(load(root, root / "teams")) == 1
    assert len(load(root, root / "manifests", root / "teams", root / "teams" / "vision")) == 1


def test_no_manifests_at_all(tmp_path: Path) -> None:
    assert load(tmp_path) == ()


# Limits.


def test_a_huge_file_is_not_read(root: Path) -> None:
    path = root / "manifests" / "huge.yaml"
    with path.open("wb") as file:
        file.write(SMALL.encode())
        file.truncate(1 << 40)  # more than any memory holds
    assert "manifests/huge.yaml: is larger than 1 MiB" in refused(root)


def test_large_files_of_others_are_left_alone(root: Path) -> None:
    write(root, "x: " + "x" * (2 << 20), "manifests/models/vocabulary.yaml")
    (root / "manifests" / "models" / "latin.yaml").write_bytes(b"caf\xe9")
    assert load(root) == ()


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "manifests" / "pipe.yaml")
    assert "manifests/pipe.yaml: is not a regular file" in refused(root)


def test_links_must_not_leave_the_repository(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "model.onnx").write_text(ONNX)
    (root / "manifests" / "models" / "model.onnx").unlink()
    (root / "manifests" / "models" / "model.onnx").symlink_to(outside / "model.onnx")
    write(root, SMALL)
    assert "'models/model.onnx' leads out of the repository" in refused(root)
    (root / "manifests" / "models" / "model.onnx").unlink()
    (root / "manifests" / "linked").symlink_to(outside)
    write(root, SMALL.replace("models/model.onnx", "linked/model.onnx"))
    assert "'linked/model.onnx' leads out of the repository" in refused(root)


def test_links_inside_the_repository_are_fine(root: Path) -> None:
    (root / "manifests" / "linked").symlink_to(root / "manifests" / "models")
    write(root, SMALL.replace("models/model.onnx", "linked/model.onnx"))
    assert len(load(root)) == 1


def test_a_root_behind_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write(root, SMALL)
    link = tmp_path_factory.mktemp("links") / "root"
    link.symlink_to(root)
    assert len(load(link)) == 1


@pytest.mark.parametrize(
    "path", ["/dev/zero", "\\0", "a\\nb", "x/../../../y", "~/model.onnx", "a" * 5000, "."]
)
def test_strange_paths(root: Path, path: str) -> None:
    write(root, SMALL.replace("models/model.onnx", f'"{path}"'))
    assert refused(root)
