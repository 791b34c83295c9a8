"""Hypothesis strategies: manifests as specs, and clouds in any state that the service can be in."""

from dataclasses import replace

from hypothesis import strategies as st

from reconciler.core.model.artifact import ModelGroupMember, model_group_of
from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    TRITON,
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
    QueryRule,
    Secret,
    ThresholdRule,
)
from reconciler.core.model.findings import Location
from reconciler.core.model.images.image import Composition, ImageNeeds, ImageRequest, NoSuchImage, NotLookedUp
from reconciler.core.model.live import CatalogModel, Live, Marks, Project, State
from reconciler.core.model.spec import Downtime, ModelGroupUpdate, Policy, Prune, Rollout, Spec, VersionChange
from reconciler.core.planning.images.resolving import with_sight
from tests.support.drive import OWNER, artifact
from tests.support.memory import MemoryCloud
from tests.support.memory_registry import facts

ALL_NAMES = ("a", "b", "c", "d")
NAMES = st.sampled_from(ALL_NAMES)
CONTENTS = st.sampled_from(["one", "two", "three"])
log_refs = st.builds(
    LogRef,
    st.just("ocid1.loggroup.oc1.iad.g"),
    st.sampled_from(["ocid1.log.oc1.iad.l1", "ocid1.log.oc1.iad.l2"]),
)
variables = st.dictionaries(
    st.sampled_from(["AA", "BB", "CC_TOKEN"]),
    st.one_of(
        st.sampled_from(["1", "2"]), st.builds(Secret, st.just("env.X"), st.sampled_from(["s1", "s2"]))
    ),
)
scalings = st.one_of(
    st.builds(FixedScaling, st.integers(1, 3)),
    st.builds(
        Autoscaling,
        st.integers(1, 2),
        st.integers(2, 4),
        st.one_of(
            st.builds(ThresholdRule, st.sampled_from(Metric), st.just(70), st.sampled_from([20, 30])),
            st.just(QueryRule("CpuUtilization[1m].mean() > 80", "CpuUtilization[1m].mean() < 20", 300)),
        ),
        st.sampled_from([300, 600]),
        st.sampled_from([None, 2]),
    ),
)
SUBNET = "ocid1.subnet.oc1.iad.s1"
ENDPOINT = "ocid1.datascienceprivateendpoint.oc1.iad.p1"
networks = st.sampled_from(
    [
        Network(),
        Network(NetworkAccess.NO_INTERNET),
        Network(NetworkAccess.INTERNET),
        Network(NetworkAccess.CUSTOM, SUBNET),
        Network(NetworkAccess.CUSTOM, SUBNET, ENDPOINT),
    ]
)
live_networks = networks.filter(lambda network: network.access is not None)


def containers(variable_values: st.SearchStrategy) -> st.SearchStrategy[Container]:
    return st.builds(
        Container,
        image=st.sampled_from(["iad.ocir.io/t/x:1", "iad.ocir.io/t/x:2"]),
        digest=st.sampled_from([None, "sha256:" + "a" * 64]),
        command=st.sampled_from([(), ("tritonserver",)]),
        port=st.sampled_from([8000, 8080]),
        environment=variable_values.map(
            lambda found: tuple(sorted({**found, CONTAINER_TYPE: TRITON}.items()))
        ),
    )


def configurations(
    name: str,
    content: str,
    container: st.SearchStrategy[Container],
    network: st.SearchStrategy[Network] = networks,
) -> st.SearchStrategy[Configuration]:
    return st.builds(
        Configuration,
        name=st.just(name),
        artifact=st.just(artifact(content).digest),
        container=container,
        instance=st.builds(
            Instance,
            st.sampled_from(["VM.Standard.E4.Flex", "VM.Standard.E3.Flex"]),
            st.sampled_from([None, 1.0, 4.0]),
            st.sampled_from([None, 16.0, 32.0]),
            st.sampled_from([None, "BASELINE_1_2"]),
            st.sampled_from([None, ("ocid1.capacityreservation.oc1.iad.r1",)]),
        ),
        scaling=scalings,
        description=st.sampled_from(["", "one", "two"]),
        labels=st.sampled_from([(), (("team", "x"),), (("team", "y"), ("z", "1"))]),
        bandwidth=st.sampled_from([None, Bandwidth(10), Bandwidth(10, 20), Bandwidth(20)]),
        logs=st.builds(Logs, st.none() | log_refs, st.none() | log_refs),
        network=network,
        defined_tags=st.sampled_from([(), (("ns.cost", "1"),), (("ns.cost", "2"), ("ns.team", "x"))]),
    )


@st.composite
def specs(draw: st.DrawFn) -> tuple[Spec, ...]:
    found = []
    for name in sorted(draw(st.sets(NAMES, max_size=3))):
        content = draw(CONTENTS)
        configuration = draw(configurations(name, content, containers(variables)))
        rollout, policy = draw(rollouts), draw(policies)
        active = draw(st.sampled_from([True, True, False]))
        where = Location(f"{name}.yaml", 1, 1)
        plain = Spec(name, where, configuration, artifact(content), rollout, policy, active)
        one = draw(st.sampled_from([plain, plain, grouped(plain)]))
        found.append(with_sight(_of_image(one), draw(sights)))
    given_up = draw(st.permutations(sorted(set(ALL_NAMES) - {spec.name for spec in found})))
    return tuple(
        replace(spec, renamed_from=draw(st.sampled_from(["", old])))
        for spec, old in zip(found, (*given_up, "", ""), strict=False)
    )


def _of_image(spec: Spec) -> Spec:
    """The same, of a manifest that says so of its image."""
    container = spec.configuration.container
    repository, _, tag = container.image.rpartition(":")
    image = ImageRequest(repository, tag, container.digest)
    return replace(spec, image=image, needs=(ImageNeeds("m", "onnxruntime"),))


sights = st.sampled_from(
    [
        None,
        facts("one"),
        facts("two"),
        facts("one", composition=None),
        facts("one", Composition("2.51.0", ("python",), (), "")),
        NotLookedUp("it did not answer"),
        NoSuchImage("it has no such tag"),
    ]
)
"""What a registry may say of any image."""


def grouped(spec: Spec) -> Spec:
    """The same, as a deployment of a model group with one member."""
    members = (ModelGroupMember("m", spec.artifact),)
    whole = model_group_of(members)
    kind = DeploymentType.MODEL_GROUP
    configuration = replace(spec.configuration, artifact=whole.digest, kind=kind)
    return replace(spec, configuration=configuration, artifact=whole, members=members)


rollouts = st.builds(
    Rollout,
    downtime=st.sampled_from(Downtime),
    versions=st.sampled_from(VersionChange),
    model_group_update=st.sampled_from(ModelGroupUpdate),
)
policies = st.builds(
    Policy,
    paused=st.sampled_from([False, False, False, True]),
    protect=st.sampled_from([None, False, True]),
    prune=st.none() | st.sampled_from(Prune),
    ignore=st.sampled_from(
        [(), (), ("/spec/scaling",), ("/spec/server/env/AA", "/metadata/labels"), ("/spec/state",)]
    ),
)


STATES = [state for state in State if state is not State.UNKNOWN]
PLAIN_VARIABLES = st.dictionaries(st.sampled_from(["AA", "BB", "CC_TOKEN"]), st.sampled_from(["1", "s1"]))


@st.composite
def clouds(draw: st.DrawFn) -> MemoryCloud:
    project = draw(st.sampled_from([Project("ml", "project-1"), Project("ml", None, create=True)]))
    cloud = MemoryCloud(project=project, reads=draw(st.integers(1, 3)))
    if project.ocid is None:
        return cloud
    for content in sorted(draw(st.sets(CONTENTS))):
        digest, ocid = artifact(content).digest, f"ocid1.model.{content}"
        half = draw(st.booleans())
        owner = draw(st.sampled_from([OWNER, "other"]))
        cloud.models[ocid] = CatalogModel(
            ocid, "x", draw(st.booleans()), owner, "a", None if half else digest, digest if half else None
        )
        if not half or draw(st.booleans()):
            cloud.contents[ocid] = digest
    for content in sorted(draw(st.sets(CONTENTS))):
        digest, ocid = (
            model_group_of([ModelGroupMember("m", artifact(content))]).digest,
            f"ocid1.modelgroup.{content}",
        )
        active = draw(st.booleans())
        owner = draw(st.sampled_from([OWNER, "other"]))
        members = (f"ocid1.model.{content}",)
        cloud.models[ocid] = CatalogModel(ocid, "x", active, owner, "a", digest, None, True, members)
    for number in range(draw(st.integers(0, 4))):
        cloud.put(draw(deployments(cloud, number)))
    return cloud


@st.composite
def deployments(draw: st.DrawFn, cloud: MemoryCloud, number: int) -> Live:
    name = draw(NAMES)
    ours = draw(st.sampled_from(["ours", "ours", "ours", "foreign", "unowned"]))
    owner = {"ours": OWNER, "foreign": "other", "unowned": None}[ours]
    taken = any(live.marks.name == name and live.marks.owner == OWNER for live in cloud.deployments.values())
    state = draw(st.sampled_from(STATES)) if not taken else State.DELETED
    container = containers(PLAIN_VARIABLES)
    configuration = draw(configurations(name, draw(CONTENTS), container, live_networks))
    model = draw(st.sampled_from([*cloud.models, "ocid1.model.unknown"]))
    if model in cloud.models and cloud.models[model].is_model_group:
        configuration = replace(configuration, kind=DeploymentType.MODEL_GROUP)
    return Live(
        f"ocid1.deployment.start{number}",
        draw(st.sampled_from([name, "renamed"])),
        state,
        cloud._as_service(configuration),
        model,
        "project-1",
        draw(marks(owner, name)),
        configuration.kind,
        url=f"memory://{number}",
    )


@st.composite
def marks(draw: st.DrawFn, owner: str | None, name: str) -> Marks:
    if owner is None:
        return Marks()
    protect, prune = draw(st.sampled_from([False, False, True])), draw(st.sampled_from([*Prune, Prune.AUTO]))
    return Marks(
        owner,
        name,
        draw(st.sampled_from([None, "old"])),
        failed=draw(st.sampled_from([None, None, "another"])),
        protect=protect,
        prune=prune,
    )
