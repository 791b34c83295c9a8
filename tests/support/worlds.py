"""Hypothesis strategies: manifests as specs, and clouds in any state that the service can be in."""

from hypothesis import strategies as st
from support.drive import OWNER, artifact
from support.memory import MemoryCloud

from reconciler.core.errors import Location
from reconciler.core.live import CatalogModel, Live, Marks, Project, State
from reconciler.core.spec import Downtime, Spec
from reconciler.core.values import (
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Secret,
)

NAMES = st.sampled_from(["a", "b", "c", "d"])
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
    st.builds(Autoscaling, st.integers(1, 2), st.integers(2, 4), st.just(70), st.sampled_from([20, 30])),
)


def containers(variable_values: st.SearchStrategy) -> st.SearchStrategy[Container]:
    return st.builds(
        Container,
        image=st.sampled_from(["iad.ocir.io/t/x:1", "iad.ocir.io/t/x:2"]),
        digest=st.sampled_from([None, "sha256:" + "a" * 64]),
        command=st.sampled_from([(), ("tritonserver",)]),
        port=st.sampled_from([8000, 8080]),
        environment=variable_values.map(lambda found: tuple(sorted(found.items()))),
    )


def configurations(
    name: str, content: str, container: st.SearchStrategy[Container]
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
        ),
        scaling=scalings,
        description=st.sampled_from(["", "one", "two"]),
        labels=st.sampled_from([(), (("team", "x"),), (("team", "y"), ("z", "1"))]),
        bandwidth=st.sampled_from([None, Bandwidth(10), Bandwidth(10, 20), Bandwidth(20)]),
        logs=st.builds(Logs, st.none() | log_refs, st.none() | log_refs),
    )


@st.composite
def specs(draw: st.DrawFn) -> tuple[Spec, ...]:
    found = []
    for name in sorted(draw(st.sets(NAMES, max_size=3))):
        content = draw(CONTENTS)
        configuration = draw(configurations(name, content, containers(variables)))
        downtime = draw(st.sampled_from(list(Downtime)))
        found.append(Spec(name, Location(f"{name}.yaml", 1, 1), configuration, artifact(content), downtime))
    return tuple(found)


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
    configuration = draw(configurations(name, draw(CONTENTS), containers(PLAIN_VARIABLES)))
    model = draw(st.sampled_from([*cloud.models, "ocid1.model.unknown"]))
    return Live(
        f"ocid1.deployment.start{number}",
        draw(st.sampled_from([name, "renamed"])),
        state,
        cloud._as_service(configuration),
        model,
        "project-1",
        Marks(owner, name if owner else None, draw(st.sampled_from([None, "old"])), None),
    )
