"""The options of tritonserver and the kind of value of each, as `tritonserver --help` of 2.51.0 lists them.

A test holds this table against the real binary.
"""

from enum import StrEnum

RELEASE = "2.51"


class Takes(StrEnum):
    """What follows the name of an option."""

    NOTHING = "nothing"
    BOOLEAN = "a boolean"
    INTEGER = "a whole number"
    TEXT = "a text"


_NOTHING = ("help", "disable-auto-complete-config")

_BOOLEANS = (
    *("log-info", "log-warning", "log-error", "exit-on-error", "strict-readiness", "model-namespacing"),
    *("enable-peer-access", "allow-http", "reuse-http-port", "allow-grpc", "reuse-grpc-port", "grpc-use-ssl"),
    *("grpc-use-ssl-mutual", "grpc-keepalive-permit-without-calls", "allow-sagemaker", "allow-vertex-ai"),
    *("allow-metrics", "allow-gpu-metrics", "allow-cpu-metrics", "strict-model-config"),
)

_INTEGERS = (
    *("exit-timeout-secs", "log-verbose", "repository-poll-secs", "model-load-thread-count"),
    *("model-load-retry-count", "http-port", "http-thread-count", "grpc-port"),
    *("grpc-infer-allocation-pool-size", "grpc-keepalive-time", "grpc-keepalive-timeout"),
    *("grpc-http2-max-pings-without-data", "grpc-http2-min-recv-ping-interval-without-data"),
    *("grpc-http2-max-ping-strikes", "grpc-max-connection-age", "grpc-max-connection-age-grace"),
    *("sagemaker-port", "sagemaker-thread-count", "vertex-ai-port", "vertex-ai-thread-count", "metrics-port"),
    *("pinned-memory-pool-byte-size", "buffer-manager-thread-count", "response-cache-byte-size"),
    *("trace-rate", "trace-count", "trace-log-frequency"),
)

_TEXTS = (
    *("id", "log-format", "log-file", "model-store", "model-repository", "model-control-mode", "load-model"),
    *("model-config-name", "http-address", "http-header-forward-pattern", "http-restricted-api"),
    *("grpc-address", "grpc-header-forward-pattern", "grpc-server-cert", "grpc-server-key", "grpc-root-cert"),
    *("grpc-infer-response-compression-level", "grpc-restricted-protocol", "sagemaker-safe-port-range"),
    *("vertex-ai-default-model", "metrics-address", "metrics-interval-ms", "metrics-config", "trace-config"),
    *("backend-directory", "backend-config", "repoagent-directory", "cache-config", "cache-directory"),
    *("rate-limit", "rate-limit-resource", "cuda-memory-pool-byte-size", "cuda-virtual-address-size"),
    *("min-supported-compute-capability", "host-policy", "model-load-gpu-limit", "trace-file", "trace-level"),
)

OPTIONS: dict[str, Takes] = {
    **dict.fromkeys(_NOTHING, Takes.NOTHING),
    **dict.fromkeys(_BOOLEANS, Takes.BOOLEAN),
    **dict.fromkeys(_INTEGERS, Takes.INTEGER),
    **dict.fromkeys(_TEXTS, Takes.TEXT),
}
