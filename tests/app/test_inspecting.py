"""What status, predict and destroy say about deployments in every state."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.app import inspecting, planning
from reconciler.app.workspace import Workspace
from reconciler.core.model.artifact import Artifact
from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.errors import Failed, NotFound, ServiceAnswer
from reconciler.core.model.live import Marks, State
from reconciler.core.model.proof.probes import Answer
from reconciler.core.model.served.structure import ModelVersion
from reconciler.core.model.spec import Prune
from reconciler.core.model.target import EmulatorTarget, Settings
from tests.support.drive import SERVED, FakeProber
from tests.support.reaching import reaches, workspace_of
from tests.support.repository_files import files_of
from tests.support.reviews import CONTAINER, OWNER, REVISION, World, models, spec

TARGET = EmulatorTarget("local", "/nowhere", "ml-serving")
CONFIG = 'name: "x"\nplatform: "onnxruntime_onnx"\n'


class Cloud:
    """Tells what a world holds; artifacts by the OCID of their catalog model."""

    def __init__(self, world: World, artifacts: dict[str, Artifact]) -> None:
        self.world, self.artifacts = world, artifacts

    def snapshot(self):
        return self.world.snapshot

    def get_deployment(self, ocid: str):
        return next(live for live in self.world.snapshot.deployments if live.ocid == ocid), "etag"

    def content(self, ocid: str):
        if ocid not in self.artifacts:
            raise NotFound(ServiceAnswer("get_model_artifact_content", 404))
        if ocid.endswith((".densenet_onnx", ".resnet")):  # a member: the content of one model's folder
            numbers = (number for _, number in self.artifacts[ocid].versions)
            return files_of((f"{number}/model" for number in numbers), {"config.pbtxt": CONFIG})
        names = tuple(f"{name}/{number}/model" for name, number in self.artifacts[ocid].versions)
        return files_of(names, {f"{name.split('/')[0]}/config.pbtxt": CONFIG for name in names})

    def kept_models(self, ocid: str) -> None:
        return None

    def members(self, ocid: str):
        return tuple((name, f"{ocid}.{name}") for name in ("densenet_onnx", "resnet"))


def answered(url: str, model: str, version: str | None, body: bytes) -> SimpleNamespace:
    """An answer that says where it was asked."""
    return SimpleNamespace(status=200, body=url.encode())


@pytest.fixture
def reach(monkeypatch):
    """Makes the target a cloud in memory."""

    def use(
        world: World, artifacts: dict[str, Artifact] | None = None, prober: FakeProber | None = None
    ) -> Workspace:
        reaches(monkeypatch, Cloud(world, artifacts or {}), answered, prober)
        return workspace_of(Path("/nowhere"), Settings(OWNER, {"local": TARGET}))

    return use


FIXED = "MODEL_DEPLOY_PREDICT_ENDPOINT"


def rows(workspace: Workspace, probe: bool = False):
    found = inspecting.statuses(workspace, TARGET, (), lambda message: None, probe=probe)
    return {row.name: row for row in found}


def test_status_tells_the_marks(reach) -> None:
    marks = Marks(OWNER, "vision", "x", REVISION.commit, failed="y", protect=True, prune=Prune.CONFIRM)
    found = rows(reach(World().of(spec(), marks=marks).of(spec("calm"))))
    assert found["vision"].marks == (
        "the last try failed",
        "protected",
        "its deletion has to be confirmed",
    )
    assert found["calm"].marks == ()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            {"failed_at": "2026-11-27T22:00:31Z", "failed_why": "a probe was answered wrongly"},
            "the last try failed at 2026-11-27 22:00 UTC: a probe was answered wrongly",
        ),
        ({"failed_at": "2026-11-27T22:00:31Z"}, "the last try failed at 2026-11-27 22:00 UTC"),
        ({"failed_why": "no capacity"}, "the last try failed: no capacity"),
        ({"failed_at": "last week"}, "the last try failed at last week"),
    ],
)
def test_status_says_when_and_why_the_last_try_failed(reach, told, said: str) -> None:
    marks = Marks(OWNER, "vision", "x", failed="y", **told)
    assert rows(reach(World().of(spec(), marks=marks)))["vision"].marks == (said,)


def test_status_reads_versions_of_models_and_of_groups(reach) -> None:
    world = World().of(spec()).of(spec("gone")).of(spec("search", kind=DeploymentType.MODEL_GROUP))
    ocids = {live.display_name: live.model_id for live in world.snapshot.deployments}
    both = models()
    members = {name: models(versions=[(name, 1)]) for name in ("densenet_onnx", "resnet")}
    artifacts = {ocids["vision"]: both} | {f"{ocids['search']}.{name}": one for name, one in members.items()}
    found = rows(reach(world, artifacts))
    assert found["vision"].versions == both.versions
    assert found["search"].versions == both.versions
    assert found["gone"].versions is None


def test_which_states_are_healthy(reach) -> None:
    """A deployment that is CREATING is not yet, and one that is INACTIVE answers nobody, asked for or not."""
    healthy = {state for state in State if rows(reach(World().of(spec(), state=state))).get("vision", None)}
    assert healthy == set(State) - {State.DELETING, State.DELETED}
    good = {state for state in healthy if rows(reach(World().of(spec(), state=state)))["vision"].healthy}
    assert good == {State.ACTIVE, State.UPDATING}


def predict(workspace: Workspace, name: str):
    request = inspecting.PredictRequest("m", None, b"{}")
    return inspecting.predict(workspace, TARGET, name, request, lambda message: None)


@pytest.mark.parametrize("state", [State.CREATING, State.INACTIVE, State.FAILED])
def test_predict_says_the_state_of_a_deployment_that_does_not_serve(reach, state: State) -> None:
    with pytest.raises(Failed, match=f"vision: it is {state}, and answers when it is ACTIVE"):
        predict(reach(World().of(spec(), state=state)), "vision")


def test_predict_of_an_unknown_deployment(reach) -> None:
    with pytest.raises(Failed, match="ghost: no such deployment of ours"):
        predict(reach(World().of(spec())), "ghost")


@pytest.mark.parametrize("state", [State.ACTIVE, State.UPDATING, State.NEEDS_ATTENTION])
def test_predict_of_a_serving_deployment(reach, state: State) -> None:
    told = predict(reach(World().of(spec(), state=state)), "vision")
    assert told.text.startswith("https://")


def test_destroy_is_all_or_nothing(reach) -> None:
    workspace = reach(World().of(spec()))
    with pytest.raises(Failed, match=r"ghost: no such deployment.*nothing was sent"):
        planning.plan_deletion(workspace, TARGET, ["ghost", "vision"], lambda message: None)


COPY = "ocid1.datasciencemodeldeployment.oc1.iad.copy"
FIRST = "ocid1.datasciencemodeldeployment.oc1.iad.vision"


def twice() -> World:
    return World().of(spec()).of(spec(), ocid=COPY, created="2026-11-27T22:00:00Z").of(spec("calm"))


def test_status_lists_every_deployment_of_one_name(reach) -> None:
    workspace = reach(twice())
    found = inspecting.statuses(workspace, TARGET, (), lambda message: None)
    assert [(row.name, row.ocid) for row in found if row.marks] == [("vision", COPY), ("vision", FIRST)]
    assert found[1].marks == (
        f"2 deployments carry this name, of which this is {COPY}, created 2026-11-27 22:00 UTC",
    )
    assert found[2].marks == (f"2 deployments carry this name, of which this is {FIRST}",)
    (row,) = inspecting.statuses(workspace, TARGET, [COPY], lambda message: None)
    assert row == found[1], "an OCID is a name too, and there are still two"


def test_predict_asks_the_deployment_of_the_ocid(reach) -> None:
    workspace = reach(World().of(spec()).of(spec(), ocid=COPY, url="https://copy"))
    with pytest.raises(
        Failed, match=f"2 deployments go by 'vision': {FIRST} .*; {COPY} .*: name one by its OCID"
    ):
        predict(workspace, "vision")
    told = predict(workspace, COPY)
    assert told.text == "https://copy"


def test_predict_of_a_deployment_without_an_endpoint(reach) -> None:
    with pytest.raises(Failed, match="vision: it is ACTIVE, and the service names no endpoint for it"):
        predict(reach(World().of(spec(), url="")), "vision")


def test_an_unknown_name_is_told_with_the_nearest_names(reach) -> None:
    workspace = reach(World().of(spec()).of(spec("calm")))
    said = r"^vison \(did you mean vision\?\): no such deployment of ours"
    for ask in (
        lambda: predict(workspace, "vison"),
        lambda: inspecting.statuses(workspace, TARGET, ["calm", "vison"], lambda message: None),
        lambda: planning.plan_deletion(workspace, TARGET, ["calm", "vison"], lambda message: None),
    ):
        with pytest.raises(Failed, match=said):
            ask()


def test_status_asks_the_servers_when_it_is_told_to(reach) -> None:
    """What has no server that serves, or one that requests do not reach, is not asked."""
    elsewhere = replace(CONTAINER, environment=(*CONTAINER.environment, (FIXED, "/v2/models/m/infer")))
    world = World().of(spec()).of(spec("bent", container=elsewhere)).of(spec("off"), state=State.INACTIVE)
    found = {live.model_id or "": models() for live, _ in world.deployments}
    asked: list[tuple[str, ModelVersion]] = []

    def present(url: str, version: ModelVersion) -> Answer:
        asked.append((url, version))
        served = version == ("resnet", 1)
        return SERVED if served else Answer(404, b'{"error": "Request for unknown model: a secret"}', 1.0)

    workspace = reach(world, found, FakeProber(present=present))
    assert all(row.presence is None for row in rows(workspace).values())
    assert asked == []
    seen = rows(workspace, probe=True)
    vision = next(live for live, one in world.deployments if one.name == "vision")
    assert sorted(asked) == [(vision.url, ("densenet_onnx", 1)), (vision.url, ("resnet", 1))]
    assert {name: row.healthy for name, row in seen.items()} == {"vision": False, "bent": True, "off": False}
    assert seen["vision"].presence.missing[0].why.startswith("404: (withheld")
    assert [one.why for one in seen["bent"].presence.unseen] == [f"{FIXED} leads requests elsewhere"] * 2
    assert seen["off"].presence is None
