"""A repository in a job of GitHub Actions: the command in the process, the stand-in over HTTP,
a cloud in memory.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.github.transport import GithubPatience
from reconciler.app.github import connecting
from tests.support.github import Hub, github
from tests.support.github.jobs import JobFiles, job
from tests.support.hello import write_hello
from tests.support.inside import run_inside
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.repositories import commit, git
from tests.support.workspace import Done, Workspace, make

CANARIES = ("ghs_0123456789", "abcdefghijklmnopqrstuvwxyz")
"""Pieces of the stand-in's token."""


@dataclass
class Serving:
    """The repository; `run` runs the command in a job, and looks for its token in all that comes out."""

    workspace: Workspace
    hub: Hub
    jobs: Path

    @property
    def root(self) -> Path:
        return self.workspace.root

    def commit(self, message: str = "x") -> str:
        return commit(self.root, message)

    def job(self, event: str, sha: str, **more: Any) -> JobFiles:
        return job(self.jobs / f"{event}-{len(list(self.jobs.iterdir()))}", self.hub, event, sha, **more)

    def run(self, within: JobFiles, *words: str, code: int = 0) -> Done:
        ended, out, err = run_inside(words, self.root, within.variables, b"")
        done = Done(ended, out.decode(), err.decode())
        assert done.code == code, f"{done.code}\n{done.out}\n{done.err}"
        posted = json.dumps({**self.hub.state, "tokens": {}}) + within.summary
        for piece in CANARIES:
            assert piece not in done.out + done.err + posted + json.dumps(self.hub.asked)
        return done

    def plan(self, path: Path) -> Path:
        """A plan of what is checked out, saved."""
        quiet = {"GITHUB_ACTIONS": ""}
        ended, _, err = run_inside(("plan", "--out", str(path), "--format", "json"), self.root, quiet, b"")
        assert ended == 0, err
        return path


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    reaches(monkeypatch, MemoryCloud())
    monkeypatch.setattr(connecting, "patience", GithubPatience(sleep=lambda _: None, jitter=lambda: 1.0))
    workspace = make(tmp_path / "serving")
    git(workspace.root, "init", "--quiet")
    workspace.write(".gitignore", ".reconciler\n")
    write_hello(workspace)
    (tmp_path / "jobs").mkdir()
    with github() as hub:
        serving = Serving(workspace, hub, tmp_path / "jobs")
        serving.commit("the first")
        yield serving
