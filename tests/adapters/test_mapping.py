"""What we ask for and what we read back are one value, through the SDK's own (de)serialisation."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import oci
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oci.data_science import models

from reconciler.adapters.oci_container import container_of, new_environment
from reconciler.adapters.oci_mapping import catalog_model_of, group_of, live_of, state_of
from reconciler.adapters.oci_requests import create_details, update_details
from reconciler.core.errors import Failed
from reconciler.core.fields import Group
from reconciler.core.live import MARKS, Live, Marks, State
from reconciler.core.spec import Prune
from reconciler.core.values import (
    Access,
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
    QueryRule,
    Scaling,
    Secret,
    ThresholdRule,
)

NO_MARKS = Marks()
CPU = ThresholdRule(Metric.CPU, 70, 30)
CLIENT = oci.base_client.BaseClient(
    "test",
    {"region": "us-ashburn-1"},
    oci.auth.signers.SecurityTokenSigner.__new__(oci.auth.signers.SecurityTokenSigner),
    models.data_science_type_mapping,
    service_endpoint="http://127.0.0.1:1",
)
PROJECT, COMPARTMENT, OCID, MODEL = (
    "ocid1.datascienceproject.p",
    "ocid1.compartment.c",
    "ocid1.datasciencemodeldeployment.d",
    "ocid1.datasciencemodel.m",
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
    cpu_baseline=st.none() | st.sampled_from(["BASELINE_1_1", "BASELINE_1_2", "BASELINE_1_8"]),
    reservations=st.none() | st.lists(words, max_size=2).map(tuple),
)
networks = (
    st.just(Network())
    | st.builds(Network, st.sampled_from([Access.NO_INTERNET, Access.INTERNET]))
    | st.builds(Network, st.just(Access.CUSTOM), words, st.none() | words)
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


def wire(body: object) -> dict[str, Any]:
    """What the SDK would send."""
    sent: dict[str, Any] = json.loads(json.dumps(CLIENT.sanitize_for_serialization(body)))
    return sent


def read(document: dict[str, Any], kind: str = "ModelDeployment") -> Any:
    """What the SDK would make of an answer."""
    return CLIENT.deserialize_response_data(json.dumps(document).encode(), kind)


def created(configuration: Configuration, marks: Marks = NO_MARKS, model: str = MODEL) -> dict[str, Any]:
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
    return live_of(read(document), {MODEL: digest} if digest else {})


def as_read(wanted: Configuration, before: Configuration | None = None) -> Configuration:
    """What is read after this was asked for: what was left open is the service's choice, or as before."""
    network, instance, container = wanted.network, wanted.instance, wanted.container
    if network.access is None:
        network = before.network if before else Network(Access.NO_INTERNET)
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
    body = wire(update_details(list(Group), after, MODEL, Marks("o"), read(document)))
    found = live(updated(document, body), after.artifact)
    assert found.configuration == as_read(after, as_read(before))
    assert found.marks == Marks("o")


@given(configurations)
def test_what_was_read_can_be_asked_for_again(configuration: Configuration) -> None:
    """So that an update can be undone."""
    document = created(configuration)
    seen = live(document, "sha256:1").configuration
    assert seen is not None
    body = wire(update_details(list(Group), seen, MODEL, NO_MARKS, read(document)))
    body["modelDeploymentConfigurationDetails"].pop("updateType", None)
    assert updated(document, body) == document
    assert live(updated(document, body), "sha256:1").configuration == seen
    assert live(created(seen), "sha256:1").configuration == seen


@given(configurations, st.sets(st.sampled_from(list(Group))))
def test_an_update_sends_the_groups_it_is_told_and_no_others(
    before: Configuration, groups: set[Group]
) -> None:
    body = wire(update_details(groups, before, "m", Marks("o"), read(created(before))))
    named = {"displayName", "description", "freeformTags"}
    assert (named <= body.keys()) == (Group.METADATA in groups)
    assert ("categoryLogDetails" in body) == (Group.LOGS in groups and before.logs != Logs())
    configured = groups - {Group.METADATA, Group.LOGS, Group.STATE, Group.KIND}
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
    body = wire(update_details([Group.CORE], configuration, MODEL, Marks(), read(document)))
    body["modelDeploymentConfigurationDetails"].pop("updateType", None)
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
    wanted = configuration_with(
        instance=Instance("VM.Standard.E5.Flex", 1.0, 8.0), network=Network(Access.CUSTOM, "ocid1.subnet.s")
    )
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
        wanted = configuration_with(scaling=Autoscaling(*limits, CPU))
        body = wire(update_details([Group.SCALING], wanted, "m", Marks(), read(created(before))))
        policy = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]["scalingPolicy"]
        assert policy["autoScalingPolicies"][0]["initialInstanceCount"] == expected


def test_an_image_without_a_tag_is_named_by_its_digest_and_read_back_as_it_was_asked_for() -> None:
    digest = "sha256:" + "a" * 64
    asked = Container("iad.ocir.io:443/acme/triton", digest=digest)
    sent = new_environment(asked)
    assert (sent.image, sent.image_digest) == (f"iad.ocir.io:443/acme/triton@{digest}", digest)
    assert (container_of(sent).image, container_of(sent).digest) == (asked.image, asked.digest)


def test_an_image_with_its_digest_is_taken_apart() -> None:
    document = created(configuration_with())
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    environment["image"] = "iad.ocir.io/acme/triton:1@sha256:abc"
    found = live(document).configuration
    assert found is not None
    assert (found.container.image, found.container.digest) == ("iad.ocir.io/acme/triton:1", "sha256:abc")


def scaling_document(**parts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document and the autoscaling policy in it."""
    document = created(configuration_with(scaling=Autoscaling(1, 2, CPU, **parts)))
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    return document, model["scalingPolicy"]


def test_autoscaling_as_it_goes_over_the_wire() -> None:
    _, policy = scaling_document(cool_down_seconds=600, initial=2)
    way = {"scalingConfigurationType": "THRESHOLD", "pendingDuration": "PT3M"}
    rule = {
        "metricExpressionRuleType": "PREDEFINED_EXPRESSION",
        "metricType": "CPU_UTILIZATION",
        "scaleOutConfiguration": {**way, "threshold": 70},
        "scaleInConfiguration": {**way, "threshold": 30},
    }
    counts = {"minimumInstanceCount": 1, "maximumInstanceCount": 2, "initialInstanceCount": 2}
    assert policy == {
        "policyType": "AUTOSCALING",
        "isEnabled": True,
        "coolDownInSeconds": 600,
        "autoScalingPolicies": [{"autoScalingPolicyType": "THRESHOLD", "rules": [rule], **counts}],
    }


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("PT3M", 180), ("PT180S", 180), ("PT1H", 3600), ("PT60M", 3600), ("PT1H30M", 5400), (None, 180)],
)
def test_pending_durations(duration: str | None, seconds: int) -> None:
    document, policy = scaling_document()
    for way in ("scaleOutConfiguration", "scaleInConfiguration"):
        policy["autoScalingPolicies"][0]["rules"][0][way]["pendingDuration"] = duration
    found = live(document).configuration
    assert found is not None
    assert isinstance(found.scaling, Autoscaling)
    assert found.scaling.rule == replace(CPU, pending_seconds=seconds)


def no_rule(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"] = []


def two_rules(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"] *= 2


def two_policies(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"] *= 2


def disabled(policy: dict[str, Any]) -> None:
    policy["isEnabled"] = False


def other_pending(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["scaleInConfiguration"]["pendingDuration"] = "PT5M"


def strange_pending(policy: dict[str, Any]) -> None:
    for way in ("scaleOutConfiguration", "scaleInConfiguration"):
        policy["autoScalingPolicies"][0]["rules"][0][way]["pendingDuration"] = "P1D"


def two_at_once(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["scaleOutConfiguration"]["instanceCountAdjustment"] = 2


def only_out(policy: dict[str, Any]) -> None:
    del policy["autoScalingPolicies"][0]["rules"][0]["scaleInConfiguration"]


def other_metric(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["metricType"] = "GPU_UTILIZATION"


def other_kind(policy: dict[str, Any]) -> None:
    policy["autoScalingPolicies"][0]["rules"][0]["metricExpressionRuleType"] = "GUESS"


@pytest.mark.parametrize(
    "change",
    [
        no_rule,
        two_rules,
        two_policies,
        disabled,
        other_pending,
        strange_pending,
        two_at_once,
        only_out,
        other_metric,
        other_kind,
    ],
)
def test_autoscaling_that_a_manifest_cannot_ask_for_always_differs(
    change: Callable[[dict[str, Any]], None],
) -> None:
    document, policy = scaling_document()
    change(policy)
    found = live(document).configuration
    assert found is not None
    assert found.scaling == Autoscaling(1, 2, None, initial=1)


def test_autoscaling_that_no_manifest_can_ask_for_is_kept_and_never_made_anew() -> None:
    document, policy = scaling_document()
    two_at_once(policy)
    seen = live(document).configuration
    assert seen is not None
    body = wire(update_details([Group.CORE], seen, MODEL, NO_MARKS, read(document)))
    model = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    assert model["scalingPolicy"] == policy
    with pytest.raises(Failed, match="no manifest can ask for it"):
        update_details([Group.SCALING], seen, MODEL, NO_MARKS, read(created(configuration_with())))


def test_one_instance_at_a_time_is_the_default_told() -> None:
    document, policy = scaling_document()
    policy["autoScalingPolicies"][0]["rules"][0]["scaleOutConfiguration"]["instanceCountAdjustment"] = 1
    found = live(document).configuration
    assert found is not None
    assert found.scaling == Autoscaling(1, 2, CPU, initial=1)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Network(Access.NO_INTERNET)),
        ({"subnetId": "s"}, Network(Access.CUSTOM, "s")),
        (
            {"networkAccessType": "CUSTOM_NETWORKING", "subnetId": "s", "privateEndpointId": "p"},
            Network(Access.CUSTOM, "s", "p"),
        ),
        (
            {"networkAccessType": "MANAGED_NETWORKING_INTERNET_ACCESS"},
            Network(Access.INTERNET),
        ),
        ({"networkAccessType": "QUANTUM_NETWORKING"}, Network(None)),
    ],
)
def test_networks(told: dict[str, str], expected: Network) -> None:
    document = created(configuration_with())
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    model["instanceConfiguration"] |= told
    found = live(document).configuration
    assert found is not None
    assert found.network == expected


def test_a_network_that_the_service_did_not_name_stays_unnamed() -> None:
    document = created(configuration_with())
    seen = live(document).configuration
    assert seen is not None
    wanted = replace(seen, instance=Instance("VM.Standard.E5.Flex", 1.0, 8.0, reservations=("r",)))
    body = wire(update_details([Group.CORE], wanted, MODEL, NO_MARKS, read(document)))
    model = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    shape = {"ocpus": 1.0, "memoryInGBs": 8.0}
    assert model["instanceConfiguration"] == {
        "instanceShapeName": "VM.Standard.E5.Flex",
        "modelDeploymentInstanceShapeConfigDetails": shape,
        "capacityReservationIds": ["r"],
    }


def test_reservations_are_taken_away_by_an_empty_list() -> None:
    document = created(configuration_with(instance=Instance("VM.Standard.E4.Flex", 1.0, 8.0, None, ("r",))))
    wanted = configuration_with(instance=Instance("VM.Standard.E4.Flex", 1.0, 8.0, None, ()))
    body = wire(update_details([Group.CORE], wanted, MODEL, NO_MARKS, read(document)))
    model = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    assert model["instanceConfiguration"]["capacityReservationIds"] == []


def test_defined_tags_are_sent_whole_and_values_that_are_no_text_stay_what_they_were() -> None:
    document = created(configuration_with())
    document["definedTags"] = {"Oracle-Tags": {"CreatedBy": "me"}, "cost": {"center": 42, "old": "1"}}
    tags = (("Oracle-Tags.CreatedBy", "me"), ("cost.center", "42"), ("cost.old", "2"), ("new.key", "v"))
    wanted = configuration_with(defined_tags=tags)
    body = wire(update_details([Group.METADATA], wanted, MODEL, NO_MARKS, read(document)))
    assert body["definedTags"] == {
        "Oracle-Tags": {"CreatedBy": "me"},
        "cost": {"center": 42, "old": "2"},
        "new": {"key": "v"},
    }
    found = live({**document, "definedTags": body["definedTags"]}).configuration
    assert found is not None
    assert found.defined_tags == tags


def test_without_defined_tags_none_are_named() -> None:
    document = created(configuration_with())
    body = wire(update_details([Group.METADATA], configuration_with(), MODEL, NO_MARKS, read(document)))
    assert "definedTags" not in document
    assert "definedTags" not in body


GROUP = configuration_with(kind=DeploymentType.MODEL_GROUP)


def test_another_group_while_it_serves() -> None:
    document = created(GROUP)
    body = wire(update_details([Group.MODELS], GROUP, "ocid1.group.2", NO_MARKS, read(document)))
    before = document["modelDeploymentConfigurationDetails"]
    after = {"modelGroupConfigurationDetails": {"modelGroupId": "ocid1.group.2"}, "updateType": "ZDT"}
    assert body == {"modelDeploymentConfigurationDetails": {**before, **after}}


def test_another_group_in_place_sends_nothing_but_the_group_and_what_may_ride_along() -> None:
    body = wire(
        update_details(
            [Group.METADATA, Group.MODELS],
            GROUP,
            "ocid1.group.2",
            Marks("o"),
            read(created(GROUP)),
            in_place=True,
        )
    )
    assert body == {
        "displayName": "vision",
        "description": "",
        "freeformTags": {"reconciler-owner": "o"},
        "modelDeploymentConfigurationDetails": {
            "deploymentType": "MODEL_GROUP",
            "updateType": "LIVE",
            "modelGroupConfigurationDetails": {"modelGroupId": "ocid1.group.2"},
        },
    }


def test_how_many_instances_there_are_is_told_by_the_system_data() -> None:
    document = created(configuration_with())
    assert live(document).instances is None
    document["modelDeploymentSystemData"] = {"systemInfraType": "INSTANCE_POOL", "currentInstanceCount": 3}
    assert live(document).instances == 3


def test_a_value_that_the_sdk_does_not_know_is_never_sent() -> None:
    """It would arrive as another one."""
    wanted = configuration_with(instance=Instance("VM.Standard.E4.Flex", 1.0, 8.0, "BASELINE_1_3"))
    with pytest.raises(Failed, match=r"creating vision: .* value of cpu_baseline"):
        create_details(wanted, MODEL, NO_MARKS, PROJECT, COMPARTMENT)


def test_a_signature_does_not_survive_another_image() -> None:
    document = created(configuration_with(container=Container("i:1", "sha256:1")))
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    environment |= {"imageSignatureId": "s", "predictApiSpecification": "openai"}
    after = configuration_with(container=Container("i:1", "sha256:2"))
    body = wire(update_details([Group.CONTAINER], after, MODEL, NO_MARKS, read(document)))
    sent = body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    assert "imageSignatureId" not in sent
    assert (sent["imageDigest"], sent["predictApiSpecification"]) == ("sha256:2", "openai")


def test_a_digest_that_was_left_to_the_service_is_not_looked_up_again() -> None:
    document = created(configuration_with(container=Container("i:1", "sha256:1")))
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    wanted = configuration_with(container=Container("i:1"), scaling=FixedScaling(2))
    body = wire(update_details([Group.CORE], wanted, MODEL, NO_MARKS, read(document)))
    assert body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"] == environment


def test_a_setting_newer_than_the_sdk_is_never_sent_back() -> None:
    document = created(configuration_with())
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    model["instanceConfiguration"]["networkAccessType"] = "QUANTUM_NETWORKING"
    with pytest.raises(Failed, match=r"network_access_type.*upgrade the SDK"):
        update_details([Group.CORE], configuration_with(), "m", Marks(), read(document))


@pytest.mark.parametrize(
    "details",
    [
        {"deploymentType": "MODEL_GROUP"},
        {"deploymentType": "MODEL_GROUP", "infrastructureConfigurationDetails": {"infrastructureType": "X"}},
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
        Instance("", reservations=()),
        FixedScaling(1),
        description=None,
        network=Network(Access.NO_INTERNET),
    )


def test_a_catalog_model_shows_its_marks() -> None:
    tags = {"reconciler-owner": "o", "reconciler-name": "n", "reconciler-artifact": "sha256:a", "team": "t"}
    summary = {"id": "m", "displayName": "d", "lifecycleState": "INACTIVE", "freeformTags": tags}
    found = catalog_model_of(read(summary, "ModelSummary"))
    assert (found.owner, found.name, found.artifact, found.publishing) == ("o", "n", "sha256:a", None)
    assert not found.active


@pytest.mark.parametrize(
    ("state", "active", "creating"),
    [("CREATING", False, True), ("ACTIVE", True, False), ("FAILED", False, False)],
)
def test_a_model_group_shows_its_marks_and_members(state: str, active: bool, creating: bool) -> None:
    tags = {"reconciler-owner": "o", "reconciler-name": "n", "reconciler-artifact": "sha256:a"}
    summary = {"id": "g", "displayName": "d", "lifecycleState": state, "freeformTags": tags}
    found = group_of(read(summary, "ModelGroupSummary"), ("m1", "m2"))
    assert (found.owner, found.artifact, found.members, found.group) == ("o", "sha256:a", ("m1", "m2"), True)
    assert (found.active, found.creating) == (active, creating)


def test_states() -> None:
    assert state_of("NEEDS_ATTENTION") is State.NEEDS_ATTENTION
    assert state_of("UNKNOWN_ENUM_VALUE") is state_of(None) is State.UNKNOWN
