"""Pages of lists: their limits, their order, and the tokens that say where the next page begins.

Lists that are held in memory are paged here, those of the store in `api.records`, with the same tokens.
"""

import base64
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar

from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import ServiceError, invalid
from datascience_emulator.wire.json_values import Json, JsonValue, parse_json

T = TypeVar("T")
# The service does not document its default. It is small here, so that a client which does not follow pages
# notices.
_DEFAULT_LIMIT = 50
_MAX_LIMIT = 100


def list_items(
    call: Call, items: list[Json], *, default: int = _DEFAULT_LIMIT, maximum: int = _MAX_LIMIT
) -> Answer:
    """One page of a list that has only one order. A page begins at an index, so it shifts when items are
    added or removed before it.
    """
    limit = page_limit(call, default, maximum)
    _, start = page_start(call, "", "") or ("", 0)
    if not is_position(start):
        raise not_a_token()
    more = {"opc-next-page": page_token("", "", "", start + limit)} if start + limit < len(items) else {}
    return Answer(body=items[start : start + limit], headers=more)


def filtered(call: Call, items: list[Json], filters: Mapping[str, str]) -> list[Json]:
    """The items that fit the query; `filters`: query parameter → field."""
    values = {field: call.query[name] for name, field in filters.items() if name in call.query}
    return [item for item in items if all(item.get(field) == value for field, value in values.items())]


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
    limit: int | None = None,
) -> Page[Json]:
    """One page of a list, in the order that the call asks for.

    `sorts`: sort key → field, the default first. `unique`: tells apart items that are equal in that field.
    `limit`: as the call and the service's own maximum have it, where that is not the usual one.
    """
    sort, order = sort_order(call, sorts, next(iter(sorts)))

    def position(item: Json) -> tuple[str, str]:
        return str(item.get(sorts[sort], "")), unique(item)

    return page_of(call, items, position, (sort, order), limit or page_limit(call))


def page_of(
    call: Call, items: list[T], position: Callable[[T], tuple[str, str]], order: tuple[str, str], limit: int
) -> Page[T]:
    """One page of a list in a given order: `position` is what the items are sorted by, different for each;
    `order` is the caller's name for that, and ASC or DESC. The next page begins after the last item of this
    one, even if items were added or removed meanwhile.
    """
    after, descending = page_start(call, *order), order[1] == "DESC"
    if after is not None and not all(isinstance(part, str) for part in after):
        raise not_a_token()
    rest = sorted(items, key=position, reverse=descending)
    if after is not None:
        rest = [item for item in rest if (position(item) < after if descending else position(item) > after)]
    page, left = rest[:limit], max(0, len(rest) - limit)
    return Page(page, {"opc-next-page": page_token(*order, *position(page[-1]))} if left else {}, left)


def page_limit(call: Call, default: int = _DEFAULT_LIMIT, maximum: int = _MAX_LIMIT) -> int:
    text = call.query.get("limit", str(default))
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= maximum:
        raise invalid(f"limit: must be 1 to {maximum}, is {text!r}")
    return int(text)


def sort_order(call: Call, sorts: Collection[str], default: str) -> tuple[str, str]:
    """sortBy and sortOrder of the call. By default, times are sorted newest first and everything else A to Z
    (SDK docstrings).
    """
    sort = _choice(call, "sortBy", sorts, default)
    default_order = "DESC" if sort.lower().startswith("time") else "ASC"
    return sort, _choice(call, "sortOrder", ("ASC", "DESC"), default_order)


def _choice(call: Call, name: str, allowed: Collection[str], default: str) -> str:
    value = call.query.get(name, default)
    if value not in allowed:
        raise invalid(f"{name}: must be one of {', '.join(allowed)}, is {value!r}")
    return value


# -- tokens


def page_token(sort: str, order: str, key: JsonValue, last: JsonValue) -> str:
    """Says where the next page begins: after `key` in this order, and after `last` where keys are equal."""
    return base64.urlsafe_b64encode(json.dumps([sort, order, key, last]).encode()).decode()


def page_start(call: Call, sort: str, order: str) -> tuple[Any, Any] | None:
    """The `key` and `last` of the call's page token, None for the first page. Their types depend on the
    list, so the caller must check them.
    """
    token = call.query.get("page")
    if not token:
        return None
    try:
        token_sort, token_order, key, last = parse_json(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise not_a_token() from error
    if (token_sort, token_order) != (sort, order):
        raise invalid("page: the token belongs to a list with another order")
    return key, last


def not_a_token() -> ServiceError:
    return invalid("page: not a token that opc-next-page gave")


def is_position(value: JsonValue) -> bool:
    """Whether it is a whole number that SQLite can hold."""
    return type(value) is int and 0 <= value < 2**63
