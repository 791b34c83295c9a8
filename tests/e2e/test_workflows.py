"""The workflows that `reconcile init` writes, run by a real runner; the cloud is local, its Triton real."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.runner import SCRIPTS, JobRun, Runner, make_runner
from tests.support.wheels import ROOT
from tests.support.workspace import Workspace, stop

WRITTEN = ROOT / "templates" / "init" / ".github" / "workflows"
OWN = ROOT / ".github" / "workflows"
WORKFLOWS = sorted([*OWN.glob("*.yml"), *WRITTEN.glob("*.yml")])
ORIGIN = "acme/models"


@dataclass(frozen=True)
class Repository(Workspace):
    """A git repository as `reconcile init` makes it, whose workflows run."""

    runner: Runner = field(kw_only=True)

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.root / file).read_text()
        assert old in text
        self.write(file, text.replace(old, new))

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")

    def pull_request(self, head: str = ORIGIN) -> JobRun:
        pull = {"number": 1, "head": {"ref": "change", "repo": {"full_name": head}}, "base": {"ref": "main"}}
        return self.event("pull_request", {"pull_request": pull})

    def push(self) -> JobRun:
        return self.event("push", {"ref": "refs/heads/main"})

    def event(self, name: str, payload: dict[str, Any]) -> JobRun:
        about = {"repository": {"full_name": ORIGIN, "default_branch": "main"}}
        return self.runner.run(self.root, name, {**payload, **about})

    def deployments(self) -> list[Any]:
        return list(self.sdk().list_model_deployments(self.note["compartment"]).data)


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return make_runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def repository(tmp_path: Path, runner: Runner) -> Iterator[Repository]:
    made = Repository(tmp_path, runner=runner)
    made.run("init")
    # The runner works in a copy of the repository, which it removes: the cloud's state has to be elsewhere.
    made.replace("reconciler.yaml", "emulator: {}", f'emulator: {{home: "{made.home}"}}')
    made.git("init", "--quiet", "--initial-branch", "main")
    # The runner takes the repository's name from here; nothing is ever fetched.
    made.git("remote", "add", "origin", f"https://github.com/{ORIGIN}.git")
    made.commit()
    yield made
    stop(made)


def test_a_pull_request_shows_the_plan_and_a_merge_applies_it(repository: Repository) -> None:
    proposed = repository.pull_request()

    assert proposed.succeeded, proposed.log
    assert "1 to create" in proposed.summary
    assert "<code>hello</code> will be created" in proposed.summary
    assert repository.deployments() == []

    merged = repository.push()

    assert merged.succeeded, merged.log
    (deployment,) = repository.deployments()
    assert (deployment.display_name, deployment.lifecycle_state) == ("hello", "ACTIVE")
    body = (repository.root / "manifests" / "hello" / "probe.json").read_bytes()
    answer = repository.ask(f"{deployment.model_deployment_url}/predict", "hello", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"][0]["data"] == ["Hello, world!"]


def test_a_refused_plan_is_shown_and_fails_the_job(repository: Repository) -> None:
    repository.run("apply", "--yes")
    (repository.root / "manifests" / "hello.yaml").unlink()
    repository.commit()

    run = repository.pull_request()

    assert not run.succeeded, run.log
    assert "The whole plan is refused" in run.summary
    assert "no manifest was found" in run.summary


def test_a_broken_manifest_fails_the_job_at_its_line(repository: Repository) -> None:
    repository.replace("manifests/hello.yaml", "instances: 1", "instances: many")
    lines = (repository.root / "manifests" / "hello.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "many" in text)
    repository.commit()

    for run in (repository.pull_request(), repository.push()):
        assert not run.succeeded, run.log
        (annotation,) = run.annotations
        assert (annotation["file"], annotation["line"]) == ("manifests/hello.yaml", str(line))
        assert f"::error file=manifests/hello.yaml,line={line}" in run.log
        assert run.summary == ""
    assert not repository.home.exists()


def test_a_pull_request_of_a_fork_is_validated_only(repository: Repository) -> None:
    run = repository.pull_request(head="stranger/models")

    assert run.succeeded, run.log
    assert "1 manifest valid" in run.log
    assert run.summary == ""
    assert not repository.home.exists()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_workflows_ask_for_little_and_pin_what_they_use(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    (job,) = workflow["jobs"].values()

    assert workflow["permissions"] == {}
    assert job["permissions"]["contents"] == "read"
    assert job["timeout-minutes"] > 0
    for step in job["steps"]:
        assert "${{" not in step.get("run", "")
        assert len(step.get("uses", "@" + 40 * "0").partition("@")[2]) == 40


def test_workflows_fit_their_schema_and_pass_an_audit() -> None:
    for command in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"],
        ["zizmor", "--offline", "--no-progress", "--persona", "pedantic", "--min-severity", "low"],
    ):
        done = subprocess.run(
            [SCRIPTS / command[0], *command[1:], *WORKFLOWS], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["plan.yml", "reconcile.yml"])
def test_our_own_workflows_run_the_commands_that_init_writes(name: str) -> None:
    written, own = ([step.get("run") for step in steps(folder / name)] for folder in (WRITTEN, OWN))

    assert [command for command in own if command in written] == written


def steps(path: Path) -> list[dict[str, Any]]:
    (job,) = yaml.safe_load(path.read_text())["jobs"].values()
    return list(job["steps"])
