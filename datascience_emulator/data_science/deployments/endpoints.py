"""The paths of its container that a deployment opens to callers, beside the one that /predict is mapped to.

Pure. Sources: Oracle's samples, model-deployment/multiple_inference_endpoints (README.md;
supported_endpoints/frameworks/openai/README.md): below `/predict/` and `/predictWithResponseStream/`, up to
15 suffixes, `{}` for one segment. UNVERIFIED: that the paths of an API framework take every method; and what
MODEL_DEPLOY_CUSTOM_ENDPOINTS means in detail (it is seen in Oracle's AI application samples, no page
describes it): an entry with `"streaming": true` is taken to be reached by the streaming prefix alone, any
other by `/predict/` alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from datascience_emulator.data_science.deployments.parts import environment
from datascience_emulator.wire.jsons import Json, JsonValue, parse_json

VARIABLE = "MODEL_DEPLOY_CUSTOM_ENDPOINTS"
PREDICT, STREAM = "predict", "predictWithResponseStream"
METHODS = ("GET", "POST", "PUT", "DELETE")
MAX_ENDPOINTS = 15
_OPENAI = (
    "/v1/models",
    "/v1/completions",
    "/v1/chat/completions",
    "/v1/edits",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/images/variations",
    "/v1/embeddings",
    "/v1/audio/transcriptions",
    "/v1/audio/translations",
    "/v1/files",
    "/v1/fine-tunes",
    "/v1/moderations",
    "/v1/responses",
    "/tokenize",
    "/detokenize",
    "/version",
    "/start_profile",
    "/stop_profile",
    "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter",
    "/metrics",
    "/chat_tokenize",
    "/generate",
    "/generate_stream",
    "/info",
    "/invocations",
    "/v1/responses/{}",
    "/v1/responses/{}/cancel",
    "/v1/responses/{}/input_items",
    "/v1/messages",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`prefixes`: which of PREDICT and STREAM it is reached by."""

    suffix: str
    methods: tuple[str, ...]
    prefixes: tuple[str, ...] = (PREDICT, STREAM)


def methods_of(document: Json, prefix: str, suffix: str) -> frozenset[str]:
    """The methods by which `suffix`, as it stands percent-encoded in the URL, is open below `prefix`: none at
    all when no endpoint of the deployment fits.
    """
    fitting = (one for one in declared(document) if prefix in one.prefixes and _fits(one.suffix, suffix))
    return frozenset(method for one in fitting for method in one.methods)


def declared(document: Json) -> Iterator[Endpoint]:
    container = environment(document)
    if container.get("predictApiSpecification", "").lower() == "openai":
        yield from (Endpoint(suffix, METHODS) for suffix in _OPENAI)
    for one in container.get("customHttpEndpoints", ()):
        yield Endpoint(one["endpointUriSuffix"], tuple(one["httpMethods"]))
    yield from from_variable(container.get("environmentVariables", {}).get(VARIABLE, "[]"))


def from_variable(text: str) -> list[Endpoint]:
    """What MODEL_DEPLOY_CUSTOM_ENDPOINTS says. Raises ValueError."""
    value = parse_json(text.encode())
    if not isinstance(value, list) or len(value) > MAX_ENDPOINTS:
        raise ValueError(f"must be a JSON list of at most {MAX_ENDPOINTS} endpoints")
    return [_from_entry(one) for one in value]


def _from_entry(one: JsonValue) -> Endpoint:
    match one:
        case {"endpointURI": str(suffix), "httpMethods": [_, *_] as methods}:
            if all(method in METHODS for method in methods):
                prefix = STREAM if one.get("streaming") is True else PREDICT
                return Endpoint(suffix, tuple(methods), (prefix,))
    raise ValueError(f'{one!r} is not {{"endpointURI": "/path", "httpMethods": ["POST"]}}')


def _fits(pattern: str, suffix: str) -> bool:
    wanted = pattern.removeprefix("/").split("/")
    given = [unquote(segment) for segment in suffix.split("/")]
    return len(wanted) == len(given) and all(map(_segment_fits, wanted, given))


def _segment_fits(wanted: str, given: str) -> bool:
    """Nothing that a wildcard takes may lead out of its segment."""
    return given == wanted or (wanted == "{}" and given not in ("", ".", "..") and "/" not in given)
