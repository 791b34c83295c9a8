"""What is on its way to its place in the repository is in nobody's way, whoever was killed or is at work."""

import subprocess
from pathlib import Path

import pytest

from reconciler.app.ownership.staging import staged
from reconciler.core.model.errors import Failed
from tests.support.workspace import make

LEFT = ".adopt-0123456789abcdef"


def test_what_a_killed_run_left_goes_with_the_next_one_and_another_run_keeps_its_own(tmp_path: Path) -> None:
    manifests, elsewhere = tmp_path / "manifests", tmp_path / "elsewhere"
    (manifests / LEFT / "models").mkdir(parents=True)
    elsewhere.mkdir()
    (manifests / LEFT.replace("0", "f")).symlink_to(elsewhere)
    with staged(tmp_path) as first, staged(tmp_path) as second:
        assert not (manifests / LEFT).exists()
        assert first != second
        assert first.is_dir()
        assert second.is_dir()
    assert [path.is_symlink() for path in manifests.iterdir()] == [True]
    assert elsewhere.is_dir()


def test_it_takes_the_folder_away_that_it_made(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        assert stage.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_neither_git_nor_a_plan_sees_it(tmp_path: Path) -> None:
    made = make(tmp_path)
    made.write("manifests/empty.yaml", "a: 1\n")
    subprocess.run(["git", "init", "-q", str(made.root)], check=True)
    with staged(made.root) as stage:
        (stage / "hello.yaml").write_text("kind: ModelDeployment\napiVersion: reconciler.oci/v1\n")
        command = ["git", "-C", str(made.root), "status", "--porcelain", "-uall"]
        assert stage.name not in subprocess.run(command, capture_output=True, text=True, check=True).stdout
        made.run("validate")


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "elsewhere" / LEFT).mkdir(parents=True)
    (tmp_path / "root/manifests").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Failed, match="leads out of the repository by a link"), staged(tmp_path / "root"):
        pass
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [LEFT]
