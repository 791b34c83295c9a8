"""Images from the manifest to the plan: each is looked up once; a saved plan
deploys what was reviewed; and `explain` says where a digest comes from.
"""

import json
from pathlib import Path

import pytest

from reconciler.app.connecting import reach
from reconciler.app.desired import PlanRequest
from reconciler.app.explaining import explain_deployment
from reconciler.app.planning import plan
from reconciler.app.saved_plans.admitting import admit
from reconciler.app.saved_plans.save_and_load import load, save
from reconciler.app.workspace import workspace_at
from reconciler.core.model.images.image import ImageRequest, ImageSight, NotLookedUp, Platform
from reconciler.core.planning.explain.explanation import FieldStanding
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import BuildImage
from tests.support.drive import apply_on
from tests.support.memory import MemoryCloud
from tests.support.memory_registry import MemoryMaker, MemoryRegistry, digest, facts
from tests.support.model_contents import PYTHON as PYTHON_MODEL
from tests.support.reaching import reaches
from tests.support.workspace import make

IMAGE = "registry.example/acme/triton"
MANIFEST = {
    "apiVersion": "reconciler.oci/v1",
    "kind": "ModelDeployment",
    "metadata": {"name": "hello"},
    "spec": {
        "image": {"repository": IMAGE, "tag": "1.0.0"},
        "models": [{"name": "m", "backend": "python", "versions": {"1": "model.py"}}],
        "instance": {"shape": "VM.Standard.E4.Flex", "ocpus": 1, "memoryGBs": 8},
    },
}
PYTHON = {"triton": "2.51.0", "backends": ["python"]}


class Registries(MemoryRegistry):
    """Counts what it is asked."""

    asked: int = 0

    def look(self, image: ImageRequest, platform: Platform) -> ImageSight:
        self.asked += 1
        return super().look(image, platform)


class Here:
    """A repository, a cloud and a registry."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.made = make(root)
        self.registry = Registries({f"{IMAGE}:1.0.0": facts("first", None)})
        self.cloud = MemoryCloud(resolve=self.registry.resolve)
        self.maker = MemoryMaker(self.registry)
        reaches(patch, self.cloud, registries=self.registry)
        (root / "manifests").mkdir(exist_ok=True)
        (root / "manifests" / "model.py").write_text(PYTHON_MODEL)
        self.write()

    def write(self, *names: str, settings: str = "", **image: object) -> None:
        for name in names or ("hello",):
            spec = {**MANIFEST["spec"], "image": {"repository": IMAGE, **(image or {"tag": "1.0.0"})}}
            document = {**MANIFEST, "metadata": {"name": name}, "spec": spec}
            (self.made.root / "manifests" / f"{name}.yaml").write_text(json.dumps(document))
        head = "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: tests\n"
        (self.made.root / "reconciler.yaml").write_text(head + settings)

    def workspace(self):
        return workspace_at(self.made.root, "local", {})

    def plan(self):
        return plan(*self.workspace(), PlanRequest(), lambda message: None).plan

    def only(self) -> DeploymentPlan:
        (item,) = self.plan().deployments
        return item

    def apply(self) -> None:
        apply_on(self.cloud, self.plan(), maker=self.maker)

    def digest(self) -> str | None:
        (live,) = self.cloud.deployments.values()
        return live.configuration.container.digest if live.configuration else None

    def story(self):
        explanation = explain_deployment(*self.workspace(), "hello", lambda message: None)
        return next(story for story in explanation.fields if story.field == "spec.image.digest")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(tmp_path, monkeypatch)


def test_an_image_of_several_manifests_is_asked_about_once(here: Here) -> None:
    here.write("hello", "other", "third")
    assert len(here.plan().deployments) == 3
    assert here.registry.asked == 1


def test_a_tag_is_deployed_by_its_digest(here: Here) -> None:
    here.apply()
    assert here.digest() == digest("first")
    assert here.plan().empty


def test_a_registry_that_is_out_changes_nothing(here: Here) -> None:
    here.apply()
    here.registry.out = True
    assert here.plan().empty
    assert here.only().unseen == "the registry did not answer"


def test_a_backend_that_the_image_lacks_is_refused_by_name(here: Here) -> None:
    here.registry.images[f"{IMAGE}:1.0.0"] = facts("first")
    (refusal,) = here.only().refusals
    assert refusal.reason == "'m' runs on python, which the image does not hold"


def test_settings_insist_on_pins(here: Here) -> None:
    here.write(settings="safety: {images: pinned}\n")
    assert "reconcile image resolve --write" in here.only().refusals[0].choices[0]
    here.write(settings="safety: {images: pinned}\n", digest=digest("first"))
    assert here.only().action is Action.CREATE


def test_apply_builds_if_the_settings_say_so(here: Here) -> None:
    here.write(build=PYTHON)
    assert "the local cloud runs without" in here.only().dangers[0]
    here.write(build=PYTHON, settings="images: {build: onApply}\n")
    assert isinstance(here.only().steps[0], BuildImage)
    here.apply()
    assert list(here.maker.pushed) == list(here.maker.built)
    assert here.digest() == here.registry.images[here.maker.pushed[0]].digest
    assert here.plan().empty


def test_an_arm_shape_gets_an_image_of_its_own(here: Here) -> None:
    here.write("arm", "hello", build=PYTHON, settings="images: {build: onApply}\n")
    file = here.made.root / "manifests" / "arm.yaml"
    file.write_text(file.read_text().replace("VM.Standard.E4.Flex", "VM.Standard.A1.Flex"))
    arm, other = (item.steps[0] for item in here.plan().deployments)
    assert isinstance(arm, BuildImage)
    assert isinstance(other, BuildImage)
    assert (arm.build.architecture, other.build.architecture) == ("arm64", "amd64")
    assert arm.image != other.image


# -- saved plans


def admitted(here: Here, file: Path) -> DeploymentPlan:
    workspace, target = here.workspace()
    reached = reach(workspace, target, lambda message: None)
    found = admit(load(workspace, target, file), workspace, target, reached, (), lambda message: None)
    (item,) = found.plan.deployments
    return item


def test_a_saved_plan_deploys_what_was_reviewed(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    save(here.plan(), file)
    here.registry.images[f"{IMAGE}:1.0.0"] = facts("second", None)
    workspace, target = here.workspace()
    apply_on(here.cloud, load(workspace, target, file))
    assert here.digest() == digest("first")
    assert "tag 1.0.0 has moved" in here.only().notes[0]


def test_a_saved_plan_builds_only_what_may_still_be_built(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    here.write(build=PYTHON, settings="images: {build: onApply}\n")
    save(here.plan(), file)
    assert admitted(here, file).action is Action.CREATE
    image = f"{IMAGE}:{here.only().steps[0].image.rpartition(':')[2]}"
    here.registry.images[image] = facts("another", None)
    assert "another image under" in admitted(here, file).refusals[0].reason
    del here.registry.images[image]
    here.write(build=PYTHON)
    assert "images.build in reconciler.yaml is never" in admitted(here, file).refusals[0].reason


# -- explain


def test_where_a_digest_comes_from(here: Here) -> None:
    here.apply()
    story = here.story()
    assert (story.manifest, story.live, story.standing) == (
        digest("first"),
        digest("first"),
        FieldStanding.EQUAL,
    )
    assert story.why.startswith("tag 1.0.0 stands for what the manifest has here")
    assert story.applied is None, "the manifest does not say it"
    here.registry.images[f"{IMAGE}:1.0.0"] = facts("second", None)
    story = here.story()
    assert (story.manifest, story.standing) == (digest("second"), FieldStanding.PLANNED)
    here.registry.out = True
    story = here.story()
    assert (story.manifest, story.live, story.standing) == (
        None,
        digest("first"),
        FieldStanding.NOT_COMPARED,
    )
    assert "tag 1.0.0 could not be looked up: the registry did not answer" in story.why
    here.write(digest=digest("first"))
    assert here.story().why == "live is what the manifest says"


def test_what_a_registry_says_is_redacted(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words are words of others."""
    here.apply()
    monkeypatch.setattr(here.registry, "look", lambda *_: NotLookedUp("it said hunter2-hunter2-hunter2"))
    workspace, target = workspace_at(here.made.root, "local", {"GH_TOKEN": "hunter2-hunter2-hunter2"})
    (item,) = plan(workspace, target, PlanRequest(), lambda message: None).plan.deployments
    assert "hunter2" not in item.unseen
    assert item.unseen.startswith("it said")
