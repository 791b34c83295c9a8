"""`reconcile init`: what it writes is a repository that is valid at once, and what was there stays."""

import os
import re
from pathlib import Path

import pytest
import yaml

from reconciler.app.scaffold.repository import owner_of, scaffold
from reconciler.app.scaffold.workflow_source import WorkflowSource
from reconciler.core.model.errors import SetupError
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.settings import load_settings
from tests.support.schemas import fits

SOURCE = WorkflowSource("acme/reconciler", "0123456789" * 4)


def test_the_new_repository_is_valid(tmp_path: Path) -> None:
    root = tmp_path / "Acme Vision"

    made = scaffold(root, SOURCE)

    assert all(new and path.is_file() for path, new in made)
    assert load_settings(root).owner == "acme-vision"
    (draft,) = load_manifests((), root, {}).drafts
    assert draft.name == "hello"
    assert {path.relative_to(root).as_posix() for path, _ in made} >= {
        ".github/workflows/plan.yml",
        ".github/workflows/apply.yml",
        ".gitignore",
        "manifests/hello.yaml",
        "reconciler.yaml",
    }


def test_the_workflows_call_those_of_the_source(tmp_path: Path) -> None:
    scaffold(tmp_path, SOURCE)

    texts = {path.stem: path.read_text() for path in (tmp_path / ".github/workflows").iterdir()}
    assert set(texts) == {"apply", "drift", "image", "plan", "rollback"}
    for name, text in texts.items():
        (job,) = yaml.safe_load(text)["jobs"].values()
        called = f"acme/reconciler/.github/workflows/reconcile-{name}.yml"
        assert job["uses"] == f"{called}@{SOURCE.ref}"
        assert "OWNER" not in text


def test_without_a_source_there_are_no_workflows(tmp_path: Path) -> None:
    assert not [path for path, _ in scaffold(tmp_path) if ".github" in path.parts]
    assert not (tmp_path / ".github").exists()


def test_the_target_in_the_comment_is_valid_too(tmp_path: Path) -> None:
    scaffold(tmp_path)
    settings = tmp_path / "reconciler.yaml"
    settings.write_text(re.sub(r"(?m)^  # (prod:|  )", r"  \1", settings.read_text()))

    assert set(load_settings(tmp_path).targets) == {"local", "prod"}
    fits(yaml.safe_load(settings.read_text()))


def test_an_editor_takes_what_it_writes(tmp_path: Path) -> None:
    scaffold(tmp_path)

    for path in (tmp_path / "reconciler.yaml", tmp_path / "manifests" / "hello.yaml"):
        fits(yaml.safe_load(path.read_text()))


def test_a_second_time_keeps_every_file(tmp_path: Path) -> None:
    first = scaffold(tmp_path, SOURCE)
    contents = {path: path.read_bytes() for path, _ in first}

    assert scaffold(tmp_path, SOURCE) == [(path, False) for path, _ in first]
    assert {path: path.read_bytes() for path, _ in first} == contents


def test_a_file_of_the_user_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("mine")

    made = dict(scaffold(tmp_path))

    assert made[tmp_path / "reconciler.yaml"] is False
    assert (tmp_path / "reconciler.yaml").read_text() == "mine"
    assert made[tmp_path / "manifests" / "hello.yaml"] is True


@pytest.mark.parametrize(
    "before", ["", "/build/", "/build/\n", "/build/\n/.reconciler/\n/.datascience-emulator/\n"]
)
def test_gitignore_gets_the_lines_that_it_lacks(tmp_path: Path, before: str) -> None:
    ignore = tmp_path / ".gitignore"
    ignore.write_text(before)

    made = dict(scaffold(tmp_path))

    assert ignore.read_text().splitlines() == [
        *[line for line in before.split() if line == "/build/"],
        "/.reconciler/",
        "/.datascience-emulator/",
    ]
    assert made[ignore] is ("/.reconciler/" not in before)


@pytest.mark.parametrize(
    ("folder", "owner"),
    [
        ("acme-vision", "acme-vision"),
        ("Acme  Vision_2", "acme-vision-2"),
        ("-._-", "triton-models"),
        ("modèles", "mod-les"),
        ("1e3", "1e3"),
        ("no", "no"),
        (62 * "a" + "-b", 62 * "a"),
    ],
)
def test_the_owner_is_the_folders_name_made_valid(tmp_path: Path, folder: str, owner: str) -> None:
    scaffold(tmp_path / folder)

    assert load_settings(tmp_path / folder).owner == owner


def test_the_root_folder_has_a_default_owner() -> None:
    assert owner_of(Path("/").name) == "triton-models"


def test_a_file_where_a_folder_must_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifests").write_text("a file")

    with pytest.raises(SetupError, match="manifests"):
        scaffold(tmp_path)


@pytest.mark.parametrize(
    "link",
    [".gitignore", ".github", ".github/workflows", "manifests", "manifests/hello", ".gitignore to nothing"],
)
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    name, _, nothing = link.partition(" ")
    (root / name).parent.mkdir(parents=True)
    if name != ".gitignore":
        other.mkdir()
    elif not nothing:
        other.write_text("mine")
    (root / name).symlink_to(other)
    before = sorted(root.rglob("*"))

    with pytest.raises(SetupError, match=rf"{re.escape(name)}: it is a link to .*other.*nothing was written"):
        scaffold(root, SOURCE)

    assert sorted(root.rglob("*")) == before
    assert not other.is_dir() or list(other.iterdir()) == []
    assert not other.is_file() or other.read_text() == "mine"


def test_a_file_that_is_a_link_is_kept(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    root.mkdir()
    (root / "reconciler.yaml").symlink_to(other)
    assert dict(scaffold(root))[root / "reconciler.yaml"] is False
    assert not other.exists()


def test_a_gitignore_that_is_not_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"caf\xe9\r\n")
    scaffold(tmp_path)
    assert (tmp_path / ".gitignore").read_bytes() == b"caf\xe9\r\n/.reconciler/\n/.datascience-emulator/\n"


def test_a_gitignore_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    with pytest.raises(SetupError, match=r"\.gitignore: it is not a file"):
        scaffold(tmp_path)
