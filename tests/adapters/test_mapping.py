"""What we ask for and what we read back are one value, through the SDK's own (de)serialisation."""

import json
from typing import Any

import oci
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oci.data_science import models

from reconciler.adapters.oci_mapping import catalog_model_of, live_of, state_of
from reconciler.adapters.oci_requests import create_details, update_details
from reconciler.core.errors import Failed
from reconciler.core.fields import Group
from reconciler.core.live import MARKS, Live, Marks, State
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

NO_MARKS = Marks()
CLIENT = oci.base_client.BaseClient(
    "test",
    {"region": "us-ashburn-1"},
    oci.auth.signers.SecurityTokenSigner.__new__(oci.auth.signers.SecurityTokenSigner),
    models.data_science_type_mapping,
    service_endpoint="http://127.0.0.1:1",
)
PROJECT, COMPARTMENT, OCID = (
    "ocid1.datascienceproject.p",
    "ocid1.compartment.c",
    "ocid1.datasciencemodeldeployment.d",
)

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
)
scalings = st.builds(FixedScaling, counts) | st.builds(
    Autoscaling,
    minimum=counts,
    maximum=counts,
    scale_out_percent=st.integers(1, 100),
    scale_in_percent=st.integers(1, 100),
    cool_down_seconds=st.integers(300, 3600),
)
log_refs = st.none() | st.builds(LogRef, words, words)
configurations = st.builds(
    Configuration,
    name=texts,
    artifact=digests,
    container=containers,
    instance=instances,
    scaling=scalings,
    description=texts,
    labels=st.dictionaries(words.filter(lambda word: word not in MARKS), texts, max_size=5).map(
        lambda d: tuple(sorted(d.items()))
    ),
    bandwidth=st.none() | st.builds(Bandwidth, counts, st.none() | counts),
    logs=st.builds(Logs, log_refs, log_refs),
)
marks = st.builds(Marks, *[st.none() | words] * 4)


def wire(body: object) -> dict[str, Any]:
    """What the SDK would send."""
    sent: dict[str, Any] = json.loads(json.dumps(CLIENT.sanitize_for_serialization(body)))
    return sent


def read(document: dict[str, Any], kind: str = "ModelDeployment") -> Any:
    """What the SDK would make of an answer."""
    return CLIENT.deserialize_response_data(json.dumps(document).encode(), kind)


def created(
    configuration: Configuration, marks: Marks = NO_MARKS, model: str = "ocid1.datasciencemodel.m"
) -> dict[str, Any]:
    body = wire(create_details(configuration, model, marks, PROJECT, COMPARTMENT))
    return {**body, "id": OCID, "lifecycleState": "ACTIVE", "modelDeploymentUrl": f"https://md/{OCID}"}


def updated(document: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """As the service does it: top-level fields replaced whole, an empty digest looked up."""
    environment = body.get("modelDeploymentConfigurationDetails", {}).get(
        "environmentConfigurationDetails", {}
    )
    if environment.get("imageDigest") == "":
        del environment["imageDigest"]
    return {**document, **body}


def live(document: dict[str, Any], digest: str | None = None) -> Live:
    found = live_of(read(document), {"ocid1.datasciencemodel.m": digest} if digest else {})
    return found


@given(configurations, marks)
def test_a_created_deployment_reads_back_as_it_was_asked_for(
    configuration: Configuration, marks: Marks
) -> None:
    found = live(created(configuration, marks), configuration.artifact)
    assert found.configuration == configuration
    assert found.marks == marks
    assert (found.ocid, found.project_id, found.state) == (OCID, PROJECT, State.ACTIVE)
    assert found.model_id == "ocid1.datasciencemodel.m"


@given(configurations, configurations)
def test_an_update_of_everything_reads_back_as_it_was_asked_for(
    before: Configuration, after: Configuration
) -> None:
    document = created(before)
    body = wire(update_details(list(Group), after, "ocid1.datasciencemodel.m", Marks("o"), read(document)))
    found = live(updated(document, body), after.artifact)
    kept_logs = before.logs if after.logs == Logs() else after.logs
    expected = Configuration(
        after.name,
        after.artifact,
        after.container,
        after.instance,
        after.scaling,
        after.description,
        after.labels,
        after.bandwidth,
        kept_logs,
    )
    assert found.configuration == expected
    assert found.marks == Marks("o")


@given(configurations, st.sets(st.sampled_from(list(Group))))
def test_an_update_sends_the_groups_it_is_told_and_no_others(
    before: Configuration, groups: set[Group]
) -> None:
    body = wire(update_details(groups, before, "m", Marks("o"), read(created(before))))
    named = {"displayName", "description", "freeformTags"}
    assert (named <= body.keys()) == (Group.METADATA in groups)
    assert ("categoryLogDetails" in body) == (Group.LOGS in groups and before.logs != Logs())
    configured = groups & {Group.BANDWIDTH, Group.SCALING, Group.CONTAINER, Group.CORE}
    assert ("modelDeploymentConfigurationDetails" in body) == bool(configured)


@given(configurations)
def test_an_update_to_what_is_there_sends_back_what_came(configuration: Configuration) -> None:
    """With all that is not modelled: the service replaces nested objects whole."""
    document = created(configuration)
    details = document["modelDeploymentConfigurationDetails"]
    model, environment = details["modelConfigurationDetails"], details["environmentConfigurationDetails"]
    model["instanceConfiguration"] |= {"subnetId": "ocid1.subnet.s", "networkAccessType": "CUSTOM_NETWORKING"}
    model["modelArtifactSignatureId"] = "ocid1.signature.s"
    environment["customHttpEndpoints"] = [{"endpointUriSuffix": "v2/", "httpMethods": ["GET"]}]
    environment["predictApiSpecification"] = "openai"
    body = wire(
        update_details([Group.CORE], configuration, "ocid1.datasciencemodel.m", Marks(), read(document))
    )
    assert body == {"modelDeploymentConfigurationDetails": details}


def configuration_with(**parts: Any) -> Configuration:
    defaults: dict[str, Any] = {
        "name": "vision",
        "artifact": None,
        "container": Container("iad.ocir.io/acme/triton:1"),
        "instance": Instance("VM.Standard.E4.Flex", 2.0, 16.0),
        "scaling": FixedScaling(1),
    }
    return Configuration(**{**defaults, **parts})


def test_a_network_survives_another_shape_and_a_signature_does_not_survive_another_model() -> None:
    document = created(configuration_with())
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    model["instanceConfiguration"]["subnetId"] = "ocid1.subnet.s"
    model["modelArtifactSignatureId"] = "ocid1.signature.s"
    wanted = configuration_with(instance=Instance("VM.Standard.E5.Flex", 1.0, 8.0))
    body = wire(update_details([Group.CORE], wanted, "other", Marks(), read(document)))
    sent = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    assert sent["instanceConfiguration"]["subnetId"] == "ocid1.subnet.s"
    assert sent["instanceConfiguration"]["instanceShapeName"] == "VM.Standard.E5.Flex"
    assert sent["modelId"] == "other"
    assert "modelArtifactSignatureId" not in sent


def test_a_new_image_without_a_digest_has_the_service_look_it_up() -> None:
    before = configuration_with(container=Container("iad.ocir.io/acme/triton:1", "sha256:1"))
    after = configuration_with(container=Container("iad.ocir.io/acme/triton:2"))
    body = wire(update_details([Group.CONTAINER], after, "m", Marks(), read(created(before))))
    environment = body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    assert (environment["image"], environment["imageDigest"]) == ("iad.ocir.io/acme/triton:2", "")


def test_secrets_are_revealed_in_requests_only() -> None:
    secret = Secret("env:TOKEN", "s3cret")
    wanted = configuration_with(container=Container("image:1", environment=(("TOKEN", secret),)))
    document = created(wanted)
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    assert environment["environmentVariables"] == {"TOKEN": "s3cret"}
    body = wire(update_details([Group.CORE], wanted, "m", Marks(), read(document)))
    assert body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"] == environment
    assert "s3cret" not in repr(wanted)


def test_the_initial_instance_count_stays_while_the_limits_allow_it() -> None:
    """Changing it would reset the number of instances."""
    before = configuration_with(scaling=FixedScaling(3))
    for limits, expected in [((1, 5), 3), ((4, 5), 4), ((1, 2), 2)]:
        wanted = configuration_with(scaling=Autoscaling(*limits, 70, 30))
        body = wire(update_details([Group.SCALING], wanted, "m", Marks(), read(created(before))))
        policy = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]["scalingPolicy"]
        assert policy["autoScalingPolicies"][0]["initialInstanceCount"] == expected


def test_an_image_with_its_digest_is_taken_apart() -> None:
    document = created(configuration_with())
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    environment["image"] = "iad.ocir.io/acme/triton:1@sha256:abc"
    found = live(document).configuration
    assert found is not None
    assert (found.container.image, found.container.digest) == ("iad.ocir.io/acme/triton:1", "sha256:abc")


@pytest.mark.parametrize("metric", ["MEMORY_UTILIZATION", "CPU_UTILIZATION"])
def test_autoscaling_that_a_manifest_cannot_ask_for_always_differs(metric: str) -> None:
    document = created(configuration_with(scaling=Autoscaling(1, 2, 70, 30)))
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    model["scalingPolicy"]["autoScalingPolicies"][0]["rules"][0]["metricType"] = metric
    found = live(document).configuration
    assert found is not None
    assert (found.scaling == Autoscaling(1, 2, 70, 30)) == (metric == "CPU_UTILIZATION")


def test_a_setting_newer_than_the_sdk_is_never_sent_back() -> None:
    document = created(configuration_with())
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    model["instanceConfiguration"]["networkAccessType"] = "QUANTUM_NETWORKING"
    with pytest.raises(Failed, match="Upgrade it"):
        update_details([Group.CORE], configuration_with(), "m", Marks(), read(document))


@pytest.mark.parametrize(
    "details",
    [
        {"deploymentType": "MODEL_GROUP"},
        {"deploymentType": "SOMETHING_NEW"},
        {
            "deploymentType": "SINGLE_MODEL",
            "modelConfigurationDetails": {"modelId": "m"},
            "environmentConfigurationDetails": {"environmentConfigurationType": "DEFAULT"},
        },
    ],
)
def test_kinds_that_are_not_ours_have_no_configuration(details: dict[str, Any]) -> None:
    found = live({"id": OCID, "displayName": "x", "modelDeploymentConfigurationDetails": details})
    assert found.configuration is None
    assert found.state is State.UNKNOWN


def test_the_least_that_the_service_may_tell_is_enough() -> None:
    details = {
        "deploymentType": "SINGLE_MODEL",
        "modelConfigurationDetails": {"modelId": "m"},
        "environmentConfigurationDetails": {"environmentConfigurationType": "OCIR_CONTAINER", "image": "i:1"},
    }
    document = {"id": OCID, "lifecycleState": "FAILED", "modelDeploymentConfigurationDetails": details}
    found = live_of(read(document, "ModelDeploymentSummary"), {})
    assert found.configuration == Configuration(
        "",
        None,
        Container("i:1", port=8080, health_port=8080),
        Instance(""),
        FixedScaling(1),
        description=None,
    )


def test_a_catalog_model_shows_its_marks() -> None:
    tags = {"reconciler-owner": "o", "reconciler-name": "n", "reconciler-artifact": "sha256:a", "team": "t"}
    summary = {"id": "m", "displayName": "d", "lifecycleState": "INACTIVE", "freeformTags": tags}
    found = catalog_model_of(read(summary, "ModelSummary"))
    assert (found.owner, found.name, found.artifact, found.publishing) == ("o", "n", "sha256:a", None)
    assert not found.active


def test_states() -> None:
    assert state_of("NEEDS_ATTENTION") is State.NEEDS_ATTENTION
    assert state_of("UNKNOWN_ENUM_VALUE") is state_of(None) is State.UNKNOWN
