"""How orders for faults are written down: as JSON (over HTTP) and as text (on the command line)."""

from collections.abc import Collection
from fnmatch import filter as matching
from typing import Any

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.wire.errors import ServiceError, invalid
from datascience_emulator.wire.json_values import Json, JsonValue
from datascience_emulator.wire.schema import Parser, integer, number, one_of, record, text

_MAX_TIMES, MAX_SECONDS = 1_000_000, 3600


def parser(operations: Collection[str]) -> Parser:
    """The parser of one order. `operations`: all names; a pattern has to match at least one of them."""

    def known(order: Any, where: str) -> Any:
        pattern = order.get("operation", "*")
        if not matching(operations, pattern):
            raise invalid(
                f"operation: {pattern!r} matches none of the operations; they are called as the methods of "
                "the SDK, such as update_model_deployment, list_* or predict"
            )
        if order.get("lasts") and "times" in order:
            raise invalid("lasts: not together with times; either ends it")
        if "limit" in order and order["fault"] != Fault.LIMIT_EXCEEDED:
            raise invalid(f"limit: only for {Fault.LIMIT_EXCEEDED}")
        return order

    return record(
        {"fault": one_of(*Fault)},
        {
            "operation": text(maximum=255),
            "deployment": text(maximum=255),
            "times": integer(0, _MAX_TIMES),
            "probability": number(0, 1),
            "seconds": number(0, MAX_SECONDS),
            "lasts": number(0, MAX_SECONDS),
            "limit": text(maximum=100, pattern="[a-z0-9-]+", hint="the name of a service limit"),
        },
        known,
    )


def from_json(body: JsonValue, operations: Collection[str]) -> Order:
    """Raises a ServiceError 400."""
    fields = parser(operations)(body, "")
    return Order(**fields | {"fault": Fault(fields["fault"])})


def to_json(order: Order) -> Json:
    """Fault, operation and end always, the other fields only where they differ from the default."""
    default = Order(order.fault)
    more = {name: getattr(order, name) for name in ("deployment", "probability", "seconds", "limit")}
    changed = {name: value for name, value in more.items() if value != getattr(default, name)}
    end: Json = {"lasts": order.lasts} if order.lasts else {"times": order.times}
    return {"fault": order.fault, "operation": order.operation, **end, **changed}


def from_text(spec: str, operations: Collection[str]) -> Order:
    """`FAULT[,operation=PATTERN][,times=N|,lasts=S][,probability=P][,seconds=S][,deployment=OCID]
    [,limit=NAME]`.

    Raises ValueError, which says what is allowed.
    """
    fault, *pairs = spec.split(",")
    try:
        return from_json({"fault": fault, **dict(_pair(pair) for pair in pairs)}, operations)
    except ServiceError as error:
        raise ValueError(f"fault {spec!r}: {error.message}") from error


def _pair(text: str) -> tuple[str, JsonValue]:
    name, _, value = text.partition("=")
    if name not in ("operation", "deployment", "times", "lasts", "probability", "seconds", "limit"):
        raise invalid(
            f"{name!r}: only operation, deployment, times, lasts, probability, seconds and limit can be set"
        )
    try:
        match name:
            case "times":
                return name, int(value)
            case "probability" | "seconds" | "lasts":
                return name, float(value)
    except ValueError as error:
        raise invalid(f"{name}: must be a number, is {value!r}") from error
    return name, value
