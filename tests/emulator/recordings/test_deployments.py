"""Model deployments answer as they did where somebody recorded it. Each test names its source: A is
oracle/accelerated-data-science, S oracle-samples/oci-data-science-ai-samples, TF the acceptance tests of
oracle/terraform-provider-oci.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.wire.limits import Limits
from tests.support.emulator import Emulator, artifact
from tests.support.refusing import refused

OVER = (
    "The following service limits were exceeded: {}. Request a service limit increase from the service "
    "limits page in the console. "
)
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def got(cloud: Emulator, deployment: str) -> Any:
    return cloud.raw("GET", f"/modelDeployments/{deployment}").json()


def listed(cloud: Emulator, deployment: str) -> Any:
    body = cloud.raw("GET", f"/modelDeployments?compartmentId={cloud.compartment}&id={deployment}").json()
    (found,) = body
    return found


def container_of(document: Any) -> Any:
    return document["modelDeploymentConfigurationDetails"]["environmentConfigurationDetails"]


def new(cloud: Emulator, **changes: Any) -> Any:
    project = cloud.project()
    return cloud.create(project, cloud.model(project, artifact("one")), **changes)


@pytest.mark.parametrize("image", ["iad.ocir.io/acme/triton:1.0.0", "dsmc://odsc-vllm-serving:0.6.4.post1.2"])
@pytest.mark.parametrize("digest", [None, ""])
def test_what_is_being_created(cloud: Emulator, held: Any, image: str, digest: str | None) -> None:
    """A tests/unitary/with_extras/aqua/test_deployment.py, 2026: no digest, no details, no logs; the mode and
    the URL are there. That an ACTIVE one has its digest: the deployment before it in that file.
    """
    with held("create_model_deployment"):
        made = new(cloud, image=image, image_digest=digest).data.id
        for found in (got(cloud, made), listed(cloud, made)):
            assert found["lifecycleState"] == "CREATING"
            assert {"lifecycleDetails", "categoryLogDetails"}.isdisjoint(found)
            assert (container_of(found)["image"], "imageDigest" in container_of(found)) == (image, False)
            assert found["deploymentMode"] == "HTTPS_ONLY"
            assert found["modelDeploymentUrl"].endswith(f"/{made}")
    cloud.settle(made)
    assert container_of(got(cloud, made))["imageDigest"].startswith("sha256:")


def test_a_digest_that_the_caller_sends_is_there_at_once(cloud: Emulator, held: Any) -> None:
    """Not recorded: the configuration is what was sent (docs/service.md §1.6)."""
    digest = f"sha256:{'a' * 64}"
    with held("create_model_deployment"):
        made = new(cloud, image_digest=digest).data.id
        assert container_of(got(cloud, made))["imageDigest"] == digest
    cloud.settle(made)


def test_what_has_been_created(cloud: Emulator) -> None:
    """A ads/aqua/dummy_data/oci_model_deployments.json, 2024; S ai-quick-actions/cli-tips.md."""
    assert got(cloud, cloud.deploy())["lifecycleDetails"] == "Model Deployment is Active."


def test_what_has_just_been_updated(cloud: Emulator, held: Any) -> None:
    """S ai-quick-actions/multimodel-deployment-tips.md and stacked-deployment-tips.md: UPDATING, without
    details, with the new name. That the rest is new only in the end is not recorded.
    """
    made = cloud.deploy()
    details = m.UpdateModelDeploymentDetails(display_name="new", description="new")
    with held("update_model_deployment"):
        cloud.client.update_model_deployment(made, details)
        found = got(cloud, made)
        assert (found["lifecycleState"], found["displayName"]) == ("UPDATING", "new")
        assert {"lifecycleDetails", "description"}.isdisjoint(found)
        assert listed(cloud, made)["displayName"] == "new"
    cloud.settle(made)
    found = got(cloud, made)
    assert (found["displayName"], found["description"]) == ("new", "new")
    assert found["lifecycleDetails"] == "Model Deployment is Active."


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_an_update_that_does_not_end_well_leaves_the_old_name(cloud: Emulator, end: str) -> None:
    """Not recorded; GET then shows the old configuration (docs/service.md §2.1)."""
    made = cloud.deploy()
    cloud.orders.add(Order(Fault.CAPACITY if end == "failed" else Fault.STUCK, "update_model_deployment"))
    update = json.dumps(
        {
            "displayName": "new",
            "modelDeploymentConfigurationDetails": {
                "deploymentType": "SINGLE_MODEL",
                "environmentConfigurationDetails": {
                    **container_of(got(cloud, made)),
                    "environmentVariables": {"CONTAINER_TYPE": "TRITON", "MORE": "1"},
                },
            },
        }
    )
    answer = cloud.raw("PUT", f"/modelDeployments/{made}", update.encode(), content_type="application/json")
    if end == "cancelled":
        cloud.client.cancel_work_request(answer.headers["opc-work-request-id"])
        cloud.orders.release()
    cloud.settle(made)
    found = got(cloud, made)
    assert found["displayName"] == "d"
    words = {"failed": "There is currently no capacity", "cancelled": "Model Deployment is Active."}
    assert found["lifecycleDetails"].startswith(words[end])


def test_what_has_been_deleted(cloud: Emulator) -> None:
    """A pull request 666; S ai-quick-actions/cli-tips.md before 2024-08: read in full, and no full stop."""
    made = cloud.deploy()
    before = got(cloud, made)
    cloud.finished(cloud.client.delete_model_deployment(made))
    words = "Model Deployment with all associated resources has been deleted"
    assert got(cloud, made) == before | {"lifecycleState": "DELETED", "lifecycleDetails": words}


def test_times(cloud: Emulator) -> None:
    """A test_deployment.py: "2026-02-11T19:29:17.431Z"; older fixtures of A have milliseconds and zeros."""
    made = cloud.deploy()
    work = cloud.raw("GET", f"/workRequests?compartmentId={cloud.compartment}&resourceId={made}").json()[0]
    logs = cloud.raw("GET", f"/workRequests/{work['id']}/logs").json()
    times = [work[name] for name in ("timeAccepted", "timeStarted", "timeFinished")]
    times += [got(cloud, made)["timeCreated"], *(one["timestamp"] for one in logs)]
    assert [time for time in times if not MILLISECONDS.fullmatch(time)] == []


SCALING = m.AutoScalingPolicy(
    auto_scaling_policies=[
        m.ThresholdBasedAutoScalingPolicyDetails(
            minimum_instance_count=1,
            maximum_instance_count=2,
            initial_instance_count=1,
            rules=[
                m.PredefinedMetricExpressionRule(
                    metric_type="CPU_UTILIZATION",
                    scale_in_configuration=m.PredefinedExpressionThresholdScalingConfiguration(threshold=10),
                    scale_out_configuration=m.PredefinedExpressionThresholdScalingConfiguration(threshold=70),
                )
            ],
        )
    ]
)


@pytest.mark.parametrize(("scaling", "there"), [(None, False), (SCALING, True)], ids=["FIXED_SIZE", "AUTO"])
def test_how_many_instances_there_are(cloud: Emulator, scaling: Any, there: bool) -> None:
    """TF internal/integrationtest/datascience_model_deployment_test.go and …_private_endpoint_test.go against
    …_scaling_policy_test.go.
    """
    made = cloud.deploy(scaling=scaling)
    for found in (got(cloud, made), listed(cloud, made)):
        assert ("modelDeploymentSystemData" in found) is there


@pytest.mark.parametrize("limit", ["model-deploy-count", "ds-gpu-a10-count"])
def test_a_limit_is_exceeded_as_ordered(cloud: Emulator, limit: str) -> None:
    """A pull request 658, 2024; S, a notebook of 2022: in the call that creates."""
    project = cloud.project()
    model = cloud.model(project, artifact("one"))
    cloud.orders.add(Order(Fault.LIMIT_EXCEEDED, "create_model_deployment", limit=limit))
    assert refused(cloud.create, project, model) == (400, "LimitExceeded", OVER.format(limit))
    assert cloud.client.list_model_deployments(cloud.compartment, project_id=project).data == []


def test_a_limit_is_exceeded(start: Callable[..., Emulator]) -> None:
    """The same, by itself: two A10s where one is left."""
    cloud = start(limits=Limits(service={"ds-gpu-a10-count": 1}))
    assert new(cloud, shape="VM.GPU.A10.1").status == 200
    assert refused(new, cloud, shape="VM.GPU.A10.2") == (
        400,
        "LimitExceeded",
        OVER.format("ds-gpu-a10-count"),
    )


def test_what_is_not_there(cloud: Emulator) -> None:
    """S, a notebook."""
    gone = cloud.deploy().rpartition(".")[0] + ".none"
    words = "Authorization failed or requested resource not found."
    assert refused(cloud.client.get_model_deployment, gone) == (404, "NotAuthorizedOrNotFound", words)


# A tests/unitary/with_extras/aqua/test_data/deployment/aqua_deployment_shapes.json, 2025: cores, GB, series.
SHAPES = {
    "VM.Standard2.1": (1, 15, "INTEL_SKYLAKE"),
    "VM.Standard2.2": (2, 30, "INTEL_SKYLAKE"),
    "VM.Standard2.4": (4, 30, "INTEL_SKYLAKE"),
    "VM.Standard2.8": (8, 120, "INTEL_SKYLAKE"),
    "VM.Standard2.16": (16, 240, "INTEL_SKYLAKE"),
    "VM.Standard2.24": (24, 320, "INTEL_SKYLAKE"),
    "VM.Standard.E3.Flex": (64, 1024, "AMD_ROME"),
    "VM.Standard.E4.Flex": (64, 1024, "AMD_ROME"),
    "VM.Standard.E5.Flex": (94, 1049, "AMD_ROME"),
    "VM.Standard3.Flex": (32, 512, "INTEL_SKYLAKE"),
    "VM.Optimized3.Flex": (18, 256, "INTEL_SKYLAKE"),
    "VM.Standard.A1.Flex": (80, 512, "ARM"),
    "VM.Standard.A2.Flex": (78, 946, "ARM"),
    "VM.GPU2.1": (12, 72, "NVIDIA_GPU"),
    "VM.GPU3.1": (6, 90, "NVIDIA_GPU"),
    "VM.GPU3.2": (12, 180, "NVIDIA_GPU"),
    "VM.GPU3.4": (24, 360, "NVIDIA_GPU"),
    "BM.GPU2.2": (28, 192, "NVIDIA_GPU"),
    "BM.GPU3.8": (52, 768, "NVIDIA_GPU"),
    "BM.GPU4.8": (64, 2048, "NVIDIA_GPU"),
    "BM.GPU.A100-v2.8": (64, 2048, "NVIDIA_GPU"),
    "BM.GPU.H100.8": (112, 2048, "NVIDIA_GPU"),
    "BM.GPU.T1.2": (32, 1024, "NVIDIA_GPU"),
    "BM.GPU.A10.4": (64, 1024, "NVIDIA_GPU"),
    "VM.GPU.A10.4": (64, 1024, "NVIDIA_GPU"),
    "BM.GPU.L40S-NC.4": (112, 1024, "NVIDIA_GPU"),
    "VM.GPU.A10.1": (15, 240, "NVIDIA_GPU"),
    "VM.GPU.A10.2": (30, 480, "NVIDIA_GPU"),
    "VM.Standard.AMD.Generic": (64, 1024, "GENERIC"),
    "VM.Standard.Intel.Generic": (32, 512, "GENERIC"),
    "VM.Standard.Ampere.Generic": (80, 512, "GENERIC"),
    "VM.Standard.x86.Generic": (32, 512, "GENERIC"),
}


def test_shapes(cloud: Emulator) -> None:
    found = cloud.client.list_model_deployment_shapes(cloud.compartment, limit=100).data
    assert {one.name: (one.core_count, one.memory_in_gbs, one.shape_series) for one in found} == SHAPES


def test_a_generic_shape_takes_a_size(cloud: Emulator) -> None:
    made = cloud.deploy(shape="VM.Standard.AMD.Generic", ocpus=2, memory=32)
    assert cloud.client.get_model_deployment(made).data.lifecycle_state == "ACTIVE"
