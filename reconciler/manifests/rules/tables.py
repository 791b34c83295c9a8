"""Rules that tie values together, and limits of the service that are cheaper to hear now than from a failed
work request.

Small pure functions over what was read; each message names the limit's source. Form alone is the shapes'
business.
"""

import json
import re
from collections.abc import Iterator, Mapping

from reconciler.core.model.configuration import CONTAINER_TYPE, Secret
from reconciler.core.model.live import MARKS
from reconciler.core.privacy.credentials import may_be_secret, names_a_secret
from reconciler.manifests.declarations.capacity import (
    ManifestAutoscaling,
    ManifestBandwidth,
    ManifestInstance,
    ManifestNetwork,
    Thresholds,
)
from reconciler.manifests.declarations.model_deployment import Image, Metadata, Server
from reconciler.manifests.declarations.rollout import ManifestPolicy, ManifestProbe
from reconciler.manifests.rules import capacity as capacity_checks
from reconciler.manifests.rules import rollout as rollout_checks
from reconciler.manifests.rules.finding import Finding
from reconciler.manifests.schema.words import listed

TRITON = "TRITON"

PORTS_TAKEN = (8446, 8447, 24224)
MOST_ENVIRONMENT_BYTES = 2048
MOST_COMMAND_BYTES = 2048
LONGEST_VARIABLE = 31
LONGEST_IMAGE = 2048
MOST_DEFINED_TAGS = 64
MOST_TAG_BYTES = 5 * 1024
BYTES_OF_MARKS = 640
"""What the reconciler's own tags may come to, and what JSON needs around them."""

_API = "Data Science API: OcirModelDeploymentEnvironmentConfigurationDetails"
_TAGS_DOC = "OCI documentation: Limits on Tags"
_VARIABLES_DOC = "OCI documentation: Model Deployments, environment variables of own containers"

_SERVICE_VARIABLES = frozenset(
    {"MODEL_DEPLOYMENT_OCID", "MODEL_SERVING_PYTHON_VERSION", "TENANCY_OCID", "CONTAINER_CUSTOM_IMAGE"}
)
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*[A-Za-z0-9]")
_RESERVED_LABELS = "reconciler-"


def findings(value: object, at: str) -> Iterator[Finding]:
    """What is wrong with a table that was read; `at` is its place, for messages."""
    match value:
        case Metadata():
            yield from _labels(value, at)
            yield from _tags(value, at)
        case Image():
            yield from _image(value, at)
        case Server():
            yield from _ports(value, at)
            yield from _command(value, at)
            yield from _variables(value.env, at)
        case ManifestInstance():
            yield from capacity_checks.instance(value, at)
        case ManifestAutoscaling():
            yield from capacity_checks.autoscaling(value, at)
        case Thresholds():
            yield from capacity_checks.thresholds(value, at)
        case ManifestBandwidth():
            yield from capacity_checks.bandwidth(value, at)
        case ManifestNetwork():
            yield from capacity_checks.network(value, at)
        case ManifestProbe():
            yield from rollout_checks.probe(value, at)
        case ManifestPolicy():
            yield from rollout_checks.policy(value, at)


def environment_bytes(environment: Mapping[str, str | Secret]) -> int:
    """Size of all keys and values in UTF-8. Secrets count nothing: nobody learns how long one is, and the
    service judges the whole.
    """
    return sum(len(key.encode()) + _bytes(value) for key, value in environment.items())


def _bytes(value: str | Secret) -> int:
    return 0 if isinstance(value, Secret) else len(value.encode())


def _labels(metadata: Metadata, at: str) -> Iterator[Finding]:
    for key in metadata.labels:
        if key.startswith(_RESERVED_LABELS):
            what = f"the label '{key}' of {at} is taken"
            yield Finding(
                ("labels", key), what, f"The reconciler's own: {', '.join(sorted(MARKS))}.", key=True
            )


def _tags(metadata: Metadata, at: str) -> Iterator[Finding]:
    count = sum(len(tags) for tags in metadata.defined_tags.values())
    if count > MOST_DEFINED_TAGS:
        what = f"{at} has {count} defined tags, {MOST_DEFINED_TAGS} at most"
        yield Finding(("definedTags",), what, f"A resource has no more ({_TAGS_DOC}).", key=True)
    fields = {"labels": metadata.labels, "definedTags": metadata.defined_tags}
    given = {name: held for name, held in fields.items() if held}
    size = sum(len(json.dumps(held, ensure_ascii=False).encode()) for held in given.values())
    most = MOST_TAG_BYTES - BYTES_OF_MARKS
    if size > most:
        what = f"{' and '.join(given)} of {at} are {size} bytes as JSON, {most} at most"
        advice = f"A resource has {MOST_TAG_BYTES} ({_TAGS_DOC}); the rest is for the reconciler's own."
        yield Finding((next(iter(given)),), what, advice, key=True)


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
    if isinstance(value, str) and names_a_secret(name) and may_be_secret(value) and "{{" not in value:
        yield f"{at} looks like a secret in plain sight", f"Write {{{{ env.{name} }}}} in its place."
