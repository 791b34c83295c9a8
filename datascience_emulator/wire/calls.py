"""A request whose signature holds, and the answer to it. Values only: no HTTP library, no store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from datascience_emulator.wire.errors import invalid, missing
from datascience_emulator.wire.images import ImageMissing, ImageReference


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed: an API key of a user, or a session of one, whose `key_id` is then the token's id.

    `body_sha256` (base64) is what the body must hash to, when it was signed.
    """

    tenancy: str
    user: str
    key_id: str
    body_sha256: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """One request whose signature holds. `base` is the URL that the caller reached us at, without a path.
    `images`: what real registries said of the images that the request is about.
    """

    caller: Caller
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    base: str
    now: datetime
    images: Mapping[ImageReference, str | ImageMissing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and what the answer sets in motion once it is committed.

    `work`: the work request to start. `made`: the resource that a retry token stands for. `seen`: resources
    that the client has now looked at. `freed`: content (SHA-256) that nobody may need any more.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    work: str | None = None
    made: str | None = None
    seen: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()


def require_query(call: Call, name: str) -> str:
    value = call.query.get(name)
    if not value:
        raise missing(f"query parameter {name}: required")
    return value


def query_flag(call: Call, name: str) -> bool | None:
    """A query parameter that is true or false, in any case of letters; None when it was not sent."""
    text = call.query.get(name, "").lower()
    if name in call.query and text not in ("true", "false"):
        raise invalid(f"{name}: must be true or false, is {call.query[name]!r}")
    return text == "true" if name in call.query else None


def whole_tenancy(call: Call, compartment: str) -> bool:
    """Whether the call asks for everything below `compartment`, which has to be the tenancy then."""
    subtree = query_flag(call, "compartmentIdInSubtree")
    if subtree and compartment != call.caller.tenancy:
        raise invalid("compartmentIdInSubtree: can only be true for the tenancy")
    return bool(subtree)
