"""What an update sends: what was asked for, what has to stay as it is, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from reconciler.adapters.oci.conversion.requests import UNKNOWN, create_details, update_details
from reconciler.core.model.configuration import (
    Configuration,
    Container,
    DeploymentType,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Network,
    NetworkAccess,
    Secret,
)
from reconciler.core.model.errors import Failed
from reconciler.core.model.live import Marks
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deployment_updates import update_of
from tests.support.documents import (
    COMPARTMENT,
    MODEL,
    NO_MARKS,
    PROJECT,
    configuration_with,
    created,
    live,
    read,
    updated,
    wire,
)


def test_a_network_survives_another_shape_and_a_signature_does_not_survive_another_model() -> None:
    document = created(configuration_with())
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    model["instanceConfiguration"]["subnetId"] = "ocid1.subnet.s"
    model["modelArtifactSignatureId"] = "ocid1.signature.s"
    wanted = configuration_with(
        instance=Instance("VM.Standard.E5.Flex", 1.0, 8.0),
        network=Network(NetworkAccess.CUSTOM, "ocid1.subnet.s"),
    )
    body = wire(update_details(update_of("", [OptionGroup.CORE], wanted, Marks()), "other", read(document)))
    sent = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    assert sent["instanceConfiguration"]["subnetId"] == "ocid1.subnet.s"
    assert sent["instanceConfiguration"]["instanceShapeName"] == "VM.Standard.E5.Flex"
    assert sent["modelId"] == "other"
    assert "modelArtifactSignatureId" not in sent


def test_a_new_image_without_a_digest_has_the_service_look_it_up() -> None:
    before = configuration_with(container=Container("iad.ocir.io/acme/triton:1", "sha256:1"))
    after = configuration_with(container=Container("iad.ocir.io/acme/triton:2"))
    body = wire(
        update_details(update_of("", [OptionGroup.CONTAINER], after, Marks()), "m", read(created(before)))
    )
    environment = body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    assert (environment["image"], environment["imageDigest"]) == ("iad.ocir.io/acme/triton:2", "")


def test_secrets_are_revealed_in_requests_only() -> None:
    secret = Secret("env:TOKEN", "s3cret")
    wanted = configuration_with(container=Container("image:1", environment=(("TOKEN", secret),)))
    document = created(wanted)
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    assert environment["environmentVariables"] == {"TOKEN": "s3cret"}
    body = wire(update_details(update_of("", [OptionGroup.CORE], wanted, Marks()), "m", read(document)))
    assert body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"] == environment
    assert "s3cret" not in repr(wanted)


def test_a_network_that_the_service_did_not_name_stays_unnamed() -> None:
    document = created(configuration_with())
    seen = live(document).configuration
    assert seen is not None
    wanted = replace(seen, instance=Instance("VM.Standard.E5.Flex", 1.0, 8.0, reservations=("r",)))
    body = wire(update_details(update_of("", [OptionGroup.CORE], wanted, NO_MARKS), MODEL, read(document)))
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
    body = wire(update_details(update_of("", [OptionGroup.CORE], wanted, NO_MARKS), MODEL, read(document)))
    model = body["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    assert model["instanceConfiguration"]["capacityReservationIds"] == []


def test_defined_tags_are_sent_whole_and_values_that_are_no_text_stay_what_they_were() -> None:
    document = created(configuration_with())
    document["definedTags"] = {"Oracle-Tags": {"CreatedBy": "me"}, "cost": {"center": 42, "old": "1"}}
    tags = (("Oracle-Tags.CreatedBy", "me"), ("cost.center", "42"), ("cost.old", "2"), ("new.key", "v"))
    wanted = configuration_with(defined_tags=tags)
    body = wire(
        update_details(update_of("", [OptionGroup.METADATA], wanted, NO_MARKS), MODEL, read(document))
    )
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
    body = wire(
        update_details(
            update_of("", [OptionGroup.METADATA], configuration_with(), NO_MARKS), MODEL, read(document)
        )
    )
    assert "definedTags" not in document
    assert "definedTags" not in body


GROUP = configuration_with(kind=DeploymentType.MODEL_GROUP)


def test_another_group_while_it_serves() -> None:
    document = created(GROUP)
    body = wire(
        update_details(update_of("", [OptionGroup.MODELS], GROUP, NO_MARKS), "ocid1.group.2", read(document))
    )
    before = document["modelDeploymentConfigurationDetails"]
    after = {"modelGroupConfigurationDetails": {"modelGroupId": "ocid1.group.2"}, "updateType": "ZDT"}
    assert body == {"modelDeploymentConfigurationDetails": {**before, **after}}


def test_another_group_in_place_sends_nothing_but_the_group_and_what_may_ride_along() -> None:
    body = wire(
        update_details(
            update_of("", [OptionGroup.METADATA, OptionGroup.MODELS], GROUP, Marks("o"), in_place=True),
            "ocid1.group.2",
            read(created(GROUP)),
        )
    )
    assert body == {
        "displayName": "vision",
        "freeformTags": {"reconciler-owner": "o"},
        "modelDeploymentConfigurationDetails": {
            "deploymentType": "MODEL_GROUP",
            "updateType": "LIVE",
            "modelGroupConfigurationDetails": {"modelGroupId": "ocid1.group.2"},
        },
    }


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
    body = wire(
        update_details(update_of("", [OptionGroup.CONTAINER], after, NO_MARKS), MODEL, read(document))
    )
    sent = body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    assert "imageSignatureId" not in sent
    assert (sent["imageDigest"], sent["predictApiSpecification"]) == ("sha256:2", "openai")


def test_a_digest_that_was_left_to_the_service_is_not_looked_up_again() -> None:
    document = created(configuration_with(container=Container("i:1", "sha256:1")))
    environment = document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]
    wanted = configuration_with(container=Container("i:1"), scaling=FixedScaling(2))
    body = wire(update_details(update_of("", [OptionGroup.CORE], wanted, NO_MARKS), MODEL, read(document)))
    assert body["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"] == environment


def test_a_setting_newer_than_the_sdk_is_never_sent_back() -> None:
    document = created(configuration_with())
    model = document["modelDeploymentConfigurationDetails"]["modelConfigurationDetails"]
    model["instanceConfiguration"]["networkAccessType"] = "QUANTUM_NETWORKING"
    with pytest.raises(Failed, match=r"network_access_type.*upgrade the SDK"):
        update_details(update_of("", [OptionGroup.CORE], configuration_with(), Marks()), "m", read(document))


def test_a_text_that_reads_like_an_unknown_setting_is_a_text() -> None:
    text = UNKNOWN
    container = Container("i:1", command=(text,), environment=(("A", text),))
    logs = Logs(LogRef(text, text), None)
    wanted = configuration_with(
        name=text, description=text, labels=(("team", text),), container=container, logs=logs
    )
    document = created(wanted)
    assert as_wanted(document) == wanted
    again = wire(
        update_details(
            update_of("", list(OptionGroup), wanted, NO_MARKS), MODEL, read(created(configuration_with()))
        )
    )
    assert as_wanted(updated(document, again)) == wanted


def as_wanted(document: dict[str, Any]) -> Configuration | None:
    """What is read, without the service's choice of a network."""
    found = live(document).configuration
    return found and replace(found, network=Network(), instance=replace(found.instance, reservations=None))
