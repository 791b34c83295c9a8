"""Compute targets and private endpoints of an emulator, and deployments that use them."""

from typing import Any

from oci.data_science import models as m

from datascience_emulator.store.store import Record


def compute_target(emulator: Any, name: str = "t", **more: Any) -> Any:
    """The response to the create; see `Emulator.finished`."""
    details = m.CreateComputeTargetDetails(
        compartment_id=emulator.compartment,
        display_name=name,
        compute_configuration_details=m.ManagedComputeClusterComputeConfigurationDetails(
            instance_configuration=m.ManagedComputeClusterInstanceConfigurationDetails(
                instance_shape="VM.Standard.E4.Flex",
                boot_volume_size_in_gbs=100,
                instance_shape_details=m.ManagedComputeClusterInstanceShapeDetails(ocpus=4, memory_in_gbs=64),
            ),
            scaling_policy=m.ManagedComputeClusterFixedSizeScalingPolicy(instance_count=2),
        ),
        **more,
    )
    return emulator.client.create_compute_target(details)


def private_endpoint(emulator: Any, kind: str = "MODEL_DEPLOYMENT", **more: Any) -> Any:
    """The response to the create; see `Emulator.finished`."""
    details = m.CreateDataSciencePrivateEndpointDetails(
        compartment_id=emulator.compartment,
        subnet_id="ocid1.subnet.oc1.iad.s",
        data_science_resource_type=kind,
        **more,
    )
    return emulator.client.create_data_science_private_endpoint(details)


def known_endpoint(emulator: Any, ocid: str) -> None:
    """A private endpoint of a given OCID. Call before the emulator is asked: the store is its own."""
    document = {
        "id": ocid,
        "compartmentId": emulator.compartment,
        "dataScienceResourceType": "MODEL_DEPLOYMENT",
        "lifecycleState": "ACTIVE",
    }
    emulator.app.state.cloud.store.insert(Record("private-endpoint", ocid, document))


def resources(ocpus: float = 1, limit: float | None = None) -> Any:
    return m.ManagedComputeClusterModelDeploymentResourceConfiguration(
        resource_request_configuration=m.ResourceRequestConfiguration(ocpus=ocpus, memory_in_gbs=8, gpus=0),
        resource_limit_configuration=limit and m.ResourceLimitConfiguration(ocpus=limit, memory_in_gbs=16),
    )


def autoscaling(minimum: int = 0, initial: int = 1) -> Any:
    """Of a workload, with every field that there is."""
    pace = m.ManagedComputeClusterWorkloadScalePolicy(
        pending_duration="PT1M", instance_count_adjustment=1, cool_down_in_seconds=60
    )
    rules = [
        m.TargetPredefinedMetricExpressionRule(
            metric_type="CPU_UTILIZATION",
            scale_configuration=m.TargetPredefinedExpressionThresholdScalingConfiguration(threshold=70),
        ),
        m.TargetCustomMetricExpressionRule(
            scale_configuration=m.TargetCustomExpressionQueryScalingConfiguration(
                query="CpuUtilization[1m].mean()", threshold=0.5, metric_namespace="mine"
            )
        ),
    ]
    return m.ManagedComputeClusterWorkloadAutoScalingPolicy(
        is_enabled=True,
        auto_scaling_policies=[
            m.ManagedComputeClusterWorkloadThresholdBasedPolicyDetails(
                rules=rules,
                minimum_instance_count=minimum,
                initial_instance_count=initial,
                maximum_instance_count=4,
                scale_in_policy=pace,
                scale_out_policy=pace,
            )
        ],
    )


def flex(model: str, target: str, scaling: Any = None, size: Any = None) -> Any:
    return m.SingleModelDeploymentFlexConfigurationDetails(
        model_configuration_details=m.SingleModelConfigurationDetails(model_id=model),
        infrastructure_configuration_details=m.ManagedComputeClusterModelDeployInfrastructureConfigDetails(
            compute_target_id=target,
            model_deployment_resource_configuration=size or resources(),
            scaling_policy=scaling,
        ),
        environment_configuration_details=m.OcirModelDeploymentEnvironmentConfigurationDetails(
            image="iad.ocir.io/acme/triton:1.0.0", server_port=8000, health_check_port=8000
        ),
    )


def flex_update(model: str | None = None, **infrastructure: Any) -> Any:
    """An update of no more than what is given."""
    part = model and m.UpdateSingleModelConfigurationDetails(model_id=model)
    return m.UpdateModelDeploymentDetails(
        model_deployment_configuration_details=m.UpdateSingleModelDeploymentFlexConfigurationDetails(
            model_configuration_details=part,
            infrastructure_configuration_details=(
                m.UpdateManagedComputeClusterModelDeployInfrastructureConfigDetails(**infrastructure)
                if infrastructure
                else None
            ),
        )
    )


def deploy(emulator: Any, configuration: Any, project: str) -> Any:
    details = m.CreateModelDeploymentDetails(
        compartment_id=emulator.compartment,
        project_id=project,
        display_name="d",
        model_deployment_configuration_details=configuration,
    )
    return emulator.client.create_model_deployment(details)
