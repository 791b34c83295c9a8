"""Fields of a model deployment with values that are not allowed."""

from typing import Any

import requests

from tests.support.refusals.proof import CONFIG, MODEL, Cloud, deploy, deployment, refused


def _variables(cloud: Cloud, **variables: str) -> requests.Response:
    e = cloud()
    return deploy(e, deployment(e, environmentVariables=variables))


def _container(cloud: Cloud, **fields: Any) -> requests.Response:
    e = cloud()
    return deploy(e, deployment(e, **fields))


def _part(cloud: Cloud, **fields: Any) -> requests.Response:
    e = cloud()
    body = deployment(e)
    body[CONFIG][MODEL] |= fields
    return deploy(e, body)


def _size(cloud: Cloud, shape: str = "VM.Standard.E4.Flex", **size: float) -> requests.Response:
    instance = {"instanceShapeName": shape, "modelDeploymentInstanceShapeConfigDetails": size}
    return _part(cloud, instanceConfiguration=instance)


def _scaling(
    cloud: Cloud, count: int = 1, cool_down: int = 300, pending: str = "PT3M", first: int = 1
) -> Any:
    bounds = {"scalingConfigurationType": "THRESHOLD", "threshold": 50, "pendingDuration": pending}
    rule = {
        "metricExpressionRuleType": "PREDEFINED_EXPRESSION",
        "metricType": "CPU_UTILIZATION",
        "scaleInConfiguration": bounds,
        "scaleOutConfiguration": bounds,
    }
    policy = {
        "autoScalingPolicyType": "THRESHOLD",
        "rules": [rule],
        "minimumInstanceCount": 1,
        "maximumInstanceCount": 2,
        "initialInstanceCount": first,
    }
    whole = {
        "policyType": "AUTOSCALING",
        "coolDownInSeconds": cool_down,
        "autoScalingPolicies": [policy] * count,
    }
    return _part(cloud, scalingPolicy=whole)


@refused("long-name")
def long_name(cloud: Cloud) -> requests.Response:
    e = cloud()
    return deploy(e, {**deployment(e), "displayName": "n" * 256})


@refused("long-description")
def long_description(cloud: Cloud) -> requests.Response:
    e = cloud()
    return deploy(e, {**deployment(e), "description": "d" * 401})


@refused("large-environment")
def large_environment(cloud: Cloud) -> requests.Response:
    return _variables(cloud, KEY="v" * 2045)


@refused("short-variable")
def short_variable(cloud: Cloud) -> requests.Response:
    return _variables(cloud, K="")


@refused("long-variable")
def long_variable(cloud: Cloud) -> requests.Response:
    return _variables(cloud, **{"K" * 32: ""})


@refused("underscore-last")
def underscore_last(cloud: Cloud) -> requests.Response:
    return _variables(cloud, KEY_="")


@refused("reserved-variable")
def reserved_variable(cloud: Cloud) -> requests.Response:
    return _variables(cloud, MODEL_DEPLOYMENT_OCID="mine")


@refused("long-timeout")
def long_timeout(cloud: Cloud) -> requests.Response:
    return _variables(cloud, DEPLOYMENT_TIMEOUT_IN_MINUTES="240.5")


@refused("no-timeout")
def no_timeout(cloud: Cloud) -> requests.Response:
    return _variables(cloud, DEPLOYMENT_TIMEOUT_IN_MINUTES="nan")


@refused("long-command")
def long_command(cloud: Cloud) -> requests.Response:
    return _container(cloud, cmd=["a" * 1024], entrypoint=["b" * 1024])


@refused("low-port")
def low_port(cloud: Cloud) -> requests.Response:
    return _container(cloud, serverPort=1023)


@refused("reserved-port")
def reserved_port(cloud: Cloud) -> requests.Response:
    return _container(cloud, healthCheckPort=24224)


@refused("unknown-shape")
def unknown_shape(cloud: Cloud) -> requests.Response:
    return _size(cloud, "VM.Huge")


@refused("no-ocpus")
def no_ocpus(cloud: Cloud) -> requests.Response:
    return _size(cloud, ocpus=0, memoryInGBs=16)


@refused("little-memory")
def little_memory(cloud: Cloud) -> requests.Response:
    return _size(cloud, ocpus=2, memoryInGBs=11)


@refused("many-ocpus")
def many_ocpus(cloud: Cloud) -> requests.Response:
    return _size(cloud, "VM.Optimized3.Flex", ocpus=19, memoryInGBs=200)


@refused("wide-bandwidth")
def wide_bandwidth(cloud: Cloud) -> requests.Response:
    return _part(cloud, bandwidthMbps=10, maximumBandwidthMbps=21)


@refused("short-cool-down")
def short_cool_down(cloud: Cloud) -> requests.Response:
    return _scaling(cloud, cool_down=299)


@refused("two-scaling-policies")
def two_scaling_policies(cloud: Cloud) -> requests.Response:
    return _scaling(cloud, count=2)


@refused("short-pending")
def short_pending(cloud: Cloud) -> requests.Response:
    return _scaling(cloud, pending="PT2M")


@refused("initial-below-minimum")
def initial_below_minimum(cloud: Cloud) -> requests.Response:
    return _scaling(cloud, first=3)


def _endpoint(number: int, method: str = "POST") -> dict[str, Any]:
    return {"endpointUriSuffix": f"v{number}", "httpMethods": [method]}


@refused("sixteen-endpoints")
def sixteen_endpoints(cloud: Cloud) -> requests.Response:
    return _container(cloud, customHttpEndpoints=[_endpoint(number) for number in range(16)])


@refused("endpoint-method")
def endpoint_method(cloud: Cloud) -> requests.Response:
    return _container(cloud, customHttpEndpoints=[_endpoint(1, "TRACE")])


@refused("twin-endpoints")
def twin_endpoints(cloud: Cloud) -> requests.Response:
    return _container(cloud, customHttpEndpoints=[_endpoint(1), _endpoint(1, "GET")])


@refused("read-only-variables")
def read_only_variables(cloud: Cloud) -> requests.Response:
    return _container(cloud, defaultEnvironmentVariables={"KEY": "value"})


@refused("odd-variable")
def odd_variable(cloud: Cloud) -> requests.Response:
    return _variables(cloud, **{"MY-KEY": ""})


@refused("much-memory")
def much_memory(cloud: Cloud) -> requests.Response:
    return _size(cloud, ocpus=1, memoryInGBs=65)


@refused("memory-of-shape")
def memory_of_shape(cloud: Cloud) -> requests.Response:
    return _size(cloud, "VM.Optimized3.Flex", ocpus=18, memoryInGBs=257)


@refused("unknown-baseline")
def unknown_baseline(cloud: Cloud) -> requests.Response:
    size = {"ocpus": 1, "memoryInGBs": 16, "cpuBaseline": "BASELINE_1_3"}
    instance = {
        "instanceShapeName": "VM.Standard.E4.Flex",
        "modelDeploymentInstanceShapeConfigDetails": size,
    }
    return _part(cloud, instanceConfiguration=instance)


@refused("unknown-network")
def unknown_network(cloud: Cloud) -> requests.Response:
    instance = {"instanceShapeName": "VM.Standard.E4.Flex", "networkAccessType": "NONE"}
    return _part(cloud, instanceConfiguration=instance)


@refused("endpoint-variable")
def endpoint_variable(cloud: Cloud) -> requests.Response:
    return _variables(cloud, MODEL_DEPLOY_CUSTOM_ENDPOINTS="[")


@refused("no-image")
def no_image(cloud: Cloud) -> requests.Response:
    return _container(cloud, image=None)


@refused("no-image-name")
def no_image_name(cloud: Cloud) -> requests.Response:
    return _container(cloud, image="triton")
