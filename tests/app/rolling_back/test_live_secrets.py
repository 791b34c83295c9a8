"""What somebody has written on a live deployment, and has the form of a credential, through the whole
command: every verb that makes or applies a plan, in every format; on a cloud in memory.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.proof.probes import Answer
from reconciler.core.planning.steps import UpdateDeployment
from reconciler.report.plan.json import plan_document, read_plan
from tests.support.applied import alive
from tests.support.drive import FakeProber
from tests.support.hello import BODY, write_hello
from tests.support.inside import run_inside
from tests.support.reaching import reaches
from tests.support.releases import Catalog, at_once, git
from tests.support.workspace import Workspace, make

CANARY = "hf_" + "CanaryThatMustNotSing" * 2
RIGHT = Answer(200, b'{"outputs": []}', 1.0)
WRONG = Answer(500, b'{"error": "boom"}', 1.0)
PROBES = "  rollout: {probes: [{model: m, input: in.json}]}\n"


@dataclass
class World:
    """A repository in git, a cloud, and a model that answers wrongly when it is `broken`."""

    made: Workspace
    cloud: Catalog
    prober: FakeProber

    def release(self, number: int, probes: str = PROBES) -> None:
        write_hello(self.made, factor=number, description=f"release {number}")
        manifest = self.made.root / "manifests/hello.yaml"
        manifest.write_text(manifest.read_text() + probes)
        git(self.made.root, "add", "-A")
        git(self.made.root, "commit", "-qm", "A release")

    def run(self, *words: str, code: int | None = 0) -> str:
        """None of what it says, and leaves in the repository, holds the canary."""
        ended, out, err = run_inside(words, self.made.root, {"GITHUB_ACTIONS": ""}, b"")
        told = (out + err).decode()
        assert CANARY not in told, words
        saved = self.made.root / "plan.json"
        assert not saved.exists() or CANARY not in saved.read_text(), words
        assert code is None or ended == code, told
        return told

    @property
    def live(self) -> Configuration:
        (live,) = alive(self.cloud)
        assert live.configuration is not None
        return live.configuration

    def written(self) -> Configuration:
        """Somebody writes it wherever there is room for a text."""
        (live,) = alive(self.cloud)
        now = self.live
        container = replace(
            now.container, command=("tritonserver", f"--key={CANARY}"), entrypoint=("/x", CANARY)
        )
        changed = replace(
            now,
            description=f"the key is {CANARY}",
            labels=(("note", CANARY), ("team", "a")),
            defined_tags=(("ops.note", f"ask {CANARY}"),),
            container=container,
        )
        self.cloud.somebody(live.ocid, configuration=changed)
        return changed

    def as_written(self, then: Configuration) -> bool:
        return replace(self.live, artifact=None) == replace(then, artifact=None)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    cloud, prober = Catalog(), FakeProber(files={})
    monkeypatch.setattr(prober, "read", lambda file: BODY.encode())
    reaches(monkeypatch, cloud, prober=prober)

    monkeypatch.setattr("reconciler.adapters.clock.RealClock.sleep", at_once)
    made = make(tmp_path / "repository")
    made.write(".gitignore", ".reconciler/\nplan.json\n")
    made.write("manifests/in.json", BODY)
    git(made.root, "init", "-q", "-b", "main")
    world = World(made, cloud, prober)
    world.release(1)
    world.run("apply", "--yes")
    return world


def wrong_after(prober: FakeProber, right: int) -> Callable[[str, str], Answer]:
    """A model that answers rightly so often."""
    answers = iter([RIGHT] * right)
    return lambda url, model: next(answers, WRONG)


def test_a_saved_plan_does_not_hold_it_and_what_fails_brings_it_back(world: World) -> None:
    then = world.written()
    world.release(2)
    for words in (
        ("plan", "--out", "plan.json"),
        ("plan", "--format", "json"),
        ("plan", "--format", "markdown"),
        ("explain", "hello"),
        ("explain", "hello", "--format", "json"),
        ("drift", "--format", "json"),
        ("drift",),
        ("status", "--format", "json"),
        ("history", "hello", "--format", "json"),
    ):
        world.run(*words, code=None)
    (item,) = json.loads((world.made.root / "plan.json").read_text())["deployments"]
    assert set(item["seen"]["withheld"]) == {
        *("metadata.description", "metadata.labels.note", "metadata.definedTags.ops.note"),
        *("spec.server.command", "spec.server.entrypoint"),
    }
    world.prober.answer = wrong_after(world.prober, 1)
    told = world.run("apply", "--plan", "plan.json", "--yes", "--format", "json", code=1)
    assert "the probes fail" in told
    assert world.as_written(then)
    world.prober.answer = lambda url, model: RIGHT
    world.run("apply", "--yes", "--retry-failed")
    assert world.live.description == "release 2"
    assert world.live.container.words == ()
    assert world.live.defined_tags == then.defined_tags, "no manifest says anything of them"
    assert "nothing to do" in world.run("plan").lower()


def test_a_rollback_now_its_end_and_a_release_keep_it(world: World) -> None:
    world.release(2)
    world.run("apply", "--yes")
    then = world.written()
    world.run("rollback", "hello", "--to", "HEAD~1", "--now", "--yes", "--format", "json")
    assert world.live.description == "release 1"
    assert world.live.defined_tags == then.defined_tags
    then = world.written()
    world.run("rollback", "hello", "--resume", "--yes", "--format", "json")
    assert world.as_written(then)
    world.run("release", "hello", "--yes", "--format", "json")
    assert world.as_written(then)


FORGED: dict[str, Callable[[UpdateDeployment], UpdateDeployment]] = {
    "a field that is shown": lambda step: replace(step, from_live=(*step.from_live, "spec.image")),
    "a variable": lambda step: replace(step, from_live=("spec.server.env.CONTAINER_TYPE",)),
    "another text in its place": lambda step: replace(
        step, configuration=replace(step.configuration, description="something else (not shown)")
    ),
}


def test_a_plan_that_was_forged_there_is_refused(world: World) -> None:
    then = world.written()
    world.release(2)
    world.run("plan", "--out", "plan.json")
    path = world.made.root / "plan.json"
    plan = read_plan(json.loads(path.read_text()), lambda secret: secret)
    (item,) = plan.deployments
    first = next(at for at, step in enumerate(item.steps) if isinstance(step, UpdateDeployment))
    assert "metadata.description" in item.steps[first].from_live
    for name, forge in FORGED.items():
        steps = (*item.steps[:first], forge(item.steps[first]), *item.steps[first + 1 :])
        forged = replace(plan, deployments=(replace(item, steps=steps),))
        path.write_text(json.dumps(plan_document(forged)))
        told = world.run("apply", "--plan", "plan.json", "--yes", code=5)
        assert "not a plan that `reconcile plan` makes" in told, name
    assert world.as_written(then)
