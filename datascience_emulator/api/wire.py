"""The values between HTTP and the rules: a call that was verified, the answer to it, and how names and times
look.

No HTTP library here, and no rule of a resource.
"""

import base64
import json
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar

from datascience_emulator.api.jsons import Json, JsonValue, parse_json
from datascience_emulator.api.signature import Caller
from datascience_emulator.errors import (
    ServiceError,
    etag_mismatch,
    incorrect_state,
    invalid,
    missing,
    not_found,
)
from datascience_emulator.store.store import Kind, Record, Store

T = TypeVar("T")
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


def find_to_change(store: Store, kind: Kind, call: Call, *states: str) -> Record:
    """The record named in the path, if it still exists, `if-match` fits, and it is in one of the `states`,
    where any are named. Tombstones can only be read.
    """
    record = find(store, kind, call.params["id"])
    if record.state == "DELETED":
        raise not_found()
    check_etag(record, call)
    if states:
        require(record, *states)
    return record


# As refusals call a kind, where that is not its name with spaces.
_NOUNS: Mapping[Kind, str] = {
    "deployment": "model deployment",
    "group-history": "model group version history",
    "version-set": "model version set",
}


def require(record: Record, *states: str) -> None:
    if record.state not in states:
        noun = _NOUNS.get(record.kind, record.kind.replace("-", " "))
        raise incorrect_state(f"The {noun} {record.id}", record.state, " or ".join(states))


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
    filters = {"compartment": require_query(call, "compartmentId"), **(within or {})}
    filters |= {column: call.query[name] for name, column in listing.filters.items() if name in call.query}
    sort, order = _order(call, listing.sorts, listing.default_sort)
    limit = page_limit(call)
    after = _after(call, sort, order)
    if after is not None and not (_is_place(after[0]) and _is_position(after[1])):
        raise _no_token()
    rows = store.page(listing.kind, filters, listing.sorts[sort], order == "DESC", after, limit + 1)
    more = {"opc-next-page": _encode(sort, order, *rows[limit - 1][0])} if len(rows) > limit else {}
    return [record for _, record in rows[:limit]], more


def list_items(
    call: Call, items: list[Json], *, default: int = _DEFAULT_LIMIT, maximum: int = _MAX_LIMIT
) -> Answer:
    """One page of a list that is held in memory and has one order. A page begins at a number: what comes in
    before it meanwhile shifts the rest.
    """
    limit = page_limit(call, default, maximum)
    _, start = _after(call, "", "") or ("", 0)
    if not _is_position(start):
        raise _no_token()
    more = {"opc-next-page": _encode("", "", "", start + limit)} if start + limit < len(items) else {}
    return Answer(body=items[start : start + limit], headers=more)


def filtered(call: Call, items: list[Json], filters: Mapping[str, str]) -> list[Json]:
    """Those that fit the query; `filters`: query parameter → field."""
    wanted = {field: call.query[name] for name, field in filters.items() if name in call.query}
    return [item for item in items if all(item.get(field) == value for field, value in wanted.items())]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list with its headers. `left`: how many items come after it."""

    items: list[T]
    headers: dict[str, str]
    left: int


def sorted_items(
    call: Call,
    items: list[Json],
    sorts: Mapping[str, str],
    *,
    unique: Callable[[Json], str] = itemgetter("id"),
    default: int = _DEFAULT_LIMIT,
    maximum: int = _MAX_LIMIT,
) -> Page[Json]:
    """One page of a list that is held in memory, in the order asked for.

    `sorts`: sort key → field, the default first. `unique`: what tells apart items that are equal in that
    field.
    """
    sort, order = _order(call, sorts, next(iter(sorts)))

    def place(item: Json) -> tuple[str, str]:
        return str(item.get(sorts[sort], "")), unique(item)

    return page_of(call, items, place, (sort, order), page_limit(call, default, maximum))


def page_of(
    call: Call, items: list[T], place: Callable[[T], tuple[str, str]], order: tuple[str, str], limit: int
) -> Page[T]:
    """`place`: what the items are sorted by, unique to each. `order`: what the caller calls that, and ASC or
    DESC. The next page begins after the last item of this one, whatever has been added or removed.
    """
    after, descending = _after(call, *order), order[1] == "DESC"
    if after is not None and not all(isinstance(part, str) for part in after):
        raise _no_token()
    rest = sorted(items, key=place, reverse=descending)
    if after is not None:
        rest = [item for item in rest if (place(item) < after if descending else place(item) > after)]
    page, left = rest[:limit], max(0, len(rest) - limit)
    return Page(page, {"opc-next-page": _encode(*order, *place(page[-1]))} if left else {}, left)


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


def _order(call: Call, sorts: Mapping[str, str], default: str) -> tuple[str, str]:
    """sortBy and sortOrder: times newest first, the others A to Z, unless told otherwise (SDK docstrings)."""
    sort = _choice(call, "sortBy", sorts, default)
    default_order = "DESC" if sort.lower().startswith("time") else "ASC"
    return sort, _choice(call, "sortOrder", ("ASC", "DESC"), default_order)


def _choice(call: Call, name: str, allowed: Collection[str], default: str) -> str:
    value = call.query.get(name, default)
    if value not in allowed:
        raise invalid(f"{name}: must be one of {', '.join(allowed)}, is {value!r}")
    return value


def _encode(sort: str, order: str, key: JsonValue, last: JsonValue) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, order, key, last]).encode()).decode()


def _after(call: Call, sort: str, order: str) -> tuple[Any, Any] | None:
    """Where the page asked for begins, as `_encode` was told; None at the start. Whose list it is of, and so
    of what types the two are, is left to the caller to check.
    """
    token = call.query.get("page")
    if not token:
        return None
    try:
        token_sort, token_order, key, last = parse_json(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise _no_token() from error
    if (token_sort, token_order) != (sort, order):
        raise invalid("page: the token belongs to a list with another order")
    return key, last


def _no_token() -> ServiceError:
    return invalid("page: not a token that opc-next-page gave")


def _is_place(value: JsonValue) -> bool:
    return isinstance(value, str) or _is_position(value)


def _is_position(value: JsonValue) -> bool:
    """A whole number that SQLite can hold."""
    return type(value) is int and 0 <= value < 2**63
