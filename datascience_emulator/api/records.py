"""Between calls and the store: the record that a call names, the call's conditions, and lists of records.

No rule of a resource lives here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from datascience_emulator.store.store import Kind, Record, Sort, Store
from datascience_emulator.wire.calls import Call, require_query
from datascience_emulator.wire.errors import etag_mismatch, incorrect_state, not_found
from datascience_emulator.wire.pages import (
    is_position,
    not_a_token,
    page_limit,
    page_start,
    page_token,
    sort_order,
)


def find(store: Store, kind: Kind, resource_id: str) -> Record:
    record = store.get(kind, resource_id)
    if record is None:
        raise not_found()
    return record


def find_to_change(store: Store, kind: Kind, call: Call, *states: str) -> Record:
    """The record that the path names, if it is not deleted, `if-match` fits, and it is in one of the `states`
    (any, when none is given).
    """
    record = find(store, kind, call.params["id"])
    if record.state == "DELETED":
        raise not_found()
    check_etag(record, call)
    if states:
        require(record, *states)
    return record


# What messages call a kind of record, where that is not its name with spaces.
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
    if call.headers.get("if-match") not in (None, "*", record.etag, f'"{record.etag}"'):
        raise etag_mismatch(record.id)


def etag(record: Record) -> dict[str, str]:
    return {"etag": record.etag}


# -- lists


@dataclass(frozen=True, slots=True)
class Listing:
    """How records of one kind are listed: query parameter → column, and sort key → column."""

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
    """One page of records with its headers. opc-next-page is there only when there is more.

    `within`: further filters, from the path: column → value.
    """
    filters = {"compartment": require_query(call, "compartmentId"), **(within or {})}
    filters |= {column: call.query[name] for name, column in listing.filters.items() if name in call.query}
    sort, order = sort_order(call, listing.sorts, listing.default_sort)
    limit = page_limit(call)
    after = page_start(call, sort, order)
    if after is not None and not (
        (isinstance(after[0], str) or is_position(after[0])) and is_position(after[1])
    ):
        raise not_a_token()
    rows = store.page(listing.kind, filters, Sort(listing.sorts[sort], order == "DESC"), after, limit + 1)
    more = {"opc-next-page": page_token(sort, order, *rows[limit - 1][0])} if len(rows) > limit else {}
    return [record for _, record in rows[:limit]], more
