"""Rules that tie values together, and limits of the service that are cheaper to hear now than from a failed
work request.

Small pure functions over what was read; each message names the limit's source. Form alone is the shapes'
business.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.core.live import MARKS
from reconciler.core.values import CONTAINER_TYPE, Secret
from reconciler.load.compute_shapes import FLEXIBLE, misspelled
from reconciler.load.manifest import (
    MOST,
    Autoscaling,
    Bandwidth,
    CpuThresholds,
    Image,
    Instance,
    Metadata,
    Server,
)
from reconciler.load.secrets import may_be_secret, names_a_secret
from reconciler.load.tree import Trail
from reconciler.load.words import listed

TRITON = "TRITON"

PORTS_TAKEN = (8446, 8447, 24224)
MOST_ENVIRONMENT_BYTES = 2048
MOST_COMMAND_BYTES = 2048
LONGEST_VARIABLE = 31
MEMORY_PER_OCPU = (6, 64)
LEAST_COOL_DOWN_SECONDS = 300
LONGEST_IMAGE = 2048
MOST_TAG_BYTES = 5 * 1024
BYTES_OF_MARKS = 512
"""What the reconciler's own tags may come to, and what JSON needs around them."""

_API = "Data Science API: OcirModelDeploymentEnvironmentConfigurationDetails"
_TAGS_DOC = "OCI documentation: Limits on Tags"
_VARIABLES_DOC = "OCI documentation: Model Deployments, environment variables of own containers"
_SHAPES_DOC = "OCI documentation: Data Science, supported compute shapes"
_SCALING_DOC = "Data Science API: AutoScalingPolicyDetails"
_BANDWIDTH_DOC = "OCI documentation: Model Deployments, autoscaling load balancers"

_SERVICE_VARIABLES = frozenset(
    {"MODEL_DEPLOYMENT_OCID", "MODEL_SERVING_PYTHON_VERSION", "TENANCY_OCID", "CONTAINER_CUSTOM_IMAGE"}
)
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*[A-Za-z0-9]")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_RESERVED_LABELS = "reconciler-"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at the end of a trail from the table that was checked; `key` points at the key, not the
    value.
    """

    trail: Trail
    what: str
    advice: str = ""
    key: bool = False


def findings(value: object, at: str) -> Iterator[Finding]:
    """What is wrong with a table that was read; `at` is its place, for messages."""
    match value:
        case Metadata():
            yield from _labels(value, at)
        case Image():
            yield from _image(value, at)
        case Server():
            yield from _ports(value, at)
            yield from _command(value, at)
            yield from _variables(value.env, at)
        case Instance():
            yield from _instance(value, at)
        case Autoscaling():
            yield from _autoscaling(value, at)
        case CpuThresholds() if value.in_ >= value.out:
            yield Finding(
                ("in",), f"{at}.in must be less than {at}.out ({value.out})", f"See {_SCALING_DOC}."
            )
        case Bandwidth():
            yield from _bandwidth(value, at)


def seconds(duration: str) -> int:
    """`90s`, `10m` or `1h` in seconds."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def environment_bytes(environment: Mapping[str, str | Secret]) -> int:
    """Size of all keys and values in UTF-8."""
    return sum(len(key.encode()) + len(_value(value).encode()) for key, value in environment.items())


def _value(value: str | Secret) -> str:
    return value.value if isinstance(value, Secret) else value


def _labels(metadata: Metadata, at: str) -> Iterator[Finding]:
    for key in metadata.labels:
        if key.startswith(_RESERVED_LABELS):
            what = f"the label '{key}' of {at} is taken"
            yield Finding(
                ("labels", key), what, f"The reconciler's own: {', '.join(sorted(MARKS))}.", key=True
            )

    size = len(json.dumps(dict(metadata.labels), ensure_ascii=False).encode())
    if size > MOST_TAG_BYTES - BYTES_OF_MARKS:
        what = f"the labels of {at} are {size} bytes as JSON, {MOST_TAG_BYTES - BYTES_OF_MARKS} at most"
        advice = f"A resource has {MOST_TAG_BYTES} ({_TAGS_DOC}); the rest is for the reconciler's own."
        yield Finding(("labels",), what, advice, key=True)


def _image(image: Image, at: str) -> Iterator[Finding]:
    size = len(f"{image.repository}:{image.tag or image.digest}")
    if size > LONGEST_IMAGE:
        what = f"{at} has a name of {size} characters, with its tag or digest"
        yield Finding(("repository",), what, f"The service takes at most {LONGEST_IMAGE} ({_API}).")


def _ports(server: Server, at: str) -> Iterator[Finding]:
    for field, port in (("port", server.port), ("healthPort", server.health_port)):
        if port in PORTS_TAKEN:
            taken = listed([str(number) for number in PORTS_TAKEN])
            yield Finding(
                (field,), f"{at}.{field} cannot be {taken}", f"The service uses them itself ({_API})."
            )


def _command(server: Server, at: str) -> Iterator[Finding]:
    size = sum(len(word.encode()) for word in (*server.command, *server.entrypoint))
    if size >= MOST_COMMAND_BYTES:
        field = "command" if server.command else "entrypoint"
        what = f"command and entrypoint of {at} are {size} bytes together"
        yield Finding((field,), what, f"The service takes less than {MOST_COMMAND_BYTES} ({_API}).")


def _variables(environment: Mapping[str, str | Secret], at: str) -> Iterator[Finding]:
    for name, value in environment.items():
        yield from (
            Finding(("env", name), *wrong, key=True) for wrong in _variable(name, value, f"{at}.env.{name}")
        )
    size = environment_bytes({**environment, CONTAINER_TYPE: TRITON})
    if size >= MOST_ENVIRONMENT_BYTES:
        what = f"the variables of {at}.env are {size} bytes together, with {CONTAINER_TYPE}"
        yield Finding(
            ("env",), what, f"The service takes less than {MOST_ENVIRONMENT_BYTES} ({_API}).", key=True
        )


def _variable(name: str, value: str | Secret, at: str) -> Iterator[tuple[str, str]]:
    if not _VARIABLE_NAME.fullmatch(name) or len(name) > LONGEST_VARIABLE:
        rule = f"2 to {LONGEST_VARIABLE} letters, digits and '_', first a letter, last no '_'"
        yield f"'{name}' cannot be the name of a variable", f"Names have {rule} ({_API})."
    if name in _SERVICE_VARIABLES:
        yield f"{at} is set by the service", f"Remove it ({_VARIABLES_DOC})."
    if name == CONTAINER_TYPE and value != TRITON:
        yield f"{at} must be {TRITON}", "Remove it; the reconciler adds it."
    if isinstance(value, str) and names_a_secret(name) and may_be_secret(value):
        yield f"{at} looks like a secret in plain sight", f"Write {{{{ env.{name} }}}} in its place."


def _instance(instance: Instance, at: str) -> Iterator[Finding]:
    if meant := misspelled(instance.shape):
        what = f"{at}.shape: there is no shape '{instance.shape}'"
        yield Finding(("shape",), what, f"Did you mean '{meant}'? See {_SHAPES_DOC}.")
        return
    flexible = instance.shape.endswith(".Flex")
    given = {"ocpus": instance.ocpus, "memoryGBs": instance.memory_gbs}
    for field, number in given.items():
        if flexible and number is None:
            what = f"{at} lacks '{field}': {instance.shape} is a flexible shape"
            yield Finding((field,), what, f"See {_SHAPES_DOC}.")
        if not flexible and number is not None:
            yield Finding(
                (field,), f"{at}.{field} cannot be chosen: {instance.shape} is a fixed shape", "Remove it."
            )
    if flexible and instance.ocpus and instance.memory_gbs:
        yield from _within_shape(instance.shape, instance.ocpus, instance.memory_gbs, at)
        yield from _memory(instance.ocpus, instance.memory_gbs, at)


def _within_shape(shape: str, ocpus: float, memory_gbs: float, at: str) -> Iterator[Finding]:
    most = FLEXIBLE.get(shape)
    if most is None:
        return
    for field, number, limit in (("ocpus", ocpus, most.ocpus), ("memoryGBs", memory_gbs, most.memory_gbs)):
        if number > limit:
            what = f"{at}.{field} must be at most {limit} for {shape}, not {number:g}"
            yield Finding((field,), what, f"See {_SHAPES_DOC}.")


def _memory(ocpus: float, memory_gbs: float, at: str) -> Iterator[Finding]:
    low, high = (limit * ocpus for limit in MEMORY_PER_OCPU)
    if not low <= memory_gbs <= high:
        what = f"{at}.memoryGBs must be between {low:g} and {high:g} for {ocpus:g} OCPUs, not {memory_gbs:g}"
        yield Finding(("memoryGBs",), what, f"6 to 64 GB per OCPU ({_SHAPES_DOC}).")


def _autoscaling(scaling: Autoscaling, at: str) -> Iterator[Finding]:
    if scaling.max < scaling.min:
        yield Finding(("max",), f"{at}.max must be at least {at}.min ({scaling.min}), not {scaling.max}")
    if seconds(scaling.cool_down) < LEAST_COOL_DOWN_SECONDS:
        what = f"{at}.coolDown must be 5m or more, not {scaling.cool_down}"
        yield Finding(("coolDown",), what, f"At least {LEAST_COOL_DOWN_SECONDS} seconds ({_SCALING_DOC}).")
    if seconds(scaling.cool_down) > MOST:
        what = f"{at}.coolDown is more than {MOST} seconds: {scaling.cool_down}"
        yield Finding(("coolDown",), what, "Numbers of the API have 32 bits; take a shorter time.")


def _bandwidth(bandwidth: Bandwidth, at: str) -> Iterator[Finding]:
    if bandwidth.max is not None and not bandwidth.min <= bandwidth.max <= 2 * bandwidth.min:
        what = f"{at}.max must be between {bandwidth.min} and {2 * bandwidth.min}, not {bandwidth.max}"
        yield Finding(("max",), what, f"At most twice the minimum ({_BANDWIDTH_DOC}).")
