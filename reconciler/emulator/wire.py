"""The values between HTTP and the rules: a call that was verified, the answer to it, and how names and times
look.

No HTTP library here, and no rule of a resource.
"""

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .errors import etag_mismatch, invalid, missing, not_found
from .jsons import Json, JsonValue, parse_json
from .signature import Caller
from .store import Kind, Record, Store

PREFIX = "/20190101"
# The service's default page size is not documented; small enough that a client which does not follow pages is
# found out.
_DEFAULT_LIMIT = 50
_MAX_LIMIT = 100
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Call:
    """One request whose signature holds. `base` is the URL that the caller reached us at, without a path."""

    caller: Caller
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    base: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and what the answer sets in motion once it is committed.

    `work`: work requests to start. `made`: the resource that a retry token stands for. `seen`: resources that
    the client has now looked at. `freed`: content (SHA-256) that nobody may need any more.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    work: str | None = None
    made: str | None = None
    seen: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()


def new_ocid(kind: str, region: str) -> str:
    """`kind` as in `datasciencemodel`; `region` empty for what is global (users, tenancies, compartments)."""
    unique = "".join(secrets.choice(_ALPHABET) for _ in range(60))
    key = {"us-ashburn-1": "iad", "us-phoenix-1": "phx"}.get(region, region)
    return f"ocid1.{kind}.oc1.{key}.{unique}"


def timestamp(moment: datetime) -> str:
    """RFC 3339 with microseconds, as the service prints it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def request_id(given: str | None) -> str:
    """The caller's id (or one made up), followed by two of our own."""
    first = re.sub(r"[^A-Za-z0-9_.-]", "", (given or "").split("/")[0])[:64]
    return "/".join(
        (first or secrets.token_hex(16).upper(), secrets.token_hex(16).upper(), secrets.token_hex(16).upper())
    )


def find(store: Store, kind: Kind, resource_id: str) -> Record:
    record = store.get(kind, resource_id)
    if record is None:
        raise not_found()
    return record


def find_to_change(store: Store, kind: Kind, call: Call) -> Record:
    """The record named in the path, if it still exists and `if-match` fits. Tombstones can only be read."""
    record = find(store, kind, call.params["id"])
    if record.state == "DELETED":
        raise not_found()
    check_etag(record, call)
    return record


def check_etag(record: Record, call: Call) -> None:
    wanted = call.headers.get("if-match")
    if wanted not in (None, "*", record.etag, f'"{record.etag}"'):
        raise etag_mismatch(record.id)


def etag(record: Record) -> dict[str, str]:
    return {"etag": record.etag}


# -- lists


@dataclass(frozen=True, slots=True)
class Listing:
    """How one kind is listed: query parameter → column, and sort key → column."""

    kind: Kind
    filters: Mapping[str, str]
    sorts: Mapping[str, str]
    default_sort: str = "timeCreated"

    @property
    def query(self) -> tuple[str, ...]:
        return ("compartmentId", *self.filters, "limit", "page", "sortBy", "sortOrder")


def list_records(
    store: Store, call: Call, listing: Listing, within: Mapping[str, str] | None = None
) -> tuple[list[Record], dict[str, str]]:
    """One page of records with its headers. Bare arrays; opc-next-page only when there is more.

    `within`: what the path adds to the query, column → value.
    """
    # Any number of filters, though the SDK's text allows "only one parameter other than compartmentId": other
    # clients of the service send several, so we are lax (docs/service.md §0.2).
    filters = {"compartment": require_query(call, "compartmentId"), **(within or {})}
    filters |= {column: call.query[name] for name, column in listing.filters.items() if name in call.query}
    sort = _choice(call, "sortBy", listing.sorts, listing.default_sort)
    default_order = "DESC" if sort.startswith("time") else "ASC"
    order = _choice(call, "sortOrder", {"ASC": "", "DESC": ""}, default_order)
    limit = page_limit(call)
    after = _decode(call.query.get("page"), sort, order)
    rows = store.page(listing.kind, filters, listing.sorts[sort], order == "DESC", after, limit + 1)
    more = {"opc-next-page": _encode(sort, order, *rows[limit - 1][0])} if len(rows) > limit else {}
    return [record for _, record in rows[:limit]], more


def list_items(
    call: Call, items: list[Json], *, default: int = _DEFAULT_LIMIT, maximum: int = _MAX_LIMIT
) -> Answer:
    """One page of a list that is held in memory."""
    limit = page_limit(call, default, maximum)
    _, start = _decode(call.query.get("page"), "", "") or ("", 0)
    more = {"opc-next-page": _encode("", "", "", start + limit)} if start + limit < len(items) else {}
    return Answer(body=items[start : start + limit], headers=more)


def require_query(call: Call, name: str) -> str:
    value = call.query.get(name)
    if not value:
        raise missing(f"query parameter {name}: required")
    return value


def page_limit(call: Call, default: int = _DEFAULT_LIMIT, maximum: int = _MAX_LIMIT) -> int:
    text = call.query.get("limit", str(default))
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= maximum:
        raise invalid(f"limit: must be 1 to {maximum}, is {text!r}")
    return int(text)


def _choice(call: Call, name: str, allowed: Mapping[str, str], default: str) -> str:
    value = call.query.get(name, default)
    if value not in allowed:
        raise invalid(f"{name}: must be one of {', '.join(allowed)}, is {value!r}")
    return value


def _encode(sort: str, order: str, key: JsonValue, position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, order, key, position]).encode()).decode()


def _decode(token: str | None, sort: str, order: str) -> tuple[Any, int] | None:
    if not token:
        return None
    try:
        token_sort, token_order, key, position = parse_json(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise invalid("page: not a token that opc-next-page gave") from error
    if not _is_position(position) or not (isinstance(key, str) or _is_position(key)):
        raise invalid("page: not a token that opc-next-page gave")
    if (token_sort, token_order) != (sort, order):
        raise invalid("page: the token belongs to a list with another order")
    return key, position


def _is_position(value: JsonValue) -> bool:
    """A whole number that SQLite can hold."""
    return type(value) is int and 0 <= value < 2**63
