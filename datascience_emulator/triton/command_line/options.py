"""The options of tritonserver 2.51, as its `--help` lists them, and how it finds one by a part of its name.

It reads its words by `getopt_long` (https://github.com/triton-inference-server/server, release 24.10,
`src/command_line_parser.cc`): the beginning of a name is enough where only one option begins so, and of an
option that is given twice the last one counts. It must not judge what the options say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datascience_emulator.triton.values import ServerFailed

WITHOUT_VALUE = frozenset({"--help", "--disable-auto-complete-config"})
WITH_VALUE = """
    id exit-timeout-secs log-verbose log-info log-warning log-error log-format log-file model-store
    model-repository exit-on-error strict-readiness model-control-mode repository-poll-secs load-model
    model-config-name model-load-thread-count model-load-retry-count model-namespacing enable-peer-access
    allow-http http-address http-port reuse-http-port http-header-forward-pattern http-thread-count
    http-restricted-api allow-grpc grpc-address grpc-port reuse-grpc-port grpc-header-forward-pattern
    grpc-infer-allocation-pool-size grpc-use-ssl grpc-use-ssl-mutual grpc-server-cert grpc-server-key
    grpc-root-cert grpc-infer-response-compression-level grpc-keepalive-time grpc-keepalive-timeout
    grpc-keepalive-permit-without-calls grpc-http2-max-pings-without-data
    grpc-http2-min-recv-ping-interval-without-data grpc-http2-max-ping-strikes grpc-max-connection-age
    grpc-max-connection-age-grace grpc-restricted-protocol allow-sagemaker sagemaker-port
    sagemaker-safe-port-range sagemaker-thread-count allow-vertex-ai vertex-ai-port vertex-ai-thread-count
    vertex-ai-default-model allow-metrics allow-gpu-metrics allow-cpu-metrics metrics-address metrics-port
    metrics-interval-ms metrics-config trace-config backend-directory backend-config repoagent-directory
    cache-config cache-directory rate-limit rate-limit-resource pinned-memory-pool-byte-size
    cuda-memory-pool-byte-size cuda-virtual-address-size min-supported-compute-capability
    buffer-manager-thread-count host-policy model-load-gpu-limit strict-model-config
    response-cache-byte-size trace-file trace-level trace-rate trace-count trace-log-frequency
"""
NAMES = WITHOUT_VALUE | {f"--{name}" for name in WITH_VALUE.split()}


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    value: str | None


def parse(arguments: Sequence[str]) -> Iterator[Option]:
    """Options in both spellings, `--name=value` and `--name value`, by their whole names. What the server
    does not know is left as it is written, for the server to refuse.
    """
    words = iter(arguments)
    for word in words:
        written, equals, value = word.partition("=")
        if not written.startswith("--"):
            raise ServerFailed(f"cmd: {word!r} is not an option of tritonserver; options start with '--'")
        name = whole(written)
        if equals:
            yield Option(name, value)
        elif name in WITHOUT_VALUE or name not in NAMES:
            yield Option(name, None)
        else:
            yield Option(name, value_of(name, words))


def whole(written: str) -> str:
    meant = {written} & NAMES or {name for name in NAMES if name.startswith(written)}
    return meant.pop() if len(meant) == 1 else written


def value_of(name: str, words: Iterator[str]) -> str:
    value = next(words, None)
    if value is None:
        raise ServerFailed(f"cmd: option '{name}' requires an argument")
    return value


def last(options: Sequence[Option], name: str) -> str | None:
    """The value that counts, if any."""
    return next((option.value for option in reversed(options) if option.name == name), None)
