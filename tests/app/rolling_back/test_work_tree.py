"""rollback into the work tree: exactly the files of one deployment come back, and nothing else is touched."""

from pathlib import Path

import pytest

from tests.support.hello import MANIFEST, MODEL, write_hello
from tests.support.reverting import DESCRIBED, OTHER, PROBES, back, changed, git, saved
from tests.support.updates import commit
from tests.support.workspace import SETTINGS, Workspace, make


def test_exactly_its_files_come_back(made: Workspace) -> None:
    first = saved(made)
    made.write("manifests/hello.yaml", f"{MANIFEST.replace('DESCRIPTION', 'two')}  {PROBES}")
    made.write("manifests/hello/m/1/model.py", MODEL.replace("FACTOR", "3"))
    made.write("manifests/hello/m/2/model.py", MODEL.replace("FACTOR", "4"))
    made.write("probes/in.json", '{"id": "2"}')
    made.write("unrelated.txt", "two\n")
    saved(made)
    made.write("unrelated.txt", "three\n")
    told = back(made, "HEAD~1")
    assert changed(made) == sorted(
        f"serving/{path}"
        for path in (
            "manifests/hello.yaml",
            "manifests/hello/m/1/model.py",
            "manifests/hello/m/2/model.py",
            "probes/in.json",
            "unrelated.txt",
        )
    )
    assert git(made, "diff", "--stat", first, "--", "manifests", "probes") == ""
    assert not (made.root / "manifests/hello/m/2").exists(), "an empty folder would be a version"
    assert (made.root / "unrelated.txt").read_text() == "three\n"
    assert told.startswith(f"hello: as it was at {first[:12]}\n  wrote manifests/hello.yaml\n")
    assert "  removed manifests/hello/m/2/model.py\n" in told
    assert (
        "next: git diff, then git add and git commit; then merge it, or reconcile plan --only hello" in told
    )


def test_it_can_be_committed_and_nothing_else_with_it(made: Workspace) -> None:
    first = saved(made)
    write_hello(made, factor=3)
    made.write("unrelated.txt", "two\n")
    saved(made)
    made.write("unrelated.txt", "three\n")
    git(made, "add", "unrelated.txt")
    done = made.run("rollback", "hello", "--to", first, "--commit", "--format", "json").json
    (row,) = done["deployments"]
    assert row["committed"] == git(made, "rev-parse", "HEAD")
    assert git(made, "log", "-1", "--format=%s") == f"Roll hello back to {first}"
    assert git(made, "show", "--format=", "--name-only").splitlines() == [
        "serving/manifests/hello.yaml",
        "serving/manifests/hello/m/1/model.py",
    ]
    assert changed(made) == ["serving/unrelated.txt"]
    again = made.run("rollback", "hello", "--to", first, "--commit", "--format", "json").json
    assert again["deployments"] == [{**row, "written": [], "removed": [], "committed": ""}]


@pytest.mark.parametrize("file", ["manifests/hello.yaml", "manifests/hello/m/1/model.py", "probes/in.json"])
def test_uncommitted_changes_of_its_files_are_refused(made: Workspace, file: str) -> None:
    first = saved(made)
    made.write("manifests/hello/m/1/model.py", MODEL.replace("FACTOR", "3"))
    saved(made)
    made.write(file, (made.root / file).read_text() + "\n")
    before = changed(made)
    assert f"hello: {file}: changed, and not committed. Nothing was written" in back(made, first, code=1)
    assert changed(made) == before


def test_a_new_file_among_its_models_is_an_uncommitted_change(made: Workspace) -> None:
    first = saved(made)
    made.write("manifests/hello/m/2/model.py", MODEL.replace("FACTOR", "3"))
    assert "manifests/hello/m/2/model.py: changed, and not committed" in back(made, first, code=1)


def test_of_several_documents_only_its_own(made: Workspace) -> None:
    file, two, three = "manifests/hello.yaml", DESCRIBED["two"], OTHER.replace("DESCRIPTION", "three")
    made.write(file, f"# all\n{MANIFEST}---\n# the other\n{OTHER}")
    first = saved(made)
    made.write(file, f"{two}---\n# the other one\n{three}")
    saved(made)
    assert "wrote manifests/hello.yaml" in back(made, first)
    assert (made.root / file).read_text() == f"# all\n{MANIFEST}---\n# the other one\n{three}"
    git(made, "checkout", "-q", "--", ".")
    assert "wrote manifests/hello.yaml" in back(made, first, names=("other", "hello"))
    assert (made.root / file).read_text() == f"# all\n{MANIFEST}---\n# the other\n{OTHER}"


def test_a_document_that_has_moved_goes_back_to_its_file(made: Workspace) -> None:
    both = f"{MANIFEST}---\n{OTHER}"
    made.write("manifests/hello.yaml", both)
    first = saved(made)
    made.write("manifests/hello.yaml", OTHER)
    made.write("manifests/moved.yaml", MANIFEST)
    saved(made)
    told = back(made, first)
    assert "wrote manifests/hello.yaml" in told
    assert "removed manifests/moved.yaml" in told
    assert (made.root / "manifests/hello.yaml").read_text() == f"{OTHER}---\n{MANIFEST}"
    made.run("validate")


@pytest.mark.parametrize("left", ["", OTHER])
def test_a_manifest_that_was_removed_comes_back(made: Workspace, left: str) -> None:
    made.write("manifests/hello.yaml", MANIFEST)
    first = saved(made)
    (made.root / "manifests/hello.yaml").unlink()
    if left:
        made.write("manifests/hello.yaml", left)
    saved(made)
    back(made, first)
    assert (made.root / "manifests/hello.yaml").read_text() == (
        f"{left}---\n{MANIFEST}" if left else MANIFEST
    )
    made.run("validate")


def test_values_of_reconciler_yaml_are_not_written_and_that_is_said(made: Workspace) -> None:
    made.write("manifests/hello.yaml", MANIFEST.replace("DESCRIPTION", "'{{ values.x }}'"))
    made.write("reconciler.yaml", f"{SETTINGS}    values: {{x: one}}\n")
    first = saved(made)
    made.write("reconciler.yaml", f"{SETTINGS}    values: {{x: two}}\n")
    saved(made)
    assert "note: it asks for something else than at that revision still: the values" in back(made, first)
    assert changed(made) == []


def test_files_that_others_use_too_are_named(made: Workspace) -> None:
    made.write("manifests/other.yaml", OTHER)
    first = saved(made)
    made.write("manifests/hello/m/1/model.py", MODEL.replace("FACTOR", "3"))
    saved(made)
    assert "note: manifests/hello/m/1/model.py is a file of other, too" in back(made, first)


def test_what_git_lfs_keeps_is_named(made: Workspace) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"
    made.write("manifests/hello/m/1/model.py", pointer)
    first = saved(made)
    write_hello(made)
    saved(made)
    told = back(made, first, code=1)
    assert f"revision {first} cannot be read: " in told
    assert f"Its content is not on this machine: git lfs fetch origin {first}, then again" in told
    assert changed(made) == []


def test_what_submodules_keep_is_named(made: Workspace, tmp_path: Path) -> None:
    elsewhere = make(tmp_path / "elsewhere")
    write_hello(elsewhere)
    commit(elsewhere, "x")
    git(made, "rm", "-rq", "--cached", "manifests/hello", "--ignore-unmatch")
    write_hello(made)
    made.write(
        "manifests/hello.yaml",
        MANIFEST.replace("modelRepository: hello", "modelRepository: ../sub/manifests/hello"),
    )
    git(made, "submodule", "--quiet", "add", str(elsewhere.root), "sub")
    first = saved(made)
    write_hello(made)
    saved(made)
    told = back(made, first, code=1)
    assert "Of submodules (serving/sub) git keeps no files here, so none were brought back" in told


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("nothing-of-that-name", "revision nothing-of-that-name is not in this clone"),
        ("--output=x", "revision --output=x is not in this clone"),
        ("main^{tree}", "is not in this clone"),
        ("^main", "revision ^main is not in this clone"),
    ],
)
def test_a_revision_that_is_none(made: Workspace, to: str, said: str) -> None:
    saved(made)
    failed = made.run("rollback", "hello", f"--to={to}", code=1)
    assert said in failed.err
    assert changed(made) == []


def test_a_name_that_is_none_at_that_revision(made: Workspace) -> None:
    first = saved(made)
    failed = made.run("rollback", "ghost", "--to", first, code=1)
    assert f"revision {first} has no manifest of the name ghost" in failed.err


def test_a_revision_that_is_invalid_is_told_by_its_place(made: Workspace) -> None:
    made.write("manifests/hello.yaml", "kind: ModelDeployment\napiVersion: reconciler.oci/v1\nspec: 3\n")
    first = saved(made)
    write_hello(made)
    saved(made)
    told = back(made, first, code=1)
    assert f"revision {first} cannot be read: manifests/hello.yaml: " in told
    assert "/tmp" not in told


def test_outside_of_git(tmp_path: Path) -> None:
    made = make(tmp_path)
    write_hello(made)
    told = back(made, "HEAD", code=1)
    assert "revision HEAD is not in this clone: this folder is in no git repository. Nothing was" in told


@pytest.mark.parametrize(
    "words", [(), ("--to", "x", "--resume"), ("--to", "x", "--now", "--commit"), ("--resume", "--now")]
)
def test_options_that_do_not_go_together(tmp_path: Path, words: tuple[str, ...]) -> None:
    failed = make(tmp_path).run("rollback", "hello", *words, code=1)
    assert "reconcile rollback --help" in failed.err


def test_a_link_is_not_followed(made: Workspace, tmp_path: Path) -> None:
    """A folder of models became a link to another place, which no manifest names."""
    first = saved(made)
    (tmp_path / "away").mkdir()
    git(made, "rm", "-rq", "manifests")
    made.write("manifests/other.txt", "")
    (made.root / "probes/in.json").unlink()
    (made.root / "probes").rmdir()
    (made.root / "probes").symlink_to(tmp_path / "away")
    saved(made)
    back(made, first)
    assert list((tmp_path / "away").iterdir()) == []
    assert (made.root / "probes/in.json").read_text() == "{}"
    assert not (made.root / "probes").is_symlink()
