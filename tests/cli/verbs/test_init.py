"""init: what it says of the workflows that it writes, and of those that are there."""

from pathlib import Path

from tests.support.inside import run_inside
from tests.support.repositories import git

OLD, NEW = "a" * 40, "b" * 40


def init(folder: Path, *words: str) -> tuple[int, str]:
    code, out, err = run_inside(("init", "serving", *words), folder, {}, b"")
    return code, out.decode() + err.decode()


def test_kept_workflows_call_what_they_called(tmp_path: Path) -> None:
    assert (
        f"new workflows call those of acme/tools, at {OLD}"
        in init(tmp_path, "--workflows", f"acme/tools@{OLD}")[1]
    )
    _, told = init(tmp_path, "--workflows", f"acme/tools@{NEW}")
    assert NEW not in told
    assert "were kept: what they call is in their uses: lines" in told

    (tmp_path / "serving/.github/workflows/drift.yml").unlink()
    _, told = init(tmp_path, "--workflows", f"acme/tools@{NEW}")
    assert f"new workflows call those of acme/tools, at {NEW}" in told
    assert "were kept" in told


def test_only_what_can_be_moved_is_warned_of(tmp_path: Path) -> None:
    assert "warning: v1 can be moved" in init(tmp_path, "--workflows", "acme/tools@v1")[1]
    assert "warning" not in init(tmp_path, "--workflows", "acme/tools@v1")[1]  # nothing new calls it


def test_workflows_below_the_top_of_a_repository_are_warned_of(tmp_path: Path) -> None:
    source = ("--workflows", f"acme/tools@{NEW}")
    git(tmp_path, "init", "--quiet", "top")
    assert "at its top alone" in init(tmp_path / "top", *source)[1]
    git(tmp_path, "init", "--quiet", "serving")
    assert "at its top alone" not in init(tmp_path, *source)[1]


def test_a_source_that_is_none_writes_nothing(tmp_path: Path) -> None:
    code, told = init(tmp_path, "--workflows", "acme/tools")
    assert code == 1
    assert "write --workflows OWNER/REPO@COMMIT" in told
    assert not (tmp_path / "serving").exists()
