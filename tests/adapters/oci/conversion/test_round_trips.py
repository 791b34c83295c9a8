"""What we ask for and what we read back are one value, through the SDK's own (de)serialisation."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.oci.conversion.requests import update_details
from reconciler.core.model.configuration import (
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
    Scaling,
    ThresholdRule,
)
from reconciler.core.model.live import MARKS, Marks, State
from reconciler.core.model.spec import Prune
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deployment_updates import update_of
from tests.support.documents import MODEL, NO_MARKS, OCID, PROJECT, created, live, read, updated, wire

words = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
texts = st.text(min_size=1, max_size=20)
digests = words.map(lambda word: f"sha256:{word}")
counts = st.integers(1, 50)
containers = st.builds(
    Container,
    image=words.map(lambda word: f"iad.ocir.io/acme/{word}:1"),
    digest=st.none() | digests,
    command=st.lists(texts, max_size=3).map(tuple),
    entrypoint=st.lists(texts, max_size=2).map(tuple),
    port=st.integers(1024, 65535),
    health_port=st.integers(1024, 65535),
    environment=st.dictionaries(words, texts, max_size=3).map(lambda d: tuple(sorted(d.items()))),
)
instances = st.builds(
    Instance,
    shape=words,
    ocpus=st.none() | st.floats(1, 64),
    memory_gbs=st.none() | st.floats(6, 1024),
    cpu_baseline=st.none() | st.sampled_from(["BASELINE_1_1", "BASELINE_1_2", "BASELINE_1_8"]),
    reservations=st.none() | st.lists(words, max_size=2).map(tuple),
)
networks = (
    st.just(Network())
    | st.builds(Network, st.sampled_from([NetworkAccess.NO_INTERNET, NetworkAccess.INTERNET]))
    | st.builds(Network, st.just(NetworkAccess.CUSTOM), words, st.none() | words)
)
pendings = st.integers(180, 3600)
percents = st.integers(1, 100)
rules = st.builds(ThresholdRule, st.sampled_from(Metric), percents, percents, pendings) | st.builds(
    QueryRule, texts, texts, pendings
)
scalings = st.builds(FixedScaling, counts) | st.builds(
    Autoscaling,
    minimum=counts,
    maximum=counts,
    rule=rules,
    cool_down_seconds=st.integers(300, 3600),
    initial=st.none() | counts,
)
log_refs = st.none() | st.builds(LogRef, words, words)
pairs = st.dictionaries(words.filter(lambda word: word not in MARKS), texts, max_size=5)
configurations = st.builds(
    Configuration,
    name=texts,
    artifact=digests,
    container=containers,
    instance=instances,
    scaling=scalings,
    description=texts,
    labels=pairs.map(lambda found: tuple(sorted(found.items()))),
    bandwidth=st.none() | st.builds(Bandwidth, counts, st.none() | counts),
    logs=st.builds(Logs, log_refs, log_refs),
    network=networks,
    defined_tags=st.dictionaries(words, pairs, max_size=3).map(
        lambda found: tuple(
            sorted((f"{ns}.{key}", value) for ns, of in found.items() for key, value in of.items())
        )
    ),
    kind=st.sampled_from(DeploymentType),
)
marks = st.builds(Marks, *[st.none() | words] * 5, protect=st.booleans(), prune=st.sampled_from(Prune))


def as_read(wanted: Configuration, before: Configuration | None = None) -> Configuration:
    """What is read after this was asked for: what was left open is the service's choice, or as before."""
    network, instance, container = wanted.network, wanted.instance, wanted.container
    if network.access is None:
        network = before.network if before else Network(NetworkAccess.NO_INTERNET)
    if instance.reservations is None:
        instance = replace(instance, reservations=before.instance.reservations if before else ())
    if before and container.digest is None and container.image == before.container.image:
        container = replace(container, digest=before.container.digest)
    return replace(
        wanted,
        container=container,
        instance=instance,
        network=network,
        scaling=with_initial(wanted.scaling, before),
        logs=before.logs if before and wanted.logs == Logs() else wanted.logs,
    )


def with_initial(scaling: Scaling, before: Configuration | None) -> Scaling:
    if isinstance(scaling, FixedScaling) or scaling.initial is not None:
        return scaling
    now = before.scaling if before else scaling
    count = now.instances if isinstance(now, FixedScaling) else now.initial
    return replace(scaling, initial=min(max(count or scaling.minimum, scaling.minimum), scaling.maximum))


@given(configurations, marks)
def test_a_created_deployment_reads_back_as_it_was_asked_for(
    configuration: Configuration, marks: Marks
) -> None:
    found = live(created(configuration, marks), configuration.artifact)
    assert found.configuration == as_read(configuration)
    assert found.marks == marks
    assert (found.ocid, found.project_id, found.state) == (OCID, PROJECT, State.ACTIVE)
    assert (found.model_id, found.deployment_type) == (MODEL, configuration.kind)


@given(configurations, configurations)
def test_an_update_of_everything_reads_back_as_it_was_asked_for(
    before: Configuration, after: Configuration
) -> None:
    after = replace(after, kind=before.kind)
    document = created(before)
    body = wire(update_details(update_of("", list(OptionGroup), after, Marks("o")), MODEL, read(document)))
    found = live(updated(document, body), after.artifact)
    assert found.configuration == as_read(after, as_read(before))
    assert found.marks == Marks("o")


@given(configurations)
def test_what_was_read_can_be_asked_for_again(configuration: Configuration) -> None:
    """So that an update can be undone."""
    document = created(configuration)
    seen = live(document, "sha256:1").configuration
    assert seen is not None
    body = wire(update_details(update_of("", list(OptionGroup), seen, NO_MARKS), MODEL, read(document)))
    body["modelDeploymentConfigurationDetails"].pop("updateType", None)
    assert updated(document, body) == document
    assert live(updated(document, body), "sha256:1").configuration == seen
    assert live(created(seen), "sha256:1").configuration == seen


@given(configurations, st.sets(st.sampled_from(list(OptionGroup))))
def test_an_update_sends_the_groups_it_is_told_and_no_others(
    before: Configuration, groups: set[OptionGroup]
) -> None:
    body = wire(update_details(update_of("", groups, before, Marks("o")), "m", read(created(before))))
    named = {"displayName", "description", "freeformTags"}
    assert (named <= body.keys()) == (OptionGroup.METADATA in groups)
    assert ("categoryLogDetails" in body) == (OptionGroup.LOGS in groups and before.logs != Logs())
    configured = groups - {OptionGroup.METADATA, OptionGroup.LOGS, OptionGroup.STATE, OptionGroup.KIND}
    assert ("modelDeploymentConfigurationDetails" in body) == bool(configured)


@given(configurations)
def test_an_update_to_what_is_there_sends_back_what_came(configuration: Configuration) -> None:
    """With all that is not modelled: the service replaces nested objects whole."""
    document = created(configuration)
    details = document["modelDeploymentConfigurationDetails"]
    environment = details["environmentConfigurationDetails"]
    if configuration.kind is DeploymentType.SINGLE_MODEL:
        details["modelConfigurationDetails"]["modelArtifactSignatureId"] = "ocid1.signature.s"
    environment["customHttpEndpoints"] = [{"endpointUriSuffix": "v2/", "httpMethods": ["GET"]}]
    environment["predictApiSpecification"] = "openai"
    environment["imageSignatureId"] = "ocid1.signature.i"
    body = wire(
        update_details(update_of("", [OptionGroup.CORE], configuration, Marks()), MODEL, read(document))
    )
    body["modelDeploymentConfigurationDetails"].pop("updateType", None)
    assert body == {"modelDeploymentConfigurationDetails": details}
