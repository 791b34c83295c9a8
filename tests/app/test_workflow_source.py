"""Where the workflows of `reconcile init` call others from: as pip wrote down, a checkout, or as named."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler.app.scaffold.workflow_source import WorkflowSource, named_source, source_of
from reconciler.core.model.errors import SetupError

COMMIT = "0123456789" * 4


def by_pip(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}, **more}


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/reconciler",
        "https://github.com/acme/reconciler.git",
        "https://user:t0ken@github.com/acme/reconciler.git/",
        "ssh://git@github.com/acme/reconciler.git",
        "git@github.com:acme/reconciler.git",
    ],
)
def test_what_pip_installed_from_github_is_the_source(url: str) -> None:
    assert source_of(by_pip(url)) == WorkflowSource("acme/reconciler", COMMIT)


@pytest.mark.parametrize(
    "record",
    [
        {},
        by_pip("https://gitlab.com/acme/reconciler"),
        by_pip("https://github.com.example.com/acme/reconciler"),
        by_pip("https://example.com/github.com/acme/reconciler"),
        by_pip("https://example.com/@github.com/acme/reconciler"),
        by_pip("https://github.com/acme"),
        by_pip("https://github.com/acme/more/reconciler"),
        by_pip("https://github.com/acme/reconciler", subdirectory="tools"),
        {"url": "https://github.com/acme/reconciler", "vcs_info": {"vcs": "git", "commit_id": "main"}},
        {"url": "https://github.com/acme/reconciler", "vcs_info": {"vcs": "hg", "commit_id": COMMIT}},
        {"url": "https://github.com/acme/reconciler/archive/main.zip", "archive_info": {}},
        {"url": 7, "vcs_info": []},
    ],
)
def test_nothing_else_is_taken_for_a_source(record: dict[str, Any]) -> None:
    assert source_of(record) is None


def test_an_editable_install_is_of_its_checkout(tmp_path: Path) -> None:
    checkout = tmp_path / "a folder"
    (checkout / "tools").mkdir(parents=True)

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=checkout, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def found(folder: Path = checkout, editable: bool = True) -> WorkflowSource | None:
        return source_of({"url": folder.as_uri(), "dir_info": {"editable": editable}})

    assert found() is None
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "one")
    assert found() is None
    git("remote", "add", "origin", "git@github.com:acme/reconciler.git")
    assert found() == WorkflowSource("acme/reconciler", git("rev-parse", "HEAD"))
    (checkout / "file").touch()
    git("add", "file")
    assert found() == WorkflowSource("acme/reconciler", git("rev-parse", "HEAD"))
    assert found(editable=False) is None
    assert found(checkout / "tools") is None


def test_a_user_may_name_a_source() -> None:
    assert named_source(f"acme/re.conc_iler@{COMMIT}") == WorkflowSource("acme/re.conc_iler", COMMIT)
    assert named_source(f"acme/reconciler@{COMMIT}").is_pinned
    assert not named_source("acme/reconciler@v1.2.0").is_pinned
    assert not named_source(f"acme/reconciler@{COMMIT[:12]}").is_pinned


@pytest.mark.parametrize(
    "text",
    [
        "acme/reconciler",
        "reconciler@main",
        "acme/reconciler@",
        "acme/reconciler@main\n    with: evil",
        "acme/reconciler@ma in",
        "acme/reconciler@../main",
        "acme/../x@main",
        "https://github.com/acme/reconciler@main",
        "-acme/reconciler@main",
        "acme/reconciler/.github@main",
    ],
)
def test_what_names_no_source_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="OWNER/REPO@COMMIT"):
        named_source(text)
