"""The parts that the details of deployments are made of: every field of each, and scaling in both ways."""

from typing import Any

from oci.data_science import models as m

from tests.support.operations import World

SHAPE = "VM.Standard.E4.Flex"
PORT = 8080


def size(ocpus: float = 1) -> m.ModelDeploymentInstanceShapeConfigDetails:
    return m.ModelDeploymentInstanceShapeConfigDetails(
        ocpus=ocpus, memory_in_gbs=16 * ocpus, cpu_baseline="BASELINE_1_1"
    )


def instance(ocpus: float = 1, **more: object) -> m.InstanceConfiguration:
    return m.InstanceConfiguration(
        instance_shape_name=SHAPE, model_deployment_instance_shape_config_details=size(ocpus), **more
    )


def own_network(world: World, private_endpoint: str, ocpus: float = 1) -> m.InstanceConfiguration:
    """Every field of an instance: its own subnet, reached by a private endpoint, out of a reservation."""
    return instance(
        ocpus,
        subnet_id=world.outside["subnet"],
        private_endpoint_id=private_endpoint,
        network_access_type="CUSTOM_NETWORKING",
        capacity_reservation_ids=[world.outside["capacity_reservation"]],
    )


def fixed(instances: int = 1) -> m.FixedSizeScalingPolicy:
    return m.FixedSizeScalingPolicy(instance_count=instances)


def pool(**more: object) -> dict[str, Any]:
    """Instances behind a load balancer; the same for SINGLE_MODEL and MODEL_GROUP, create and update."""
    return {
        "instance_configuration": instance(),
        "scaling_policy": fixed(),
        "bandwidth_mbps": 10,
        "maximum_bandwidth_mbps": 20,
        **more,
    }


def autoscaling(rule: m.MetricExpressionRule, maximum: int = 2) -> m.AutoScalingPolicy:
    policy = m.ThresholdBasedAutoScalingPolicyDetails(
        rules=[rule], minimum_instance_count=1, initial_instance_count=1, maximum_instance_count=maximum
    )
    return m.AutoScalingPolicy(cool_down_in_seconds=600, is_enabled=True, auto_scaling_policies=[policy])


def on_load(metric: str = "CPU_UTILIZATION") -> m.PredefinedMetricExpressionRule:
    def threshold(percent: int) -> m.PredefinedExpressionThresholdScalingConfiguration:
        return m.PredefinedExpressionThresholdScalingConfiguration(
            threshold=percent, pending_duration="PT5M", instance_count_adjustment=1
        )

    return m.PredefinedMetricExpressionRule(
        metric_type=metric, scale_in_configuration=threshold(20), scale_out_configuration=threshold(70)
    )


def on_query() -> m.CustomMetricExpressionRule:
    def query(comparison: str) -> m.CustomExpressionQueryScalingConfiguration:
        return m.CustomExpressionQueryScalingConfiguration(
            query=f'CpuUtilization[1m]{{resourceId = "MODEL_DEPLOYMENT_OCID"}}.mean() {comparison}',
            pending_duration="PT5M",
            instance_count_adjustment=1,
        )

    return m.CustomMetricExpressionRule(
        scale_in_configuration=query("< 20"), scale_out_configuration=query("> 70")
    )


def container(world: World, **more: object) -> dict[str, Any]:
    """Every field of a container; the same for create and update."""
    return {
        "image": world.outside["image"],
        "image_digest": world.outside["image_digest"],
        "image_signature_id": world.outside["image_signature"],
        "cmd": ["serve", "--verbose"],
        "entrypoint": ["/bin/entry"],
        "server_port": PORT,
        "health_check_port": PORT,
        "environment_variables": {"WEB_CONCURRENCY": "1"},
        "predict_api_specification": "openai",
        "custom_http_endpoints": [
            m.InferenceHttpEndpoint(endpoint_uri_suffix="v1/score", http_methods=["POST"])
        ],
        **more,
    }


def plain_container(world: World, **more: object) -> dict[str, Any]:
    """What a container cannot do without."""
    return {"image": world.outside["image"], "server_port": PORT, "health_check_port": PORT, **more}


def logs(world: World) -> dict[str, m.LogDetails]:
    group = world.outside["log_group"]
    return {
        "access": m.LogDetails(log_id=world.outside["access_log"], log_group_id=group),
        "predict": m.LogDetails(log_id=world.outside["predict_log"], log_group_id=group),
    }


# -- on a compute target


def resources(ocpus: float = 0.5) -> m.ManagedComputeClusterModelDeploymentResourceConfiguration:
    return m.ManagedComputeClusterModelDeploymentResourceConfiguration(
        resource_request_configuration=m.ResourceRequestConfiguration(ocpus=ocpus, memory_in_gbs=4, gpus=0),
        resource_limit_configuration=m.ResourceLimitConfiguration(ocpus=1, memory_in_gbs=8),
    )


def replicas(instances: int = 1) -> m.ManagedComputeClusterWorkloadFixedSizeScalingPolicy:
    return m.ManagedComputeClusterWorkloadFixedSizeScalingPolicy(instance_count=instances)


def scaled(
    rule: m.ManagedComputeClusterWorkloadMetricExpressionRule,
) -> m.ManagedComputeClusterWorkloadAutoScalingPolicy:
    """Down to nothing, each way at its own pace."""

    def pace(instances: int) -> m.ManagedComputeClusterWorkloadScalePolicy:
        return m.ManagedComputeClusterWorkloadScalePolicy(
            pending_duration="PT5M", instance_count_adjustment=instances, cool_down_in_seconds=600
        )

    policy = m.ManagedComputeClusterWorkloadThresholdBasedPolicyDetails(
        rules=[rule],
        minimum_instance_count=0,
        initial_instance_count=1,
        maximum_instance_count=2,
        scale_in_policy=pace(1),
        scale_out_policy=pace(2),
    )
    return m.ManagedComputeClusterWorkloadAutoScalingPolicy(is_enabled=True, auto_scaling_policies=[policy])


def to_load() -> m.TargetPredefinedMetricExpressionRule:
    return m.TargetPredefinedMetricExpressionRule(
        metric_type="CPU_UTILIZATION",
        scale_configuration=m.TargetPredefinedExpressionThresholdScalingConfiguration(threshold=60.0),
    )


def to_query() -> m.TargetCustomMetricExpressionRule:
    return m.TargetCustomMetricExpressionRule(
        scale_configuration=m.TargetCustomExpressionQueryScalingConfiguration(
            query="PredictRequestCount[1m].sum()",
            threshold=100.0,
            metric_namespace="oci_datascience_modeldeploy",
        )
    )
