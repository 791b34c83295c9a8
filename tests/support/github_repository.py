"""A repository on the stand-in of GitHub, whose workflows run as on GitHub."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from pathlib import Path
from shutil import copytree
from typing import Any

from tests.support.github import Hub, github, new_state, pull
from tests.support.github.state import BOT, REPOSITORY
from tests.support.here import start_here, stop_here
from tests.support.runner import JobRun, Runner
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
        make_origin(self.origin)
        self.run("init", "--workflows", self.runner.source)
        self.replace("reconciler.yaml", "emulator: {}", f'emulator: {{home: "{self.home}"}}')
        self.for_local_clouds()
        self.git("init", "--quiet", "--initial-branch", "main")
        # The runner takes the repository's name from here; nothing is ever fetched from there.
        self.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
        self.commit()
        self.push()

    def _branches(self) -> dict[str, list[str]]:
        return {"main": self.git("rev-list", "main").split()}

    def add_deployment(self, name: str) -> None:
        """Another deployment, as the one of the example, with a model of its own."""
        text = (self.root / "manifests/hello.yaml").read_text()
        own = text.replace("name: hello\n", f"name: {name}\n", 1).replace("hello/", f"{name}/")
        self.write(f"manifests/{name}.yaml", own)
        copytree(self.root / "manifests/hello", self.root / "manifests" / name)

    def for_local_clouds(self, targets: str = "local") -> None:
        """The targets of the workflows are local clouds: they are named, and need the extra."""
        for workflow in (self.root / ".github/workflows").iterdir():
            text = workflow.read_text()
            # What asks for the target, by hand, has inputs already.
            new = "" if "    with:\n" in text else f"    with:\n      targets: {targets}\n"
            workflow.write_text(
                text.replace("    secrets:\n", f"{new}      extras: emulator\n    secrets:\n")
            )

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str = "main") -> None:
        self.git("push", "--quiet", str(self.origin), f"HEAD:refs/heads/{branch}")
        if branch == "main":
            self.state(branches=self._branches())

    def begin_applied(self) -> None:
        """The main branch was applied, by a run that said so."""
        self.run("apply", "--yes")
        commit = self.git("rev-parse", "main")
        told = {"sha": commit, "context": "reconcile/local", "state": "success", "id": 1, "login": BOT}
        more = {"description": "", "target_url": "", "created_at": "2026-01-01T00:00:00Z"}
        self.state(statuses=[{**told, **more}])

    def add_target(self, name: str, home: Path) -> None:
        """Another local cloud, which the workflows are about, too."""
        self.replace(
            "reconciler.yaml", "\nsecrets:", f'\n  {name}: {{emulator: {{home: "{home}"}}}}\nsecrets:'
        )
        for workflow in ("plan", "apply", "drift"):
            self.replace(f".github/workflows/{workflow}.yml", "targets: local\n", f"targets: local {name}\n")

    # -- what happens on GitHub

    def state(self, **changes: Any) -> dict[str, Any]:  # type: ignore[override]  # of GitHub here
        """The state of the stand-in, with these changes."""
        assert self.hub.folder is not None
        file = self.hub.folder / "state.json"
        with self.hub.lock:
            known = json.loads(file.read_text())
            known.update(changes)
            file.write_text(json.dumps(known))
        return dict(known)

    def open_pull(self, fork: bool = False) -> int:
        """Commit what is in the work tree as a pull request; its number."""
        number = next(self.numbers)
        self.git("checkout", "--quiet", "-b", f"change-{number}")
        head = self.commit()
        known = self.state()
        self.state(
            pulls={**known["pulls"], str(number): pull(number, head, branch=f"change-{number}", fork=fork)}
        )
        return number

    def change_pull(self, number: int) -> None:
        """Commit what is in the work tree, which is on the branch of this pull request."""
        pulls = self.state()["pulls"]
        pulls[str(number)]["head_sha"] = self.commit()
        self.state(pulls=pulls)

    def run_pull(self, number: int, secrets: Mapping[str, str] | None = None) -> JobRun:
        """Run what a new commit of this pull request starts."""
        one = self.state()["pulls"][str(number)]
        self.git("checkout", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", one["head_sha"])
        self.git("push", "--quiet", "--force", str(self.origin), f"HEAD:refs/pull/{number}/merge")
        full_name = REPOSITORY if one["head_repository_id"] != 9999 else STRANGER
        head = {"ref": one["head_ref"], "sha": one["head_sha"], "repo": {"full_name": full_name}}
        base = {"ref": "main", "sha": self.git("rev-parse", "main"), "repo": {"full_name": REPOSITORY}}
        payload = {"number": number, "pull_request": {"number": number, "head": head, "base": base}}
        run = self.event(
            "pull_request", {"action": "opened", **payload}, head=one["head_sha"], secrets=secrets
        )
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
        )
        return commit

    def run_push(self, at: str = "main") -> JobRun:
        """Run what a push to the main branch starts, or what the push of an older commit has started."""
        self.git("checkout", "--quiet", at)
        after = self.git("rev-parse", "HEAD")
        run = self.event("push", {"ref": "refs/heads/main", "after": after}, workflow="apply.yml")
        self.git("checkout", "--quiet", "main")
        return run

    def run_drift(self) -> JobRun:
        return self.event("schedule", {"ref": "refs/heads/main", "schedule": "23 5 * * *"})

    def run_by_hand(self, workflow: str, **inputs: str) -> JobRun:
        payload = {"ref": "refs/heads/main", "inputs": inputs}
        return self.event("workflow_dispatch", payload, workflow=workflow)

    def event(
        self,
        name: str,
        payload: dict[str, Any],
        workflow: str = "",
        head: str = "",
        secrets: Mapping[str, str] | None = None,
    ) -> JobRun:
        about = {"repository": {"full_name": REPOSITORY, "default_branch": "main"}}
        number = str(next(self.runs))
        artifacts = self._artifacts(number, head or self.git("rev-parse", "main"))
        given = {
            "STAND_IN_ORIGIN": str(self.origin),
            "STAND_IN_ARTIFACTS": str(artifacts),
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_RUN_ID": number,
            # What is pushed to GitHub goes where it is in this test.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.origin}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"https://github.com/{REPOSITORY}.git",
        }
        known = {"GITHUB_TOKEN": self.hub.token, **(secrets or {})}
        return self.runner.run(
            self.root, name, {**payload, **about}, given=given, secrets=known, workflow=workflow
        )

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
        """The comments on a pull request, oldest first, as they are read: without HTML's escapes."""
        return [unescape(one["body"]) for one in self.state()["comments"] if one["issue"] == number]

    def plans_of(self, number: int) -> list[Path]:
        """The plans that the runs of a pull request kept."""
        assert self.hub.folder is not None
        return sorted(self.hub.folder.glob(f"artifacts/*/reconcile-plan.*.{number}.*/plan.json"))

    def state_of_cloud(self) -> dict[str, Any]:
        """Everything that a write would change."""
        return Workspace.state(self)

    def branches(self) -> list[str]:
        told = self.git("ls-remote", "--heads", str(self.origin))
        return [line.partition("refs/heads/")[2] for line in told.splitlines()]

    def commit_of(self, branch: str) -> str:
        self.git("fetch", "--quiet", str(self.origin), f"refs/heads/{branch}")
        return self.git("rev-parse", "FETCH_HEAD")


def make_origin(origin: Path) -> None:
    """An empty repository, as GitHub has it."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", origin], check=True)
    subprocess.run(["git", "-C", origin, "config", "uploadpack.allowAnySHA1InWant", "true"], check=True)


@contextmanager
def repository_on_github(folder: Path, runner: Runner) -> Iterator[Repository]:
    """A repository as `reconcile init` makes it, on a stand-in of GitHub, with a local cloud of its own."""
    (folder / "github").mkdir()
    (folder / "github" / "state.json").write_text(json.dumps(new_state()))
    with github(new_state(), folder / "github") as hub:
        made = Repository(folder / "serving", runner=runner, hub=hub, origin=folder / "origin.git")
        made.root.mkdir()
        start_here(made.home)
        try:
            made.begin_repository()
            yield made
        finally:
            stop_here(made.home)
