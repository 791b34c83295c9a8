"""What is made of the service's answers: of old ones, of sparse ones, and of kinds that are not ours."""

from typing import Any

import pytest

from reconciler.adapters.oci.conversion.container import container_of, new_environment
from reconciler.adapters.oci.conversion.live import catalog_model_of, group_of, live_of, state_of
from reconciler.core.model.configuration import (
    Configuration,
    Container,
    FixedScaling,
    Instance,
    Logs,
    Network,
    NetworkAccess,
)
from reconciler.core.model.live import State
from tests.support.documents import OCID, configuration_with, created, live, read


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


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Network(NetworkAccess.NO_INTERNET)),
        ({"subnetId": "s"}, Network(NetworkAccess.CUSTOM, "s")),
        (
            {"networkAccessType": "CUSTOM_NETWORKING", "subnetId": "s", "privateEndpointId": "p"},
            Network(NetworkAccess.CUSTOM, "s", "p"),
        ),
        (
            {"networkAccessType": "MANAGED_NETWORKING_INTERNET_ACCESS"},
            Network(NetworkAccess.INTERNET),
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


def test_how_many_instances_there_are_is_told_by_the_system_data() -> None:
    document = created(configuration_with())
    assert live(document).instances is None
    document["modelDeploymentSystemData"] = {"systemInfraType": "INSTANCE_POOL", "currentInstanceCount": 3}
    assert live(document).instances == 3


def test_what_one_that_is_being_created_does_not_have_yet() -> None:
    """As oracle/accelerated-data-science recorded it (tests/unitary/with_extras/aqua/test_deployment.py)."""
    document = created(configuration_with())
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    environment["imageDigest"] = None
    late = {"lifecycleState": "CREATING", "lifecycleDetails": None, "description": None}
    found = live(document | late | {"categoryLogDetails": None, "deploymentMode": "HTTPS_ONLY"})
    assert (found.state, found.details, found.instances) == (State.CREATING, "", None)
    assert found.configuration is not None
    assert found.configuration.container.digest is None
    assert found.configuration.logs == Logs()


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
        network=Network(NetworkAccess.NO_INTERNET),
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
    assert (found.owner, found.artifact, found.members, found.is_model_group) == (
        "o",
        "sha256:a",
        ("m1", "m2"),
        True,
    )
    assert (found.active, found.creating) == (active, creating)


def test_states() -> None:
    assert state_of("NEEDS_ATTENTION") is State.NEEDS_ATTENTION
    assert state_of("UNKNOWN_ENUM_VALUE") is state_of(None) is State.UNKNOWN


@pytest.mark.parametrize(
    ("told", "created_at"),
    [
        ({}, ""),
        ({"timeCreated": "2026-11-27T22:00:00.123Z"}, "2026-11-27T22:00:00.123Z"),
        ({"timeCreated": "2026-11-27T23:00:00+01:00"}, "2026-11-27T22:00:00.000Z"),
    ],
)
def test_when_it_was_created(told: dict[str, str], created_at: str) -> None:
    assert live({**created(configuration_with()), **told}).created == created_at
