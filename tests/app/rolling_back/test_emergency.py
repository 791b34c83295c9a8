"""rollback --now and --resume, the command as a user types it, on a cloud in memory."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.core.model.live import Live
from tests.support.applied import alive
from tests.support.drive import FakeProber
from tests.support.hello import write_hello
from tests.support.inside import run_inside
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.releases import Catalog, at_once, git
from tests.support.workspace import Workspace, make

CANARY = "a-canary-that-must-not-sing"


@dataclass
class World:
    """A repository whose every commit was applied to the cloud."""

    made: Workspace
    cloud: MemoryCloud

    def release(self, number: int, *, apply: bool = True) -> str:
        write_hello(self.made, factor=number, description=f"release {number}")
        return self.saved(apply=apply)

    def saved(self, *, apply: bool) -> str:
        git(self.made.root, "add", "-A")
        git(self.made.root, "commit", "-qm", "A release")
        if apply:
            self.run("apply", "--yes")
        return git(self.made.root, "rev-parse", "HEAD")

    def run(self, *words: str, code: int = 0, root: Path | None = None) -> str:
        environment = {"GITHUB_ACTIONS": "", "X_TOKEN": CANARY}
        ended, out, err = run_inside(words, root or self.made.root, environment, b"")
        assert CANARY.encode() not in out + err
        assert ended == code, (out + err).decode()
        return (out + err).decode()

    @property
    def live(self) -> Live:
        (live,) = alive(self.cloud)
        return live

    @property
    def description(self) -> str | None:
        assert self.live.configuration is not None
        return self.live.configuration.description


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    cloud = Catalog()
    reaches(monkeypatch, cloud, prober=FakeProber())
    monkeypatch.setattr("reconciler.adapters.clock.RealClock.sleep", at_once)
    made = make(tmp_path / "repository")
    made.write(".gitignore", ".reconciler/\n")
    git(made.root, "init", "-q", "-b", "main")
    return World(made, cloud)


def test_previous_is_what_was_applied_before_and_the_hold_lasts_until_another_manifest(world: World) -> None:
    first = world.release(1)
    bad = world.release(2)
    world.made.write("unrelated.txt", "x")
    git(world.made.root, "add", "-A")
    git(world.made.root, "commit", "-qm", "Nothing of ours")
    uploads = len(world.cloud.models)
    world.run("rollback", "hello", "--to", "previous", "--now", "--yes")
    assert (world.description, world.live.marks.revision) == ("release 1", first)
    assert len(world.cloud.models) == uploads, "nothing was uploaded"
    assert git(world.made.root, "status", "--porcelain") == "", "the work tree stays"

    assert f"held at revision {first[:16]}" in world.run("apply", "--yes")
    assert "held at revision" in world.run("status")
    assert world.run("plan", "--detailed-exitcode")
    assert world.description == "release 1"
    assert "it differs, and is held at revision" in world.run("explain", "hello")
    world.release(3)
    assert (world.description, world.live.marks.hold) == ("release 3", None)
    assert world.run("plan", "--detailed-exitcode")
    world.run("rollback", "hello", "--to", bad, "--now", "--yes")
    assert (world.description, world.live.marks.revision) == ("release 2", bad)
    world.run("rollback", "hello", "--to", "previous", "--now", "--yes")
    assert (world.description, world.live.marks.revision) == ("release 1", first)


def test_resume_ends_the_hold_and_the_next_apply_follows_the_manifest(world: World) -> None:
    world.release(1)
    world.release(2)
    assert "it is not held" in world.run("rollback", "hello", "--resume", "--yes")
    world.run("rollback", "hello", "--to", "HEAD~1", "--now", "--yes")
    updates = len(world.cloud.updates)
    world.run("rollback", "hello", "--resume", "--yes")
    assert len(world.cloud.updates) == updates + 1
    assert (world.description, world.live.marks.hold) == ("release 1", None)
    world.run("apply", "--yes")
    assert world.description == "release 2"
    assert "ghost: no such deployment of ours" in world.run("rollback", "ghost", "--resume", "--yes", code=1)


TAKES_ONE = '  server: {env: {TOKEN: "{{ env.X_TOKEN }}"}}\n'


def test_a_secret_of_then_is_sent_and_not_told(world: World) -> None:
    write_hello(world.made, description="release 1")
    manifest = (world.made.root / "manifests/hello.yaml").read_text()
    world.made.write("manifests/hello.yaml", manifest + TAKES_ONE)
    first = world.saved(apply=True)
    world.release(2)
    told = world.run("rollback", "hello", "--to", first, "--now", "--yes")
    assert "TOKEN" in told
    assert dict(world.live.configuration.container.environment)["TOKEN"] == CANARY
    world.release(3)
    world.made.write(
        "reconciler.yaml", (world.made.root / "reconciler.yaml").read_text() + "secrets: [OTHER]\n"
    )
    told = world.run("rollback", "hello", "--to", first, "--now", "--yes", code=1)
    assert "reconciler.yaml does not have it among its `secrets`" in told
    assert world.description == "release 3"


def test_nobody_is_there_to_confirm(world: World) -> None:
    world.release(1)
    world.release(2)
    told = world.run("rollback", "hello", "--to", "HEAD~1", "--now", code=1)
    assert "nobody is there to confirm" in told
    assert world.description == "release 2"


def test_a_work_tree_that_is_behind_does_not_know_what_is_refused(world: World, tmp_path: Path) -> None:
    first = world.release(1)
    behind = tmp_path / "behind"
    git(tmp_path, "clone", "-q", str(world.made.root), str(behind))
    bad = world.release(2)
    told = world.run("rollback", "hello", "--to", first, "--now", "--yes", code=1, root=behind)
    assert (
        f"revision {bad}, which was applied last, is not in the history of what is checked out here" in told
    )
    assert world.description == "release 2"


@pytest.mark.parametrize("file", ["manifests/hello.yaml", "manifests/hello/m/1/model.py"])
def test_changes_of_ones_own_do_not_say_what_is_refused(world: World, file: str) -> None:
    """The next apply is of what is committed, and would end a hold against anything else."""
    first = world.release(1)
    world.release(2)
    mine = (world.made.root / file).read_text().replace("release 2", "fiddled") + "# mine\n"
    world.made.write(file, mine)
    told = world.run("rollback", "hello", "--to", first, "--now", "--yes", code=1)
    assert f"hello: {file}: changed, and not committed, so this work tree does not say" in told
    assert world.description == "release 2"


def test_what_the_manifest_says_already_is_nothing_to_hold_back(world: World) -> None:
    first = world.release(1)
    world.release(2)
    world.release(1, apply=False)
    told = world.run("rollback", "hello", "--to", first, "--now", "--yes", code=1)
    assert "its manifest here asks for the same as at revision" in told
    assert "reconcile apply --only hello applies it" in told
    assert world.description == "release 2"


def test_commands_in_errors_are_for_the_target(world: World) -> None:
    settings = world.made.root / "reconciler.yaml"
    settings.write_text(f"{settings.read_text()}  other: {{emulator: {{}}, project: tests}}\n")
    first = world.release(1)
    world.release(2)
    world.release(1, apply=False)
    told = world.run("rollback", "hello", "--to", first, "--now", "--yes", "-t", "other", code=1)
    assert "reconcile apply -t other --only hello applies it" in told


def test_a_removed_manifest_is_nothing_to_hold(world: World) -> None:
    first = world.release(1)
    git(world.made.root, "rm", "-q", "manifests/hello.yaml")
    git(world.made.root, "commit", "-qm", "Gone")
    told = world.run("rollback", "hello", "--to", first, "--now", "--yes", code=1)
    assert "so nothing could be held: the next apply would delete it" in told


def test_without_an_earlier_one_there_is_no_previous(world: World) -> None:
    only = world.release(1)
    told = world.run("rollback", "hello", "--to", "previous", code=1)
    assert f"git has no revision before {only} at which its manifest was another one" in told
    assert told.rstrip().endswith("name one with --to")
    (world.made.root / ".git/shallow").write_text(f"{only}\n")
    told = world.run("rollback", "hello", "--to", "previous", code=1)
    assert told.rstrip().endswith("git fetch --unshallow brings them")
    told = world.run("rollback", "hello", "--to", "HEAD~1", code=1)
    assert "is not in this clone, which is shallow: git fetch --unshallow brings it" in told


def test_in_a_shallow_clone_the_fetch_is_named(world: World, tmp_path: Path) -> None:
    world.release(1)
    world.release(2)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{world.made.root}", "shallow")
    told = world.run("rollback", "hello", "--to", "previous", code=1, root=tmp_path / "shallow")
    assert "git fetch --unshallow brings" in told


def test_previous_goes_into_the_work_tree_too(world: World) -> None:
    world.release(1)
    world.release(2)
    told = world.run("rollback", "hello", "--to", "previous")
    assert "wrote manifests/hello.yaml" in told
    assert "release 1" in (world.made.root / "manifests/hello.yaml").read_text()
    assert world.description == "release 2", "nothing was sent"


def test_a_saved_plan_from_before_is_stale(world: World) -> None:
    world.release(1)
    world.release(2)
    write_hello(world.made, factor=3, description="release 3")
    world.run("plan", "--out", "plan.json")
    git(world.made.root, "checkout", "-q", "--", ".")
    world.run("rollback", "hello", "--to", "HEAD~1", "--now", "--yes")
    write_hello(world.made, factor=3, description="release 3")
    world.run("apply", "--plan", "plan.json", "--yes", code=4)
    assert world.description == "release 1"


BROKEN = (
    "apiVersion: reconciler.oci/v1\nkind: ModelDeployment\nmetadata: {name: other}\n"
    "spec: {server: {env: {A: '{{ env.NOT_LISTED }}'}}}\n"
)


def test_what_is_wrong_with_another_manifest_now_or_then_is_no_matter(world: World) -> None:
    """It is an emergency of one deployment."""
    world.made.write("manifests/other.yaml", BROKEN)
    write_hello(world.made, factor=1, description="release 1")
    first = world.saved(apply=False)
    (world.made.root / "manifests/other.yaml").unlink()
    world.release(2)
    world.made.write("manifests/other.yaml", BROKEN)
    world.run("rollback", "hello", "--to", first, "--now", "--yes")
    assert world.live.configuration is not None
    assert world.live.configuration.description == "release 1"
    (world.made.root / "manifests/other.yaml").unlink()
    assert "held at revision" in world.run("plan")
    told = world.run("rollback", "hello", "--to", first)
    assert "wrote manifests/hello.yaml" in told
