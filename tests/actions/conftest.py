"""A runner for all tests of this folder, and for each a repository on the stand-in of GitHub."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.github import github, new_state
from tests.support.github_repository import Repository
from tests.support.here import start_here, stop_here
from tests.support.runner import Runner, make_runner


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return make_runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def repository(tmp_path: Path, runner: Runner) -> Iterator[Repository]:
    folder = tmp_path / "github"
    folder.mkdir()
    (folder / "state.json").write_text(json.dumps(new_state()))
    with github(new_state(), folder) as hub:
        made = Repository(tmp_path / "serving", runner=runner, hub=hub, origin=tmp_path / "origin.git")
        made.root.mkdir()
        start_here(made.home)
        made.begin_repository()
        yield made
        stop_here(made.home)
