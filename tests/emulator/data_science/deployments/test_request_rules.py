"""What requests may contain, and which parts of a deployment may change together."""

from typing import Any

import oci
import pytest
from oci.data_science import models as m
from oci.exceptions import ServiceError

OTHER_SHAPE = "VM.Standard.E3.Flex"
DIGEST = "sha256:" + "0" * 64


def autoscaling(maximum: int = 3) -> Any:
    threshold = m.PredefinedExpressionThresholdScalingConfiguration(threshold=50)
    rule = m.PredefinedMetricExpressionRule(
        metric_type="CPU_UTILIZATION", scale_in_configuration=threshold, scale_out_configuration=threshold
    )
    policy = m.ThresholdBasedAutoScalingPolicyDetails(
        rules=[rule], minimum_instance_count=1, initial_instance_count=1, maximum_instance_count=maximum
    )
    return m.AutoScalingPolicy(auto_scaling_policies=[policy])


@pytest.fixture
def idle(emulator: Any) -> str:
    """An active deployment that runs no servers."""
    return str(emulator.deploy(triton=False))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"shape": OTHER_SHAPE, "ocpus": 2, "memory": 32, "instances": 2},
        {"bandwidth": 20},
        {"variables": {"LEVEL": "2"}},
        {"image_digest": DIGEST, "cmd": ["serve"]},
        {"scaling": autoscaling()},
        {"subnet": "ocid1.subnet.oc1.iad.a"},
    ],
)
@pytest.mark.shows("unchanged-update", "same-fields")
def test_one_group_at_a_time_is_allowed(emulator: Any, idle: str, changes: Any) -> None:
    work = emulator.finished(emulator.update(idle, triton=False, **changes))
    assert work.status == "SUCCEEDED"
    assert emulator.client.get_model_deployment(idle).data.lifecycle_state == "ACTIVE"


@pytest.mark.parametrize(
    "changes",
    [
        {"bandwidth": 20, "instances": 2},
        {"variables": {"LEVEL": "2"}, "instances": 2},
        {"variables": {"LEVEL": "2"}, "bandwidth": 20},
        {"scaling": autoscaling(), "shape": OTHER_SHAPE},
        {"subnet": "ocid1.subnet.oc1.iad.a", "shape": OTHER_SHAPE},
    ],
)
@pytest.mark.shows("inactive-edit")
def test_two_groups_need_an_inactive_deployment(emulator: Any, idle: str, changes: Any) -> None:
    before = emulator.raw("GET", f"/modelDeployments/{idle}").json()
    with pytest.raises(ServiceError) as refused:
        emulator.update(idle, triton=False, **changes)
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")
    assert emulator.raw("GET", f"/modelDeployments/{idle}").json() == before
    emulator.finished(emulator.client.deactivate_model_deployment(idle))
    assert emulator.finished(emulator.update(idle, triton=False, **changes)).status == "SUCCEEDED"
    assert emulator.client.get_model_deployment(idle).data.lifecycle_state == "INACTIVE"


@pytest.mark.shows("meta-with-all")
def test_name_and_tags_go_with_anything_and_logs_go_alone(emulator: Any, idle: str) -> None:
    log = m.LogDetails(log_id="ocid1.log.oc1.iad.a", log_group_id="ocid1.loggroup.oc1.iad.a")
    logs = m.UpdateCategoryLogDetails(predict=log)
    details = m.UpdateModelDeploymentDetails(
        display_name="new", freeform_tags={"a": "b"}, category_log_details=logs
    )
    emulator.finished(emulator.client.update_model_deployment(idle, details))
    found = emulator.client.get_model_deployment(idle).data
    assert (found.display_name, found.freeform_tags) == ("new", {"a": "b"})
    assert found.category_log_details.predict.log_id == "ocid1.log.oc1.iad.a"


def test_custom_networking_stays(emulator: Any, idle: str) -> None:
    emulator.finished(emulator.update(idle, triton=False, subnet="ocid1.subnet.oc1.iad.a"))
    emulator.finished(emulator.client.deactivate_model_deployment(idle))
    with pytest.raises(ServiceError, match="Custom networking"):
        emulator.update(idle, triton=False)


@pytest.mark.shows("maps-replaced")
def test_nested_objects_are_replaced(emulator: Any, idle: str) -> None:
    emulator.finished(emulator.update(idle, triton=False, variables={"A_KEY": "1"}))
    emulator.finished(emulator.update(idle, triton=False, variables={"B_KEY": "1"}))
    config = emulator.client.get_model_deployment(idle).data.model_deployment_configuration_details
    assert config.environment_configuration_details.environment_variables == {"B_KEY": "1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"server_port": 1023},
        {"server_port": 24224},
        {"health_check_port": 8446},
        {"variables": {"9A": "x"}},
        {"variables": {"A": "x"}},
        {"variables": {"A_": "x"}},
        {"variables": {"A" * 32: "x"}},
        {"variables": {"BIG": "x" * 2048}},
        {"variables": {"TENANCY_OCID": "x"}},
        {"cmd": ["x" * 1024], "entrypoint": ["x" * 1024]},
        {"ocpus": 2, "memory": 11},
        {"ocpus": 1, "memory": 65},
        {"ocpus": 65, "memory": 500},
        {"shape": "VM.Nothing"},
        {"instances": 0},
        {"image_digest": "sha256:short"},
        {"image": "no-registry"},
        {"scaling": autoscaling(maximum=0)},
    ],
)
def test_limits_of_deployments(emulator: Any, changes: Any) -> None:
    project = emulator.project()
    model = emulator.model(project)
    with pytest.raises(ServiceError) as refused:
        emulator.create(project, model, triton=False, **changes)
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")
    assert emulator.client.list_model_deployments(emulator.compartment).data == []


@pytest.mark.parametrize(
    ("tags", "fits"),
    [
        ({f"k{n}": "v" for n in range(10)}, True),
        ({f"k{n}": "v" for n in range(11)}, False),
        ({"a.b": "v"}, False),
        ({"a b": "v"}, False),
        ({"k" * 101: "v"}, False),
        ({"k": "v" * 256}, True),
        ({"k": "v" * 257}, False),
    ],
)
def test_limits_of_tags(emulator: Any, tags: dict[str, str], fits: bool) -> None:
    body = {"compartmentId": emulator.compartment, "freeformTags": tags}
    assert emulator.raw("POST", "/projects", body).status_code == (200 if fits else 400)


def test_maximum_bandwidth(emulator: Any) -> None:
    project = emulator.project()
    part = {
        "modelId": emulator.model(project),
        "instanceConfiguration": {"instanceShapeName": "VM.Standard2.1"},
        "bandwidthMbps": 10,
    }
    for maximum, status in ((9, 400), (10, 200), (20, 200), (21, 400)):
        config = {
            "deploymentType": "SINGLE_MODEL",
            "modelConfigurationDetails": {**part, "maximumBandwidthMbps": maximum},
        }
        body = {
            "compartmentId": emulator.compartment,
            "projectId": project,
            "modelDeploymentConfigurationDetails": config,
        }
        assert emulator.raw("POST", "/modelDeployments", body).status_code == status


def test_required_fields_and_unknown_relations(emulator: Any) -> None:
    assert emulator.raw("POST", "/models", {"compartmentId": emulator.compartment}).json() == {
        "code": "MissingParameter",
        "message": "projectId: required",
    }
    for project, model in (
        (emulator.project(), "ocid1.datasciencemodel.oc1.iad.x"),
        ("ocid1.x.oc1..y", None),
    ):
        with pytest.raises(oci.exceptions.ServiceError) as refused:
            emulator.create(project, model or emulator.model(emulator.project()))
        assert refused.value.code == "RelatedResourceNotAuthorizedOrNotFound"
