"""Whether a tritonserver, by its options, starts to listen where the service asks it for its health.

A server of this machine gets a port and an address of its own in place of those that the command says, so
what the command says has to be judged by itself. The rules are Triton's (release 24.10,
`src/command_line_parser.cc`: `ParseOption`, `CheckPortCollision`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from datascience_emulator.triton.command_line.options import Option, last
from datascience_emulator.triton.values import ServerFailed

DEFAULT_HTTP_PORT = 8000
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 (what an option says; nothing listens there)
EVERYWHERE = frozenset({ANY_ADDRESS, "0", "::", "ipv6:::"})
BOOLEANS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
INTEGER = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+")


DIGITS, INT_MIN, INT_MAX = 100, -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of the protocols of Triton: its name in the options, and what holds without them."""

    option: str
    port: int
    on: bool
    label: str


HTTP = Endpoint("http", DEFAULT_HTTP_PORT, True, "HTTP")
ENDPOINTS = (
    HTTP,
    Endpoint("grpc", 8001, True, "GRPC"),
    Endpoint("metrics", 8002, True, "metrics"),
    Endpoint("sagemaker", 8080, False, "SageMaker"),
    Endpoint("vertex-ai", 8080, False, "Vertex AI"),
)


def refuse_unreachable(options: Sequence[Option], server_port: int, health_port: int) -> None:
    """Refuse a Triton that does not start over its ports, or that the service would never find healthy."""
    listening = list(enabled(options))
    for first, second in combinations(listening, 2):
        refuse_same(options, first, second)
    if HTTP not in listening:
        raise ServerFailed(
            f"--allow-http={last(options, '--allow-http')} turns off the only protocol that the service "
            "speaks, so the deployment would never become healthy: leave --allow-http out of the command"
        )
    address = address_of(options, HTTP)
    if address not in EVERYWHERE:  # UNVERIFIED: that the service asks from outside of the container
        raise ServerFailed(
            f"Triton listens on the address {address} alone, where the service does not ask, so it would "
            "never become healthy: leave --http-address out of the command"
        )
    refuse_other_port(port_of(options, HTTP), server_port, health_port)


def refuse_other_port(listens: int, server_port: int, health_port: int) -> None:
    if listens != server_port:
        raise ServerFailed(
            f"Triton listens on port {listens} and the deployment's server port is {server_port}, "
            f"so it would never become healthy: set the server port to {listens}, "
            f"or --http-port={server_port} in the command"
        )
    if listens != health_port:
        raise ServerFailed(
            f"Triton tells its health on port {listens} and the deployment's health check port is "
            f"{health_port}, so it would never become healthy: leave the health check port out"
        )


def enabled(options: Sequence[Option]) -> Iterator[Endpoint]:
    for endpoint in ENDPOINTS:
        on = [
            boolean(option.value or "") for option in options if option.name == f"--allow-{endpoint.option}"
        ]
        port_of(options, endpoint)
        if [endpoint.on, *on][-1]:
            yield endpoint


def refuse_same(options: Sequence[Option], first: Endpoint, second: Endpoint) -> None:
    port, address = port_of(options, first), address_of(options, first)
    if (port, address) == (port_of(options, second), address_of(options, second)):
        raise ServerFailed(
            f"The server cannot listen to {first.label} requests and {second.label} requests at the same "
            f"address and port {address}:{port}: give one of them another port in the command"
        )


def port_of(options: Sequence[Option], endpoint: Endpoint) -> int:
    name = f"--{endpoint.option}-port"
    ports = [integer(option.value or "") for option in options if option.name == name]
    return [endpoint.port, *ports][-1]


def address_of(options: Sequence[Option], endpoint: Endpoint) -> str:
    """The metrics are where HTTP is, unless they have an address of their own."""
    http = last(options, "--http-address") or ANY_ADDRESS
    usual = http if endpoint.option in ("http", "metrics") else ANY_ADDRESS
    return last(options, f"--{endpoint.option}-address") or usual


def boolean(value: str) -> bool:
    if value.lower() not in BOOLEANS:
        raise ServerFailed(f"invalid value for bool option: {value}")
    return BOOLEANS[value.lower()]


def integer(value: str) -> int:
    if not INTEGER.fullmatch(value):
        raise ServerFailed(f"Invalid option value. Got {value}")
    if len(value) > DIGITS or not INT_MIN <= int(value) <= INT_MAX:
        raise ServerFailed(f"Provided option value is out of bound. Got {value}")
    return int(value)
