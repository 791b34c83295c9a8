"""A runner for all tests of this folder, and for each a repository on the stand-in of GitHub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.github_repository import Repository, repository_on_github
from tests.support.runner import Runner, make_runner


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return make_runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def repository(tmp_path: Path, runner: Runner) -> Iterator[Repository]:
    with repository_on_github(tmp_path, runner) as made:
        yield made
