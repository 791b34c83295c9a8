"""What is wrong with the numbers and networks of `declarations.capacity`, beyond their form; each message
names the limit's source.
"""

from collections.abc import Iterator

from reconciler.manifests.declarations.capacity import (
    ManifestAutoscaling,
    ManifestBandwidth,
    ManifestInstance,
    ManifestNetwork,
    ManifestNetworkAccess,
    Thresholds,
)
from reconciler.manifests.rules.compute_shapes import FLEXIBLE, misspelled
from reconciler.manifests.rules.finding import Finding
from reconciler.manifests.schema.notations import MOST, seconds
from reconciler.manifests.schema.words import short

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


def instance(given: ManifestInstance, at: str) -> Iterator[Finding]:
    """The shape, and what may be chosen with it."""
    if meant := misspelled(given.shape):
        what = f"{at}.shape: there is no shape '{short(given.shape)}'"
        yield Finding(("shape",), what, f"Did you mean '{meant}'? See {SHAPES_DOC}.")
        return
    flexible = given.shape.endswith(".Flex")
    sizes = {"ocpus": given.ocpus, "memoryGBs": given.memory_gbs}
    for field, number in sizes.items() if flexible else ():
        if number is None:
            what = f"{at} lacks '{field}': {short(given.shape)} is a flexible shape"
            yield Finding((field,), what, f"See {SHAPES_DOC}.")
    if not flexible:
        yield from _fixed(given, at)
    if flexible and given.ocpus and given.memory_gbs:
        yield from _within_shape(given.shape, given.ocpus, given.memory_gbs, at)
        yield from _memory(given.ocpus, given.memory_gbs, at)
    yield from _reservations(given.capacity_reservations or (), at)


def _fixed(given: ManifestInstance, at: str) -> Iterator[Finding]:
    for field, value in (("ocpus", given.ocpus), ("memoryGBs", given.memory_gbs)):
        if value is not None:
            yield Finding(
                (field,),
                f"{at}.{field} cannot be chosen: {short(given.shape)} is a fixed shape",
                "Remove it.",
            )
    if given.cpu_baseline is not None:
        what = f"{at}.cpuBaseline cannot be chosen: {short(given.shape)} is a fixed shape"
        yield Finding(("cpuBaseline",), what, f"Remove it ({_BASELINE_DOC}).")


def _within_shape(shape: str, ocpus: float, memory_gbs: float, at: str) -> Iterator[Finding]:
    most = FLEXIBLE.get(shape)
    if most is None:
        return
    for field, number, limit in (("ocpus", ocpus, most.ocpus), ("memoryGBs", memory_gbs, most.memory_gbs)):
        if number > limit:
            what = f"{at}.{field} must be at most {limit} for {shape}, not {number:g}"
            yield Finding((field,), what, f"See {SHAPES_DOC}.")


def _memory(ocpus: float, memory_gbs: float, at: str) -> Iterator[Finding]:
    low, high = (limit * ocpus for limit in MEMORY_PER_OCPU)
    if not low <= memory_gbs <= high:
        what = f"{at}.memoryGBs must be between {low:g} and {high:g} for {ocpus:g} OCPUs, not {memory_gbs:g}"
        yield Finding(("memoryGBs",), what, f"6 to 64 GB per OCPU ({SHAPES_DOC}).")


def _reservations(ocids: tuple[str, ...], at: str) -> Iterator[Finding]:
    for index, ocid in enumerate(ocids):
        if ocid in ocids[:index]:
            what = f"{at}.capacityReservations names {ocid} twice"
            yield Finding(("capacityReservations", index), what, "Remove one of them.")


def thresholds(given: Thresholds, at: str) -> Iterator[Finding]:
    """Scaling in and out must not meet."""
    if given.in_ >= given.out:
        yield Finding(("in",), f"{at}.in must be less than {at}.out ({given.out})", f"See {_SCALING_DOC}.")


def autoscaling(scaling: ManifestAutoscaling, at: str) -> Iterator[Finding]:
    """Counts and times."""
    if scaling.max < scaling.min:
        yield Finding(("max",), f"{at}.max must be at least {at}.min ({scaling.min}), not {scaling.max}")
    elif scaling.initial is not None and not scaling.min <= scaling.initial <= scaling.max:
        what = f"{at}.initial must be between {scaling.min} and {scaling.max}, not {scaling.initial}"
        yield Finding(("initial",), what, f"The service begins with it ({_INITIAL_DOC}).")
    if seconds(scaling.cool_down) < LEAST_COOL_DOWN_SECONDS:
        what = f"{at}.coolDown must be 5m or more, not {scaling.cool_down}"
        yield Finding(("coolDown",), what, f"At least {LEAST_COOL_DOWN_SECONDS} seconds ({_SCALING_DOC}).")
    if seconds(scaling.cool_down) > MOST:
        what = f"{at}.coolDown is more than {MOST} seconds: {scaling.cool_down}"
        yield Finding(("coolDown",), what, "Numbers of the API have 32 bits; take a shorter time.")
    low, high = PENDING_SECONDS
    pending = seconds(scaling.pending_duration)
    if not low <= pending <= high or pending % 60:
        what = f"{at}.pendingDuration must be 3m to 1h, in whole minutes, not {scaling.pending_duration}"
        yield Finding(("pendingDuration",), what, f"PT3M to PT1H ({_PENDING_DOC}).")


def bandwidth(given: ManifestBandwidth, at: str) -> Iterator[Finding]:
    """The maximum goes by the minimum."""
    if given.max is not None and not given.min <= given.max <= 2 * given.min:
        what = f"{at}.max must be between {given.min} and {2 * given.min}, not {given.max}"
        yield Finding(("max",), what, f"At most twice the minimum ({_BANDWIDTH_DOC}).")


def network(given: ManifestNetwork, at: str) -> Iterator[Finding]:
    """A subnet and custom networking need each other."""
    custom = given.access is ManifestNetworkAccess.CUSTOM
    if custom and given.subnet is None:
        what = f"{at} lacks 'subnet': custom networking runs in one of yours"
        yield Finding(("access",), what, f"It needs 127 free addresses ({_NETWORK_DOC}).")
    if not custom and given.subnet is not None:
        what = f"{at}.subnet is for custom networking only, not for {given.access}"
        yield Finding(("subnet",), what, f"Write `access: custom`, or remove it ({_NETWORK_DOC}).", key=True)
