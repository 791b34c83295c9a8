"""Rules for compute shapes, scaling, bandwidth and networks: what the forms of single values, which
`declarations.instance_and_scaling` declares, do not say. Each message names where the limit comes from.
"""

from collections.abc import Iterator

from reconciler.core.model.findings import Finding
from reconciler.core.planning.capacity.compute_shapes import FLEXIBLE, is_flexible
from reconciler.manifests.declarations.instance_and_scaling import (
    ManifestAutoscaling,
    ManifestBandwidth,
    ManifestInstance,
    ManifestNetwork,
    ManifestNetworkAccess,
    ManifestThresholds,
)
from reconciler.manifests.rules.compute_shapes import misspelled
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.manifests.schema.formats import LARGEST_INTEGER, seconds
from reconciler.manifests.wording import short

MEMORY_PER_OCPU = (6, 64)
LEAST_COOL_DOWN_SECONDS = 300
PENDING_SECONDS = (180, 3600)

SHAPES_DOC = "OCI documentation: Data Science, supported compute shapes"
_SCALING_DOC = "Data Science API: AutoScalingPolicyDetails"
_PENDING_DOC = "Data Science API: ScalingConfiguration, pendingDuration"
_INITIAL_DOC = "Data Science API: ThresholdBasedAutoScalingPolicyDetails"
_BANDWIDTH_DOC = "OCI documentation: Model Deployments, autoscaling load balancers"
_BASELINE_DOC = "Data Science API: ModelDeploymentInstanceShapeConfigDetails"
_NETWORK_DOC = "OCI documentation: Model Deployments, custom networking"


def check_instance(instance: ManifestInstance, table: ReadTable) -> Iterator[Finding]:
    """The compute shape, and the sizes that may be chosen with it."""
    at, shape = table.at, short(instance.shape)
    if meant := misspelled(instance.shape):
        what = f"{at}.shape: there is no shape '{shape}'"
        yield table.finding(("shape",), what, f"Did you mean '{meant}'? See {SHAPES_DOC}.")
        return
    sizes = {"ocpus": instance.ocpus, "memoryGBs": instance.memory_gbs}
    if is_flexible(instance.shape):
        for field, size in sizes.items():
            if size is None and field not in table.bad:
                what = f"{at} lacks '{field}': {shape} is a flexible shape"
                yield table.finding((field,), what, f"See {SHAPES_DOC}.")
        yield from _sizes_of_flexible(instance, table)
    else:
        chosen = {**sizes, "cpuBaseline": instance.cpu_baseline}
        for field, value in chosen.items():
            if value is not None:
                what = f"{at}.{field} cannot be chosen: {shape} is a fixed shape"
                source = f" ({_BASELINE_DOC})" if field == "cpuBaseline" else ""
                yield table.finding((field,), what, f"Remove it{source}.")
    yield from _reservations(instance.capacity_reservations or (), table)


def _sizes_of_flexible(instance: ManifestInstance, table: ReadTable) -> Iterator[Finding]:
    ocpus, memory_gbs = instance.ocpus, instance.memory_gbs
    if not ocpus or not memory_gbs:
        return
    if largest := FLEXIBLE.get(instance.shape):
        for field, size, most in (
            ("ocpus", ocpus, largest.ocpus),
            ("memoryGBs", memory_gbs, largest.memory_gbs),
        ):
            if size > most:
                what = f"{table.at}.{field} must be at most {most} for {instance.shape}, not {size:g}"
                yield table.finding((field,), what, f"See {SHAPES_DOC}.")
    low, high = (limit * ocpus for limit in MEMORY_PER_OCPU)
    if not low <= memory_gbs <= high:
        span = f"between {low:g} and {high:g} for {ocpus:g} OCPUs"
        what = f"{table.at}.memoryGBs must be {span}, not {memory_gbs:g}"
        yield table.finding(("memoryGBs",), what, f"6 to 64 GB per OCPU ({SHAPES_DOC}).")


def _reservations(ocids: tuple[str, ...], table: ReadTable) -> Iterator[Finding]:
    for index, ocid in enumerate(ocids):
        if ocid in ocids[:index]:
            what = f"{table.at}.capacityReservations names {ocid} twice"
            yield table.finding(("capacityReservations", index), what, "Remove one of them.")


def check_thresholds(thresholds: ManifestThresholds, table: ReadTable) -> Iterator[Finding]:
    """Instances must be removed at a lower value than the one at which they are added."""
    if thresholds.in_ >= thresholds.out:
        what = f"{table.at}.in must be less than {table.at}.out ({thresholds.out})"
        yield table.finding(("in",), what, f"See {_SCALING_DOC}.")


def check_autoscaling(scaling: ManifestAutoscaling, table: ReadTable) -> Iterator[Finding]:
    """Numbers of instances, and times."""
    at = table.at
    if scaling.max < scaling.min:
        yield table.finding(
            ("max",), f"{at}.max must be at least {at}.min ({scaling.min}), not {scaling.max}"
        )
    elif scaling.initial is not None and not scaling.min <= scaling.initial <= scaling.max:
        what = f"{at}.initial must be between {scaling.min} and {scaling.max}, not {scaling.initial}"
        yield table.finding(("initial",), what, f"The service starts with this number ({_INITIAL_DOC}).")
    if seconds(scaling.cool_down) < LEAST_COOL_DOWN_SECONDS:
        what = f"{at}.coolDown must be 5m or more, not {scaling.cool_down}"
        advice = f"At least {LEAST_COOL_DOWN_SECONDS} seconds ({_SCALING_DOC})."
        yield table.finding(("coolDown",), what, advice)
    if seconds(scaling.cool_down) > LARGEST_INTEGER:
        what = f"{at}.coolDown is more than {LARGEST_INTEGER} seconds: {scaling.cool_down}"
        yield table.finding(("coolDown",), what, "Numbers of the API have 32 bits; take a shorter time.")
    low, high = PENDING_SECONDS
    pending = seconds(scaling.pending_duration)
    if not low <= pending <= high or pending % 60:
        what = f"{at}.pendingDuration must be 3m to 1h, in whole minutes, not {scaling.pending_duration}"
        yield table.finding(("pendingDuration",), what, f"PT3M to PT1H ({_PENDING_DOC}).")


def check_bandwidth(bandwidth: ManifestBandwidth, table: ReadTable) -> Iterator[Finding]:
    """The maximum is at most twice the minimum."""
    low, high = bandwidth.min, bandwidth.max
    if high is not None and not low <= high <= 2 * low:
        what = f"{table.at}.max must be between {low} and {2 * low}, not {high}"
        yield table.finding(("max",), what, f"At most twice the minimum ({_BANDWIDTH_DOC}).")


def check_network(network: ManifestNetwork, table: ReadTable) -> Iterator[Finding]:
    """A subnet and custom networking need each other."""
    custom = network.access is ManifestNetworkAccess.CUSTOM
    if custom and network.subnet is None and "subnet" not in table.bad:
        what = f"{table.at} lacks 'subnet': custom networking runs in one of yours"
        yield table.finding(("access",), what, f"The subnet needs 127 free addresses ({_NETWORK_DOC}).")
    if not custom and network.subnet is not None:
        what = f"{table.at}.subnet is for custom networking only, not for {network.access}"
        yield table.finding_at_key(
            ("subnet",), what, f"Write `access: custom`, or remove it ({_NETWORK_DOC})."
        )
