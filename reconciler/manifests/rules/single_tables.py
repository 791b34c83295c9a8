"""Rules for one table of a manifest at a time: values that must fit together, and limits of the service that
are better heard now than from a failed work request.

The form of each single value is checked before, by `schema.reader`. Each message names where the limit comes
from.
"""

import json
import re
from collections.abc import Iterator, Mapping

from reconciler.core.model.configuration import CONTAINER_TYPE, TRITON, Secret
from reconciler.core.model.findings import Finding
from reconciler.core.model.live import LONGEST_TAG, MARKS, MOST_TAG_BYTES, Marks, join_tags
from reconciler.core.privacy.credential_patterns import may_be_secret, names_a_secret
from reconciler.manifests.declarations.image import ManifestBuild, ManifestImage
from reconciler.manifests.declarations.instance_and_scaling import (
    ManifestAutoscaling,
    ManifestBandwidth,
    ManifestInstance,
    ManifestNetwork,
    ManifestThresholds,
)
from reconciler.manifests.declarations.model_deployment import ManifestMetadata, ManifestServer
from reconciler.manifests.declarations.rollout import ManifestPolicy, ManifestProbe
from reconciler.manifests.rules import instance_and_scaling, rollout
from reconciler.manifests.rules.image_build import check_build
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.manifests.wording import listed

PORTS_TAKEN = (8446, 8447, 24224)
MOST_ENVIRONMENT_BYTES = 2048
MOST_COMMAND_BYTES = 2048
LONGEST_VARIABLE = 31
LONGEST_IMAGE = 2048
MOST_DEFINED_TAGS = 64
LONGEST_OWNER = 63
LONGEST_NAME = 200
LONGEST_REVISION = 64 + len("-dirty")
"""Characters: a SHA-256 of git, and what tells of changes that are not in it."""

_DIGEST = "0" * 64
_LARGEST_MARKS = Marks(
    owner="o" * LONGEST_OWNER,
    name="n" * LONGEST_NAME,
    applied=_DIGEST,
    revision="r" * LONGEST_REVISION,
    failed=_DIGEST,
    failed_why="w" * LONGEST_TAG,
)
BYTES_OF_MARKS = len(json.dumps([dict(join_tags((), _LARGEST_MARKS)), {}]))
"""The most that the reconciler's own tags take, with the JSON around them and around the others."""

_API = "Data Science API: OcirModelDeploymentEnvironmentConfigurationDetails"
_TAGS_DOC = "OCI documentation: Limits on Tags"
_VARIABLES_DOC = "OCI documentation: Model Deployments, environment variables of own containers"

_SERVICE_VARIABLES = frozenset(
    {"MODEL_DEPLOYMENT_OCID", "MODEL_SERVING_PYTHON_VERSION", "TENANCY_OCID", "CONTAINER_CUSTOM_IMAGE"}
)
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*[A-Za-z0-9]")
_RESERVED_LABELS = "reconciler-"


def check_table(table: ReadTable) -> Iterator[Finding]:
    """What is wrong with a table whose single values are well formed."""
    match table.value:
        case ManifestMetadata() as metadata:
            yield from _labels(metadata, table)
            yield from _tags(metadata, table)
        case ManifestImage() as image:
            yield from _image(image, table)
        case ManifestBuild() as build:
            yield from check_build(build, table)
        case ManifestServer() as server:
            yield from _ports(server, table)
            yield from _command(server, table)
            yield from _variables(server.env, table)
        case ManifestInstance() as instance:
            yield from instance_and_scaling.check_instance(instance, table)
        case ManifestAutoscaling() as scaling:
            yield from instance_and_scaling.check_autoscaling(scaling, table)
        case ManifestThresholds() as thresholds:
            yield from instance_and_scaling.check_thresholds(thresholds, table)
        case ManifestBandwidth() as bandwidth:
            yield from instance_and_scaling.check_bandwidth(bandwidth, table)
        case ManifestNetwork() as network:
            yield from instance_and_scaling.check_network(network, table)
        case ManifestProbe() as probe:
            yield from rollout.check_probe(probe, table)
        case ManifestPolicy() as policy:
            yield from rollout.check_policy(policy, table)


def _labels(metadata: ManifestMetadata, table: ReadTable) -> Iterator[Finding]:
    for key in metadata.labels:
        if key.startswith(_RESERVED_LABELS):
            what = f"the label '{key}' of {table.at} is reserved"
            advice = f"The reconciler sets these itself: {', '.join(sorted(MARKS))}."
            yield table.finding_at_key(("labels", key), what, advice)


def _tags(metadata: ManifestMetadata, table: ReadTable) -> Iterator[Finding]:
    count = sum(len(tags) for tags in metadata.defined_tags.values())
    if count > MOST_DEFINED_TAGS:
        what = f"{table.at} has {count} defined tags, {MOST_DEFINED_TAGS} at most"
        yield table.finding_at_key(("definedTags",), what, f"A resource has no more ({_TAGS_DOC}).")
    fields = {"labels": metadata.labels, "definedTags": metadata.defined_tags}
    tags = {name: held for name, held in fields.items() if held}
    size = sum(len(json.dumps(held, ensure_ascii=False).encode()) for held in tags.values())
    most = MOST_TAG_BYTES - BYTES_OF_MARKS
    if size > most:
        what = f"{' and '.join(tags)} of {table.at} are {size} bytes as JSON, {most} at most"
        advice = f"A resource has {MOST_TAG_BYTES} for all tags ({_TAGS_DOC}); the reconciler needs the rest."
        yield table.finding_at_key((next(iter(tags)),), what, advice)


def _image(image: ManifestImage, table: ReadTable) -> Iterator[Finding]:
    size = len(f"{image.repository}:{image.tag or image.digest}")
    if size > LONGEST_IMAGE:
        what = f"{table.at} has a name of {size} characters, with its tag or digest"
        yield table.finding(("repository",), what, f"The service takes at most {LONGEST_IMAGE} ({_API}).")


def _ports(server: ManifestServer, table: ReadTable) -> Iterator[Finding]:
    for field, port in (("port", server.port), ("healthPort", server.health_port)):
        if port in PORTS_TAKEN:
            what = f"{table.at}.{field} cannot be {listed([str(number) for number in PORTS_TAKEN])}"
            yield table.finding((field,), what, f"The service uses them itself ({_API}).")


def _command(server: ManifestServer, table: ReadTable) -> Iterator[Finding]:
    size = sum(len(word.encode()) for word in (*server.command, *server.entrypoint))
    if size >= MOST_COMMAND_BYTES:
        field = "command" if server.command else "entrypoint"
        what = f"command and entrypoint of {table.at} are {size} bytes together"
        yield table.finding((field,), what, f"The service takes less than {MOST_COMMAND_BYTES} ({_API}).")


def _variables(environment: Mapping[str, str | Secret], table: ReadTable) -> Iterator[Finding]:
    for name, value in environment.items():
        for what, advice in _variable(name, value, f"{table.at}.env.{name}"):
            yield table.finding_at_key(("env", name), what, advice)
    # Secrets count nothing: nobody shall learn how long one is. The service judges the whole.
    texts = {name: value for name, value in environment.items() if isinstance(value, str)}
    texts[CONTAINER_TYPE] = TRITON
    size = sum(len(word.encode()) for word in (*{**environment, **texts}, *texts.values()))
    if size >= MOST_ENVIRONMENT_BYTES:
        what = f"the variables of {table.at}.env are {size} bytes together, with {CONTAINER_TYPE}"
        advice = f"The service takes less than {MOST_ENVIRONMENT_BYTES} ({_API})."
        yield table.finding_at_key(("env",), what, advice)


def _variable(name: str, value: str | Secret, at: str) -> Iterator[tuple[str, str]]:
    if not _VARIABLE_NAME.fullmatch(name) or len(name) > LONGEST_VARIABLE:
        rule = f"2 to {LONGEST_VARIABLE} letters, digits and '_'; the first is a letter, the last is not '_'"
        yield f"'{name}' cannot be the name of a variable", f"Names have {rule} ({_API})."
    if name in _SERVICE_VARIABLES:
        yield f"{at} is set by the service", f"Remove it ({_VARIABLES_DOC})."
    if name == CONTAINER_TYPE and value != TRITON:
        yield f"{at} must be {TRITON}", "Remove it; the reconciler adds it."
    if isinstance(value, str) and names_a_secret(name) and may_be_secret(value) and "{{" not in value:
        yield f"{at} looks like a secret in plain sight", f"Write {{{{ env.{name} }}}} in its place."
