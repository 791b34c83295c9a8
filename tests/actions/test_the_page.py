"""docs/github.md cannot lie: its commands are run, in the order in which they stand there, and the workflows
when it says that they run. The tenancy is a local cloud, github.com a folder, and people click in the test.
"""

import doctest
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.github import github, new_state, pull
from tests.support.github.state import REPOSITORY
from tests.support.github_repository import Repository, make_origin
from tests.support.here import start_here, stop_here
from tests.support.readme import FLAGS, commands
from tests.support.runner import NO_DOWNLOADS, TOOL, Runner
from tests.support.wheels import ROOT

PAGE = (ROOT / "docs" / "github.md").read_text()
OWN = {"OWNER/REPO": TOOL}


@dataclass
class Shell:
    """Somebody's machine: a Python without the reconciler, and git, for which github.com is two folders."""

    folder: Path
    runner: Runner
    origin: Path

    def __post_init__(self) -> None:
        python = self.folder.parent / "python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", python], check=True)
        (site,) = python.glob("lib/python*/site-packages")
        (site / "packages.pth").write_text(f"{self.runner.packages}\n")
        places = {REPOSITORY: self.origin, TOOL: self.runner.tool}
        settings = [
            (f"url.{place}.insteadOf", f"https://github.com/{name}") for name, place in places.items()
        ]
        settings += [("user.name", "Ada"), ("user.email", "ada@example.com")]
        self.environment = {
            **os.environ,
            **NO_DOWNLOADS,
            "PATH": f"{python / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_ACTIONS": "",
            "COLUMNS": "200",
            "GIT_CONFIG_COUNT": str(len(settings)),
            **{f"GIT_CONFIG_KEY_{at}": key for at, (key, _) in enumerate(settings)},
            **{f"GIT_CONFIG_VALUE_{at}": value for at, (_, value) in enumerate(settings)},
        }

    def does_what_is_shown(self, command: str, wanted: str) -> None:
        for name, meant in {**OWN, "COMMIT": self.runner.commit}.items():
            command, wanted = command.replace(name, meant), wanted.replace(name, meant)
        if command.startswith("cd "):
            self.folder = self.folder / command.removeprefix("cd ")
            return
        ran = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        printed = ran.stdout + ran.stderr
        assert ran.returncode == 0, f"$ {command}\n{printed}"
        checker, example = doctest.OutputChecker(), doctest.Example(command, wanted)
        good = checker.check_output(wanted, printed, FLAGS)
        assert good, f"$ {command}\n{checker.output_difference(example, printed, FLAGS)}"


def section(number: int) -> str:
    return PAGE.split(f"\n## {number}. ")[1].split("\n## ")[0]


def test_from_an_empty_repository_to_the_first_merged_change(tmp_path: Path, runner: Runner) -> None:
    origin = tmp_path / "origin.git"
    make_origin(origin)
    (tmp_path / "machine").mkdir()
    shell = Shell(tmp_path / "machine", runner, origin)

    def do(number: int) -> None:
        for command, wanted in commands(section(number)):
            shell.does_what_is_shown(command, wanted)

    (tmp_path / "github").mkdir()
    (tmp_path / "github" / "state.json").write_text(json.dumps(new_state()))
    with github(new_state(), tmp_path / "github") as hub:
        repository = Repository(tmp_path / "machine" / "serving", runner=runner, hub=hub, origin=origin)
        do(1)
        prod = f'  prod: {{emulator: {{home: "{repository.home}"}}}}'
        repository.replace("reconciler.yaml", "  # A tenancy.", f"{prod}\n  # A tenancy.")
        repository.for_local_clouds("prod")
        start_here(repository.home)
        try:
            do(2)
            repository.state(environments={"prod-approval": {"reviewers": ["User octocat"], "wait": 0}})
            do(4)
            repository.state(branches={"main": repository.git("rev-list", "HEAD").split()})
            first = repository.run_push()
            assert first.succeeded, first.log
            assert [one["state"] for one in repository.state()["statuses"]] == ["success"]

            do_until_the_merge, after = section(5).split("Open the pull request.")
            for command, wanted in commands(do_until_the_merge):
                shell.does_what_is_shown(command, wanted)
            head = repository.git("rev-parse", "howdy")
            repository.state(pulls={"7": pull(7, head, branch="howdy")})
            planned = repository.run_pull(7)
            assert planned.succeeded, planned.log
            assert "1 to update" in repository.comments(7)[0]
            repository.merge(7)
            repository.git("checkout", "--quiet", "howdy")
            repository.git("branch", "--quiet", "--force", "main", "main~1")
            merged = repository.run_push(at=repository.commit_of("main"))
            assert merged.succeeded, merged.log
            assert len(repository.comments(7)) == 2
            repository.git("checkout", "--quiet", "howdy")
            for command, wanted in commands(after):
                shell.does_what_is_shown(command, wanted)
            (deployment,) = repository.deployments()
            body = (repository.root / "manifests/hello/probe.json").read_bytes()
            answer = repository.ask(f"{deployment.model_deployment_url}/predict", "hello", body)
            assert "Howdy, world!" in answer.text
        finally:
            stop_here(repository.home)


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_each_part_of_the_way_has_commands(number: int) -> None:
    assert list(commands(section(number)))
