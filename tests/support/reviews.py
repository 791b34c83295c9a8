"""What a reviewer of a pull request meets: every kind of plan, each made by the planner from specs and from
what is live, as values.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.model.artifact import (
    Artifact,
    Entry,
    LocalFile,
    ModelGroupMember,
    make_artifact,
    model_group_of,
)
from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Network,
    NetworkAccess,
    Secret,
    ThresholdRule,
)
from reconciler.core.model.desired import Desired
from reconciler.core.model.findings import Location
from reconciler.core.model.images.image import (
    Composition,
    ImageBuild,
    ImageFacts,
    ImageNeeds,
    ImageRequest,
    ImageSight,
    NoSuchImage,
    NotLookedUp,
    Platform,
)
from reconciler.core.model.live import CatalogModel, Live, Marks, Project, Snapshot, State
from reconciler.core.model.proof.probes import File, Probe
from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.spec import (
    Downtime,
    ModelGroupUpdate,
    Policy,
    Revision,
    Rollout,
    Spec,
    VersionChange,
)
from reconciler.core.model.target import ImageBuilds, ImagePins, Ownership, Safety
from reconciler.core.planning.images.resolving import with_sight
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.planner import make_plan
from tests.support.served import folders, servings, structure_of

OWNER = "acme-vision"
BEFORE = "fedcba9876543210fedcba9876543210fedcba98"
REVISION = Revision("0123456789abcdef0123456789abcdef01234567", "main", "https://example.com/acme/models.git")
PROJECT = Project("ml-serving", "ocid1.datascienceproject.oc1.iad.ml")
HERE = Network(NetworkAccess.NO_INTERNET)
SUBNET = Network(NetworkAccess.CUSTOM, "ocid1.subnet.oc1.iad.models")
IMAGE = "iad.ocir.io/acme/oci-datascience-triton-server/onnx-pytorch-runtime"
VARIABLES = ((CONTAINER_TYPE, "TRITON"), ("HF_TOKEN", Secret("env.HF_TOKEN", "a secret")), ("WORKERS", "2"))
IMAGENET = Contract((Tensor("data_0", "FP32", (3, 224, 224)),), (Tensor("fc6_1", "FP32", (1000,)),))
ONE = frozenset({("densenet_onnx", 1), ("resnet", 1)})
TWO = frozenset({("densenet_onnx", 2), ("resnet", 1)})
BOTH = ONE | TWO


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


PROBE = Probe(
    "densenet_onnx",
    File("manifests/vision/probes/bird.json", sha("bird")),
    version=1,
    expect=File("manifests/vision/probes/bird.out.json", sha("a bird")),
    tolerance=1e-4,
    latency_ms=250.0,
)
PROBED = Rollout(probes=(PROBE,))


def models(
    weights: str = "trained in May",
    versions: Iterable[tuple[str, int]] = ONE,
    contract: Contract = IMAGENET,
) -> Artifact:
    """A model repository with these versions, of which each has these weights."""
    entries = [
        Entry(
            f"{name}/{number}/model", sha(weights), 32_000_000, LocalFile(f"manifests/vision/{name}/{number}")
        )
        for name, number in versions
    ]
    served = frozenset(versions)
    return make_artifact(entries, served, folders(served, densenet_onnx=contract, resnet=IMAGENET))


MAY = models()
CONTAINER = Container(f"{IMAGE}:1.0.0", command=("tritonserver",), environment=VARIABLES)


def spec(
    name: str = "vision",
    artifact: Artifact = MAY,
    rollout: Rollout = PROBED,
    policy: Policy = Policy(),  # noqa: B008 - frozen
    **changes: Any,
) -> Spec:
    """What a manifest asks for."""
    plain = Configuration(
        name=name,
        artifact=artifact.digest,
        container=CONTAINER,
        instance=Instance("VM.Standard.E4.Flex", 4.0, 32.0),
        scaling=FixedScaling(2),
        description="DenseNet and ResNet on one server",
        labels=(("team", "vision"),),
    )
    configuration = replace(plain, **changes)
    where, served = Location(f"manifests/{name}.yaml", 1, 1), structure_of(artifact)
    return Spec(name, where, configuration, artifact, rollout, policy, served=served)


@dataclass(frozen=True)
class World:
    """What is live: deployments, each with the structure that it serves."""

    deployments: tuple[tuple[Live, Spec], ...] = ()
    project: Project = PROJECT

    def of(self, spec: Spec, **changes: Any) -> "World":
        """Also a deployment that was made from this spec, and then changed so."""
        live = replace(self._live(spec), **changes)
        return replace(self, deployments=(*self.deployments, (live, spec)))

    def _live(self, spec: Spec) -> Live:
        ocid = f"ocid1.datasciencemodeldeployment.oc1.iad.{spec.name}"
        return Live(
            ocid,
            spec.name,
            State.ACTIVE,
            as_served(spec.configuration),
            f"ocid1.datasciencemodel.oc1.iad.{spec.name}",
            self.project.ocid or "",
            Marks(OWNER, spec.name, spec.applied_mark, BEFORE),
            spec.configuration.kind,
            f"https://modeldeployment.example/{ocid}",
        )

    @property
    def snapshot(self) -> Snapshot:
        models = tuple(model for live, spec in self.deployments for model in _catalog(live, spec))
        return Snapshot(self.project, tuple(live for live, _ in self.deployments), models)

    def plan(self, *specs: Spec, safety: Safety = Safety(), **changes: Any) -> Plan:  # noqa: B008 - frozen
        now = {live.ocid: structure_of(spec.artifact) for live, spec in self.deployments}
        wanted = Desired("prod", OWNER, specs, REVISION, safety, prune=True, **changes)
        snapshot = self.snapshot
        return make_plan(wanted, snapshot, servings(wanted, snapshot, lambda live: now[live.ocid]))


def _catalog(live: Live, spec: Spec) -> list[CatalogModel]:
    """What it runs, and when that is a group, its members."""
    one = CatalogModel(live.model_id or "", spec.name, True, OWNER, spec.name, spec.artifact.digest)
    members = [
        CatalogModel(
            f"{live.model_id}.{member.key}", member.key, True, OWNER, spec.name, member.artifact.digest
        )
        for member in spec.members
    ]
    return [
        replace(one, is_model_group=bool(members), members=tuple(model.ocid for model in members)),
        *members,
    ]


def as_served(configuration: Configuration) -> Configuration:
    """As the service tells it: values of variables in the clear, and its own choices filled in."""
    variables = tuple(
        (key, value.value if isinstance(value, Secret) else value)
        for key, value in configuration.container.environment or ()
    )
    container = replace(configuration.container, environment=variables, digest=f"sha256:{sha('image')}")
    network = configuration.network if configuration.network.access else HERE
    bandwidth = configuration.bandwidth or Bandwidth(10, 20)
    return replace(configuration, container=container, network=network, bandwidth=bandwidth)


def new_deployment() -> Plan:
    return World(project=Project("ml-serving", None, create=True)).plan(spec())


def new_content() -> Plan:
    return World().of(spec()).of(spec("other")).plan(spec(artifact=models("trained in June")), spec("other"))


def all_groups() -> Plan:
    by_load = Autoscaling(2, 4, ThresholdRule(Metric.CPU, 70, 30), cool_down_seconds=600)
    wanted = spec(
        artifact=models("trained in June"),
        description="DenseNet and ResNet, trained anew",
        labels=(("stage", "prod"), ("team", "vision")),
        logs=Logs(predict=LogRef("ocid1.loggroup.oc1.iad.ml", "ocid1.log.oc1.iad.vision")),
        bandwidth=Bandwidth(20, 40),
        scaling=by_load,
        network=SUBNET,
        container=replace(CONTAINER, image=f"{IMAGE}:1.1.0", environment=(*VARIABLES[:2], ("WORKERS", "4"))),
        instance=Instance("VM.Standard.E4.Flex", 8.0, 64.0),
    )
    return World().of(spec()).plan(wanted)


def renamed_version() -> Plan:
    return World().of(spec()).plan(spec(artifact=models("trained in June", TWO)))


def additive_version() -> Plan:
    rollout = replace(PROBED, versions=VersionChange.ADDITIVE)
    return World().of(spec()).plan(spec(artifact=models("trained in June", BOTH), rollout=rollout))


def tensor_change() -> Plan:
    small = replace(IMAGENET, outputs=(Tensor("fc6_1", "FP32", (100,)),))
    return World().of(spec()).plan(spec(artifact=models("trained in June", contract=small)))


def downtime_allowed() -> Plan:
    small = replace(IMAGENET, outputs=(Tensor("fc6_1", "FP32", (100,)),))
    rollout = replace(PROBED, downtime=Downtime.ALLOW, tensor_changes=("densenet_onnx",))
    content = models("trained in June", frozenset({("densenet_onnx", 1), ("resnet", 2)}), small)
    return World().of(spec()).plan(spec(artifact=content, rollout=rollout))


def failed_before() -> Plan:
    wanted = spec(artifact=models("does not load"))
    marks = Marks(OWNER, "vision", spec().applied_mark, BEFORE, failed=wanted.failed_mark)
    marks = replace(marks, failed_at="2026-11-27T22:00:31Z", failed_why="the container update failed")
    return World().of(spec(), marks=marks).plan(wanted)


def too_many_deletes() -> Plan:
    return World().of(spec()).of(spec("old")).of(spec("older")).plan(spec())


def protected_orphan() -> Plan:
    marks = Marks(OWNER, "old", spec("old").applied_mark, BEFORE, protect=True)
    return World().of(spec()).of(spec("old"), marks=marks).plan(spec())


def renamed() -> Plan:
    wanted = spec("seeing", scaling=FixedScaling(3))
    return World().of(spec()).plan(replace(wanted, renamed_from="vision"))


def probably_renamed() -> Plan:
    return World().of(spec()).plan(spec("seeing"))


def networking() -> Plan:
    world = World().of(spec("inwards")).of(spec("outwards", network=SUBNET))
    return world.plan(spec("inwards", network=SUBNET), spec("outwards", network=HERE))


def somebody_elses_update() -> Plan:
    wanted = spec(scaling=FixedScaling(3))
    return World().of(spec(), state=State.UPDATING).plan(wanted)


def group_paused_adopted() -> Plan:
    adopted = World().of(spec(), marks=Marks())
    world = adopted.of(_group("trained in May")).of(spec("steady"))
    group = _group("trained in June", Rollout(model_group_update=ModelGroupUpdate.LIVE))
    paused = spec("steady", policy=Policy(paused=True), scaling=FixedScaling(4))
    safety = Safety(update_ownership=Ownership.ADOPT_UNOWNED)
    return world.plan(spec(description="adopted"), group, paused, safety=safety)


def _group(weights: str, rollout: Rollout = Rollout()) -> Spec:  # noqa: B008 - frozen
    members = tuple(
        ModelGroupMember(name, models(weights if name == "resnet" else "steady", [(name, 1)]))
        for name in ("densenet_onnx", "resnet")
    )
    found = spec("search", model_group_of(members), rollout, kind=DeploymentType.MODEL_GROUP)
    return replace(found, members=members)


BUILD = ImageBuild("2.51.0", ("onnxruntime", "pytorch"), ("checksum",), pip=("numpy==1.26.4",))
NEEDS = (ImageNeeds("densenet_onnx", "onnxruntime"), ImageNeeds("resnet", "pytorch"))
"""What the models of `models()` ask of their image."""


def of_image(
    wanted: Spec, sight: ImageSight | None, tag: str | None = "1.0.0", build: ImageBuild | None = None
) -> Spec:
    """The spec, with what its manifest says of the image, and what the registry does."""
    image = ImageRequest(IMAGE, tag, None, build)
    container = replace(wanted.configuration.container, image=image.reference)
    configuration = replace(wanted.configuration, container=container)
    return with_sight(replace(wanted, image=image, needs=NEEDS, configuration=configuration), sight)


def holding(text: str = "image", *backends: str) -> ImageFacts:
    """What the registry says of an image of this content, with these backends, or with all."""
    held = Composition("2.51.0", backends or BUILD.backends, BUILD.repo_agents, BUILD.digest)
    return ImageFacts(f"sha256:{sha(text)}", 3_000_000_000, Platform(), (), ("tritonserver",), held)


def tag_moved() -> Plan:
    return World().of(spec()).plan(of_image(spec(), holding("the next one")))


def not_looked_up() -> Plan:
    out = NotLookedUp("iad.ocir.io did not answer for 15 s")
    new = of_image(spec("new"), out, "1.1.0")
    world = World().of(spec()).of(spec("scaled"))
    return world.plan(of_image(spec(), out), of_image(spec("scaled", scaling=FixedScaling(3)), out), new)


def backend_missing() -> Plan:
    wanted = of_image(spec(), holding("the next one", "onnxruntime"))
    large = replace(holding("large"), size=17_000_000_000)
    other = of_image(spec("other"), large, build=replace(BUILD, triton="2.50.0"))
    return World().of(spec()).of(spec("other")).plan(wanted, other)


def not_pinned() -> Plan:
    same, moved = of_image(spec(), holding()), of_image(spec("moved"), holding("the next one"))
    safety = Safety(images=ImagePins.PINNED)
    return World().of(spec()).of(spec("moved")).plan(same, moved, safety=safety)


def image_built() -> Plan:
    none = NoSuchImage("it has no such tag")
    wanted = of_image(spec("vision"), none, None, BUILD)
    moved = of_image(
        spec("moved"), replace(holding(), composition=Composition("2.50.0", (), (), "of another"))
    )
    moved = replace(moved, image=replace(moved.image, build=BUILD), rollout=Rollout())
    changed = replace(moved, configuration=replace(moved.configuration, artifact=models("in June").digest))
    changed = replace(changed, artifact=models("in June"))
    world = World().of(spec()).of(spec("moved"))
    return world.plan(wanted, changed, image_builds=ImageBuilds.ON_APPLY)


def image_missing() -> Plan:
    none = NoSuchImage("it has no such tag")
    new = of_image(spec("new"), none, None, BUILD)
    wrong = of_image(spec("wrong"), none, "1.0.O")
    return World().of(spec()).plan(of_image(spec(), none), new, wrong)


REVIEWS: dict[str, Callable[[], Plan]] = {
    made.__name__: made
    for made in (
        new_deployment,
        new_content,
        all_groups,
        renamed_version,
        additive_version,
        tensor_change,
        downtime_allowed,
        failed_before,
        too_many_deletes,
        protected_orphan,
        renamed,
        probably_renamed,
        networking,
        somebody_elses_update,
        group_paused_adopted,
        tag_moved,
        not_looked_up,
        backend_missing,
        not_pinned,
        image_built,
        image_missing,
    )
}
