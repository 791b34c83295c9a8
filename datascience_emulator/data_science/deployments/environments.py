"""What requests about model deployments may say about the container and its environment, and the limits.

Pure, as `documents`. Field lists: OCI SDK 2.189, `oci/data_science/models`; limits: sources beside them.
"""

import re
from typing import Any

from datascience_emulator.data_science.deployments import endpoints
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.json_values import JsonValue
from datascience_emulator.wire.schema import (
    ANYTHING,
    Parser,
    checked,
    integer,
    mapping,
    ocid,
    one_of,
    record,
    sequence,
    tagged,
    text,
)

# Set by the service, and cannot be overridden (data-science/using/mod-dep-byoc-variables.htm).
_RESERVED = {
    "MODEL_DEPLOYMENT_OCID",
    "MODEL_SERVING_PYTHON_VERSION",
    "TENANCY_OCID",
    "CONTAINER_CUSTOM_IMAGE",
}
# How long a deployment's servers may take to start, and the most that can be set (docs/service.md §2.2).
# UNVERIFIED: that the call refuses more.
_TIMEOUT = "DEPLOYMENT_TIMEOUT_IN_MINUTES"
_MAX_MINUTES = 240
_ENV_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}[A-Za-z0-9]")
_TEXT_LIMIT = (
    2048  # bytes, exclusive; environment variables in all, and cmd + entrypoint in all (SDK docstrings)
)
_PORT = integer(1024, 65535, excluded=frozenset({24224, 8446, 8447}))


def _legal_variables(variables: dict[str, str], where: str) -> dict[str, str]:
    for key in variables:
        if not _ENV_KEY.fullmatch(key):
            raise invalid(
                f"{where}: {key!r} is not a legal key: 2 to 31 letters, digits and underscores, "
                "a letter first, no underscore last"
            )
        if key in _RESERVED:
            raise invalid(f"{where}: {key} is set by the service and cannot be overridden")
    _check_minutes(variables.get(_TIMEOUT, "1"), f"{where}.{_TIMEOUT}")
    _check_endpoints(variables.get(endpoints.VARIABLE, "[]"), f"{where}.{endpoints.VARIABLE}")
    size = sum(len(f"{key}{value}".encode()) for key, value in variables.items())
    if size >= _TEXT_LIMIT:
        raise invalid(f"{where}: keys and values must be under {_TEXT_LIMIT} bytes in all, are {size}")
    return variables


def _check_minutes(text: str, where: str) -> None:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,9})?", text, re.ASCII) or not 0 < float(text) <= _MAX_MINUTES:
        raise invalid(f"{where}: must be a number of minutes over 0 and up to {_MAX_MINUTES}, is {text!r}")


def _check_endpoints(text: str, where: str) -> None:
    try:
        endpoints.from_variable(text)
    except ValueError as error:
        raise invalid(f"{where}: {error}") from error


def _read_only(value: JsonValue, where: str) -> JsonValue:
    if value:
        raise invalid(f"{where}: is read-only")
    return value


def _command_size(value: dict[str, Any], where: str) -> dict[str, Any]:
    size = sum(len(part.encode()) for part in (*value.get("cmd", ()), *value.get("entrypoint", ())))
    if size >= _TEXT_LIMIT:
        raise invalid(f"{where}: cmd and entrypoint must be under {_TEXT_LIMIT} bytes together, are {size}")
    return value


_endpoint = record(
    {
        "endpointUriSuffix": text(maximum=255),
        "httpMethods": sequence(one_of("GET", "POST", "PUT", "DELETE"), minimum=1, maximum=4),
    },
    {},
)


def _distinct_suffixes(value: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    suffixes = [endpoint["endpointUriSuffix"].strip("/") for endpoint in value]
    again = sorted({suffix for suffix in suffixes if suffixes.count(suffix) > 1})
    if again:
        raise invalid(f"{where}: endpointUriSuffix must be unique, these are not: {', '.join(again)}")
    return value


variables = checked(mapping(text()), _legal_variables)
_ENV: dict[str, Parser] = {
    "environmentVariables": variables,
    "defaultEnvironmentVariables": checked(ANYTHING, _read_only),
}
_IMAGE: dict[str, Parser] = {
    "image": text(maximum=2048, pattern=r"[^\s/]+/\S+", hint="REGISTRY/NAME[:TAG][@DIGEST]")
}
_CONTAINER: dict[str, Parser] = {
    "imageDigest": text(pattern=r"(sha256:[0-9a-f]{64})?", hint="sha256: and 64 hexadecimal digits"),
    "imageSignatureId": ocid(),
    "cmd": sequence(text()),
    "entrypoint": sequence(text()),
    "serverPort": _PORT,
    "healthCheckPort": _PORT,
    "predictApiSpecification": text(maximum=255),
    "customHttpEndpoints": checked(sequence(_endpoint, maximum=15), _distinct_suffixes),
    **_ENV,
}


def _environments(required: dict[str, Parser], optional: dict[str, Parser]) -> Parser:
    container = record(required, {**optional, **_CONTAINER}, _command_size)
    return tagged("environmentConfigurationType", {"DEFAULT": record({}, _ENV), "OCIR_CONTAINER": container})


# The SDK says of the image: "optional while using service managed open source foundation model". The emulator
# has none of those.
created = _environments(_IMAGE, {})
updated = _environments({}, _IMAGE)
