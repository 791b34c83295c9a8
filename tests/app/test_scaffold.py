"""`reconcile init`: what it writes is a repository that is valid at once, and what was there stays."""

import re
from pathlib import Path

import pytest

from reconciler.app.scaffold import owner_of, scaffold
from reconciler.core.errors import SetupError
from reconciler.load import load_manifests, load_settings


def test_what_it_writes_is_valid_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "Acme Vision"

    made = scaffold(root)

    assert all(new and path.is_file() for path, new in made)
    assert load_settings(root).owner == "acme-vision"
    (draft,) = load_manifests((), root, {}).drafts
    assert draft.name == "hello"
    assert {path.relative_to(root).as_posix() for path, _ in made} >= {
        ".github/workflows/plan.yml",
        ".github/workflows/reconcile.yml",
        ".gitignore",
        "manifests/hello.yaml",
        "reconciler.yaml",
    }


def test_the_target_in_the_comment_is_valid_too(tmp_path: Path) -> None:
    scaffold(tmp_path)
    settings = tmp_path / "reconciler.yaml"
    settings.write_text(re.sub(r"(?m)^  # (prod:|  )", r"  \1", settings.read_text()))

    assert set(load_settings(tmp_path).targets) == {"local", "prod"}


def test_a_second_time_keeps_every_file(tmp_path: Path) -> None:
    first = scaffold(tmp_path)
    contents = {path: path.read_bytes() for path, _ in first}

    assert scaffold(tmp_path) == [(path, False) for path, _ in first]
    assert {path: path.read_bytes() for path, _ in first} == contents


def test_a_file_of_the_user_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("mine")

    made = dict(scaffold(tmp_path))

    assert made[tmp_path / "reconciler.yaml"] is False
    assert (tmp_path / "reconciler.yaml").read_text() == "mine"
    assert made[tmp_path / "manifests" / "hello.yaml"] is True


@pytest.mark.parametrize("before", ["", "/build/", "/build/\n", "/build/\n/.reconciler/\n"])
def test_gitignore_gets_the_line_that_it_lacks(tmp_path: Path, before: str) -> None:
    ignore = tmp_path / ".gitignore"
    ignore.write_text(before)

    made = dict(scaffold(tmp_path))

    assert ignore.read_text().splitlines() == [
        *before.replace("/.reconciler/\n", "").split(),
        "/.reconciler/",
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


def test_the_root_of_a_disk_has_no_name_to_take() -> None:
    assert owner_of(Path("/").name) == "triton-models"


def test_a_file_where_a_folder_must_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifests").write_text("a file")

    with pytest.raises(SetupError, match="manifests"):
        scaffold(tmp_path)
