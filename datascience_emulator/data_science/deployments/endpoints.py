"""Custom endpoints: the paths of its container that a deployment opens to callers, beside `/predict` itself.

Pure. They lie below `/predict/` and `/predictWithResponseStream/`, up to 15 suffixes, with `{}` for any one
segment (Oracle's samples, model-deployment/multiple_inference_endpoints: README.md;
supported_endpoints/frameworks/openai/README.md). UNVERIFIED: that the paths of an API framework take every
method, and what MODEL_DEPLOY_CUSTOM_ENDPOINTS means in detail: Oracle's AI application samples use it, but no
page describes it. Here, an entry with `"streaming": true` is reached only by the streaming prefix, and any
other only by `/predict/`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from datascience_emulator.data_science.deployments.document_parts import environment
from datascience_emulator.wire.json_values import Json, JsonValue, parse_json

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
    """`prefixes`: PREDICT, STREAM or both, depending on how it is reached."""

    suffix: str
    methods: tuple[str, ...]
    prefixes: tuple[str, ...] = (PREDICT, STREAM)


def methods_of(document: Json, prefix: str, suffix: str) -> frozenset[str]:
    """The methods that the deployment opens for `suffix` below `prefix`; none when it does not open it.
    `suffix` is percent-encoded, as in the URL.
    """
    return frozenset(
        method
        for endpoint in declared(document)
        if prefix in endpoint.prefixes and _fits(endpoint.suffix, suffix)
        for method in endpoint.methods
    )


def declared(document: Json) -> Iterator[Endpoint]:
    container = environment(document)
    if container.get("predictApiSpecification", "").lower() == "openai":
        yield from (Endpoint(suffix, METHODS) for suffix in _OPENAI)
    for entry in container.get("customHttpEndpoints", ()):
        yield Endpoint(entry["endpointUriSuffix"], tuple(entry["httpMethods"]))
    yield from from_variable(container.get("environmentVariables", {}).get(VARIABLE, "[]"))


def from_variable(text: str) -> list[Endpoint]:
    """What MODEL_DEPLOY_CUSTOM_ENDPOINTS says. Raises ValueError."""
    value = parse_json(text.encode())
    if not isinstance(value, list) or len(value) > MAX_ENDPOINTS:
        raise ValueError(f"must be a JSON list of at most {MAX_ENDPOINTS} endpoints")
    return [_from_entry(entry) for entry in value]


def _from_entry(entry: JsonValue) -> Endpoint:
    match entry:
        case {"endpointURI": str(suffix), "httpMethods": [_, *_] as methods}:
            if all(method in METHODS for method in methods):
                prefix = STREAM if entry.get("streaming") is True else PREDICT
                return Endpoint(suffix, tuple(methods), (prefix,))
    raise ValueError(f'{entry!r} is not {{"endpointURI": "/path", "httpMethods": ["POST"]}}')


def _fits(pattern: str, suffix: str) -> bool:
    patterns = pattern.removeprefix("/").split("/")
    segments = [unquote(segment) for segment in suffix.split("/")]
    return len(patterns) == len(segments) and all(map(_segment_fits, patterns, segments))


def _segment_fits(pattern: str, segment: str) -> bool:
    """What `{}` stands for must not lead out of its segment."""
    return segment == pattern or (pattern == "{}" and segment not in ("", ".", "..") and "/" not in segment)
