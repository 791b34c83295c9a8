"""A repository on the stand-in of GitHub, whose workflows run: pull requests, merges, schedules, manual runs."""

import json
import subprocess
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.github import Hub, pull
from tests.support.github.state import REPOSITORY
from tests.support.runner import TOOL, JobRun, Runner
from tests.support.workspace import Workspace

STRANGER = "stranger/serving"


@dataclass(frozen=True)
class Repository(Workspace):
    """`root` is the work tree, `origin` what GitHub has. Runs are numbered from 1."""

    runner: Runner = field(kw_only=True)
    hub: Hub = field(kw_only=True)
    origin: Path = field(kw_only=True)
    runs: "count[int]" = field(kw_only=True, default_factory=lambda: count(1))
    numbers: "count[int]" = field(kw_only=True, default_factory=lambda: count(7))

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.root / file).read_text()
        assert old in text
        self.write(file, text.replace(old, new))

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def begin_repository(self) -> None:
        """What `reconcile init` writes, as the first commit of the main branch."""
        subprocess.run(["git", "init", "--quiet", "--bare", self.origin], check=True)
        subprocess.run(
            ["git", "-C", self.origin, "config", "uploadpack.allowAnySHA1InWant", "true"], check=True
        )
        self.run("init", "--workflows", "@".join(TOOL))
        self.replace("reconciler.yaml", "emulator: {}", f'emulator: {{home: "{self.home}"}}')
        for workflow in (self.root / ".github/workflows").iterdir():
            # The target is a local cloud: it is named, and needs the extra.
            self.replace(f".github/workflows/{workflow.name}", "    secrets:\n", self._with(workflow))
        self.git("init", "--quiet", "--initial-branch", "main")
        # The runner takes the repository's name from here; nothing is ever fetched from there.
        self.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
        self.commit()
        self.push()

    def _with(self, workflow: Path) -> str:
        if "    with:\n" in workflow.read_text():  # which asks for the target, by hand
            return "      extras: emulator\n    secrets:\n"
        return "    with:\n      targets: local\n      extras: emulator\n    secrets:\n"

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str = "main") -> None:
        self.git("push", "--quiet", str(self.origin), f"HEAD:refs/heads/{branch}")

    # -- what happens on GitHub

    def state(self, **changes: Any) -> dict[str, Any]:  # type: ignore[override]
        """The state of the stand-in, with these changes."""
        assert self.hub.folder is not None
        file = self.hub.folder / "state.json"
        with self.hub.lock:
            known = json.loads(file.read_text())
            known.update(changes)
            file.write_text(json.dumps(known))
        return dict(known)

    def open_pull(self, fork: bool = False) -> int:
        """Commit what is in the work tree as a pull request; its number. The work tree is its merge commit."""
        number = next(self.numbers)
        head = self.commit()
        self.git("branch", "--force", f"change-{number}", head)
        known = self.state()
        self.state(pulls={**known["pulls"], str(number): pull(number, head, branch=f"change-{number}", fork=fork)})
        return number

    def run_pull(self, number: int) -> JobRun:
        """Run what a new commit of this pull request starts."""
        one = self.state()["pulls"][str(number)]
        self.git("checkout", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", one["head_sha"])
        self.git("push", "--quiet", "--force", str(self.origin), f"HEAD:refs/pull/{number}/merge")
        full_name = REPOSITORY if one["head_repository_id"] != 9999 else STRANGER
        head = {"ref": one["head_ref"], "sha": one["head_sha"], "repo": {"full_name": full_name}}
        base = {"ref": "main", "sha": self.git("rev-parse", "main"), "repo": {"full_name": REPOSITORY}}
        payload = {"number": number, "pull_request": {"number": number, "head": head, "base": base}}
        run = self.event("pull_request", {"action": "opened", **payload}, head=one["head_sha"])
        self.git("checkout", "--quiet", "main")
        return run

    def merge(self, number: int) -> str:
        """Squash this pull request onto the main branch; the commit."""
        before = self.state()
        one = before["pulls"][str(number)]
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--squash", one["head_sha"])
        self.git("commit", "--quiet", "--message", f"Change (#{number})")
        commit = self.git("rev-parse", "HEAD")
        self.push()
        merged = {**one, "merged": True, "state": "closed", "merge_commit_sha": commit}
        self.state(
            pulls={**before["pulls"], str(number): merged},
            commit_pulls={**before["commit_pulls"], commit: [number]},
            branches={"main": self.git("rev-list", "main").split()},
        )
        return commit

    def run_push(self) -> JobRun:
        """Run what a push to the main branch starts."""
        after = self.git("rev-parse", "main")
        return self.event("push", {"ref": "refs/heads/main", "after": after}, workflow="apply.yml")

    def run_drift(self) -> JobRun:
        return self.event("schedule", {"schedule": "23 5 * * *"})

    def run_by_hand(self, workflow: str, **inputs: str) -> JobRun:
        payload = {"ref": "refs/heads/main", "inputs": inputs}
        return self.event("workflow_dispatch", payload, workflow=workflow)

    def event(self, name: str, payload: dict[str, Any], workflow: str = "", head: str = "") -> JobRun:
        about = {"repository": {"full_name": REPOSITORY, "default_branch": "main"}}
        number = str(next(self.runs))
        artifacts = self._artifacts(number, head or self.git("rev-parse", "main"))
        given = {
            "STAND_IN_ORIGIN": str(self.origin),
            "STAND_IN_ARTIFACTS": str(artifacts),
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_TOKEN": self.hub.token,
            "GITHUB_RUN_ID": number,
            # What is pushed to GitHub goes where it is in this test.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.origin}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"https://github.com/{REPOSITORY}.git",
        }
        return self.runner.run(self.root, name, {**payload, **about}, given=given, workflow=workflow)

    def _artifacts(self, number: str, head: str) -> Path:
        assert self.hub.folder is not None
        artifacts = self.hub.folder / "artifacts"
        (artifacts / number).mkdir(parents=True)
        told = {"head_sha": head, "head_branch": "main"}
        (artifacts / number / "run.json").write_text(json.dumps(told))
        return artifacts

    # -- what is there afterwards

    def deployments(self) -> list[Any]:
        return list(self.sdk().list_model_deployments(self.note["compartment"]).data)

    def comments(self, number: int) -> list[str]:
        return [one["body"] for one in self.state()["comments"] if one["issue"] == number]

    def plan_of(self, number: int) -> Path:
        """The plan that a pull request's run kept."""
        assert self.hub.folder is not None
        (found,) = self.hub.folder.glob(f"artifacts/*/reconcile-plan.local.{number}.*/plan.json")
        return found


