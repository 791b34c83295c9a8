"""The emulator's own reading of which options may change together, on two documents and over HTTP.

Sources of each row: docs/service.md §3.3.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from oci.exceptions import ServiceError

from datascience_emulator.data_science.deployments.option_groups import changed_option_groups, refusal
from datascience_emulator.readings import Readings

CONFIG = "modelDeploymentConfigurationDetails"
READINGS = ("strict", "documented")
FIXED = {"policyType": "FIXED_SIZE", "instanceCount": 2}
AUTO = {"policyType": "AUTOSCALING", "autoScalingPolicies": [{"maximumInstanceCount": 3}]}


def pool() -> dict[str, Any]:
    size = {"ocpus": 1.0, "memoryInGBs": 16.0}
    instance = {
        "instanceShapeName": "VM.Standard.E4.Flex",
        "modelDeploymentInstanceShapeConfigDetails": size,
    }
    return {"instanceConfiguration": instance, "scalingPolicy": dict(FIXED), "bandwidthMbps": 10}


def single() -> dict[str, Any]:
    config = {
        "deploymentType": "SINGLE_MODEL",
        "modelConfigurationDetails": {"modelId": "a", **pool()},
        "environmentConfigurationDetails": {
            "environmentConfigurationType": "OCIR_CONTAINER",
            "image": "r/i:1",
        },
    }
    return {"displayName": "d", CONFIG: config}


def group() -> dict[str, Any]:
    config = {
        "deploymentType": "MODEL_GROUP",
        "modelGroupConfigurationDetails": {"modelGroupId": "a"},
        "infrastructureConfigurationDetails": {"infrastructureType": "INSTANCE_POOL", **pool()},
        "environmentConfigurationDetails": {
            "environmentConfigurationType": "OCIR_CONTAINER",
            "image": "r/i:1",
        },
    }
    return {"displayName": "d", CONFIG: config}


def part(document: dict[str, Any]) -> Any:
    config = document[CONFIG]
    return config.get("infrastructureConfigurationDetails") or config["modelConfigurationDetails"]


def instance(document: dict[str, Any]) -> Any:
    return part(document)["instanceConfiguration"]


def container(document: dict[str, Any]) -> Any:
    return document[CONFIG]["environmentConfigurationDetails"]


Edit = Callable[[dict[str, Any]], Any]
EDITS: dict[str, Edit] = {
    "meta": lambda d: d.update(displayName="e", description="x", freeformTags={"a": "b"}),
    "model": lambda d: d[CONFIG]["modelConfigurationDetails"].update(modelId="b"),
    "group": lambda d: d[CONFIG]["modelGroupConfigurationDetails"].update(modelGroupId="b"),
    "shape": lambda d: instance(d).update(instanceShapeName="VM.Standard.E3.Flex"),
    "size": lambda d: instance(d)["modelDeploymentInstanceShapeConfigDetails"].update(ocpus=2.0),
    "count": lambda d: part(d)["scalingPolicy"].update(instanceCount=3),
    "reservation": lambda d: instance(d).update(capacityReservationIds=["x"]),
    "scaling": lambda d: part(d).update(scalingPolicy=AUTO),
    "bandwidth": lambda d: part(d).update(bandwidthMbps=20, maximumBandwidthMbps=40),
    "logs": lambda d: d.update(categoryLogDetails={"access": {"logId": "l", "logGroupId": "g"}}),
    "variables": lambda d: container(d).update(environmentVariables={"A1": "x"}),
    "image": lambda d: container(d).update(image="r/i:2"),
    "subnet": lambda d: instance(d).update(subnetId="s"),
}
GROUPS = {
    "CORE": {"model", "shape", "size", "count", "reservation"},
    "MODEL_GROUP": {"group"},
    "SCALING": {"scaling"},
    "BANDWIDTH": {"bandwidth"},
    "LOGS": {"logs"},
    "ENVIRONMENT": {"variables", "image"},
    "NETWORK": {"subnet"},
}


def of(name: str) -> str:
    return next(group for group, names in GROUPS.items() if name in names)


def edited(document: dict[str, Any], *names: str) -> dict[str, Any]:
    new = deepcopy(document)
    for name in names:
        EDITS[name](new)
    return new


def pairs(document: dict[str, Any]) -> list[tuple[str, str]]:
    absent = "group" if document == single() else "model"
    names = [name for name in EDITS if name not in ("meta", absent)]
    # One scaling policy cannot be changed in two ways.
    return [(a, b) for a in names for b in names if a < b and {a, b} != {"count", "scaling"}]


@pytest.mark.parametrize("document", [single(), group()], ids=["single", "group"])
@pytest.mark.parametrize("reading", READINGS)
def test_every_pair_of_options(document: dict[str, Any], reading: str) -> None:
    for first, second in pairs(document):
        groups = {of(first), of(second)}
        legal = len(groups) == 1 or (reading == "documented" and groups == {"CORE", "ENVIRONMENT"})
        found = refusal(document, edited(document, first, second, "meta"), reading)
        assert (found is None) == legal, (first, second, found)


DEFAULTS: dict[str, Edit] = {
    "network": lambda d: instance(d).update(networkAccessType="MANAGED_NETWORKING_NO_INTERNET_ACCESS"),
    "baseline": lambda d: instance(d)["modelDeploymentInstanceShapeConfigDetails"].update(
        cpuBaseline="BASELINE_1_1"
    ),
    "cool-down": lambda d: part(d)["scalingPolicy"].update(coolDownInSeconds=300),
    "command": lambda d: container(d).update(cmd=[], entrypoint=[]),
    "variables": lambda d: container(d).update(environmentVariables={}),
    "endpoints": lambda d: container(d).update(customHttpEndpoints=[], predictApiSpecification=""),
    "ports": lambda d: container(d).update(serverPort=8080, healthCheckPort=8080),
    "reservations": lambda d: instance(d).update(capacityReservationIds=[]),
    "logs": lambda d: d.update(categoryLogDetails={}),
    "tags": lambda d: d.update(freeformTags={}, definedTags={}, description=""),
}


@pytest.mark.parametrize("document", [single(), group()], ids=["single", "group"])
@pytest.mark.parametrize("name", DEFAULTS)
def test_to_state_a_default_or_to_leave_it_out_changes_nothing(document: dict[str, Any], name: str) -> None:
    document = deepcopy(document)
    if name == "cool-down":
        part(document)["scalingPolicy"] = deepcopy(AUTO)
    stated = deepcopy(document)
    DEFAULTS[name](stated)
    for old, new in ((document, stated), (stated, document)):
        assert changed_option_groups(old, new) == set()
        assert refusal(old, edited(new, "image"), "strict") is None
    part(stated)["scalingPolicy"]["coolDownInSeconds"] = 600
    instance(stated)["networkAccessType"] = "MANAGED_NETWORKING_INTERNET_ACCESS"
    instance(stated)["modelDeploymentInstanceShapeConfigDetails"]["cpuBaseline"] = "BASELINE_1_8"
    assert len(changed_option_groups(document, stated)) >= 2


def test_defaults_of_rules_and_of_environments() -> None:
    old, new = edited(single(), "scaling"), edited(single(), "scaling")
    for document, duration in ((old, {}), (new, {"pendingDuration": "PT3M"})):
        rule = {
            "scaleInConfiguration": {"threshold": 20, **duration},
            "scaleOutConfiguration": {"threshold": 80},
        }
        part(document)["scalingPolicy"]["autoScalingPolicies"] = [{"rules": [rule]}]
    assert changed_option_groups(old, new) == set()
    new = deepcopy(old := single())
    del old[CONFIG]["environmentConfigurationDetails"]
    new[CONFIG]["environmentConfigurationDetails"] = {"environmentConfigurationType": "DEFAULT"}
    assert changed_option_groups(old, new) == set()


def test_an_empty_variable_is_one() -> None:
    new = single()
    container(new)["environmentVariables"] = {"A1": ""}
    assert changed_option_groups(single(), new) == {"container and environment"}


def test_networking_is_custom_where_there_is_a_subnet() -> None:
    custom = edited(single(), "subnet")
    stated = deepcopy(custom)
    instance(stated)["networkAccessType"] = "CUSTOM_NETWORKING"
    assert changed_option_groups(custom, stated) == set()
    assert changed_option_groups(single(), stated) == {"networking"}


@pytest.mark.parametrize("reading", READINGS)
def test_the_refusal_names_the_groups(reading: str) -> None:
    assert refusal(single(), edited(single(), "bandwidth", "logs"), reading) == (
        "These option groups cannot be changed together while the model deployment is active: bandwidth; "
        "logs. Change them one at a time, or deactivate the model deployment first."
    )


def test_a_third_group_is_too_many_for_the_documented_reading() -> None:
    new = edited(single(), "model", "image", "bandwidth")
    assert refusal(single(), edited(single(), "model", "image", "count", "meta"), "documented") is None
    assert "bandwidth; container and environment; model" in str(refusal(single(), new, "documented"))


@pytest.mark.parametrize("reading", READINGS)
def test_the_kind_of_deployment_and_custom_networking_stay(reading: str) -> None:
    assert refusal(single(), group(), reading) == (
        "The deploymentType of a model deployment cannot be changed: it is SINGLE_MODEL."
    )
    for document in (single(), group()):
        custom = edited(document, "subnet")
        assert (
            refusal(custom, document, reading) == "Custom networking cannot be changed to default networking."
        )


@pytest.mark.parametrize("reading", READINGS)
def test_live_is_for_another_model_group_alone(reading: str) -> None:
    assert refusal(group(), edited(group(), "group", "meta"), reading, live=True) is None
    for names in ((), ("meta",), ("variables",)):
        assert refusal(group(), edited(group(), *names), reading, live=True) == (
            "The updateType LIVE can only be used if the modelGroupId has been changed."
        )
    assert refusal(group(), edited(group(), "group", "variables"), reading, live=True) == (
        "An update of updateType LIVE changes the model group in place, and name, description and tags; not "
        "container and environment. Leave that out, or use ZDT."
    )


def test_the_emulator_follows_the_reading_it_was_started_with(start: Any) -> None:
    both = {"variables": {"LEVEL": "2"}, "instances": 2}
    strict = start()
    deployment = strict.deploy(triton=False)
    with pytest.raises(ServiceError) as refused:
        strict.update(deployment, triton=False, **both)
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")
    assert refused.value.message == (
        "These option groups cannot be changed together while the model deployment is active: container and "
        "environment; model, compute shape and fixed instance count. Change them one at a time, or "
        "deactivate the model deployment first."
    )
    strict.close()
    documented = start(readings=Readings(update_groups="documented"))
    assert documented.finished(documented.update(deployment, triton=False, **both)).status == "SUCCEEDED"
    with pytest.raises(ServiceError, match="bandwidth; container and environment") as refused:
        documented.update(deployment, triton=False, bandwidth=20)
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")
