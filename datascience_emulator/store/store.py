"""The store: all records in one SQLite file. It has no rules of the service.

A record is a JSON document, which clients see, with a private part, which they do not. SQLite computes the
columns that lists filter and sort by from the documents, so that they cannot differ. All calls come from one
thread, and none awaits anything, so a `transaction()` block is atomic for readers too.

Journal: WAL with synchronous=NORMAL. What was committed survives the death of the process at any instant. A
power cut may lose the last moments, which a local emulator can afford; a full sync for every step of every
work request would be too slow.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from datascience_emulator.store.migrations import MIGRATIONS
from datascience_emulator.wire.json_values import Json

Kind = Literal[
    "project",
    "model",
    "metadata-artifact",
    "signature",
    "version-set",
    "model-group",
    "group-history",
    "deployment",
    "private-endpoint",
    "compute-target",
    "work-request",
    "compartment",
    "log-group",
    "log",
    "image",
    "bucket",
    "object",
    "upload",
    "upload-part",
]


class StoreError(Exception):
    """state.sqlite cannot be used; the message says what to do."""


@dataclass(slots=True)
class Record:
    """One resource or work request. `etag` changes with each `Store.save`."""

    kind: Kind
    id: str
    document: Json
    private: Json = field(default_factory=dict)
    etag: str = ""

    @property
    def state(self) -> str:
        """Empty for records without states, such as objects in buckets."""
        return str(self.document.get("lifecycleState") or self.document.get("status") or "")


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer that was given to a retry token."""

    digest: str
    resource: str | None
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a list. `column`: a field of the document, or a column."""

    column: str
    descending: bool = True


class Store:
    def __init__(self, path: Path, *, synced: bool = True) -> None:
        """Not `synced`: never waits for the disk, for state that may be lost in a power cut."""
        # It is opened by the thread that starts the server, and then used by the one that runs it: never by
        # two at once.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {'NORMAL' if synced else 'OFF'}")
            self._migrate(path)
        except sqlite3.Error as error:
            raise StoreError(
                f"{path}: not usable as the emulator's state ({error}); "
                "put back a copy, remove it to begin anew, or start with another --home"
            ) from error

    def _migrate(self, path: Path) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{path}: written by a newer emulator (schema {version}, this one knows {len(MIGRATIONS)}); "
                "upgrade the package, or start with another --home"
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Must not contain an `await`."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # -- records

    def insert(self, record: Record) -> None:
        record.etag = str(uuid.uuid4())
        self._db.execute(
            "INSERT INTO resources (id, kind, etag, document, private) VALUES (?, ?, ?, ?, ?)",
            (record.id, record.kind, record.etag, json.dumps(record.document), json.dumps(record.private)),
        )

    def save(self, record: Record) -> None:
        record.etag = str(uuid.uuid4())
        self._db.execute(
            "UPDATE resources SET etag = ?, document = ?, private = ? WHERE id = ?",
            (record.etag, json.dumps(record.document), json.dumps(record.private), record.id),
        )

    def remove(self, record: Record) -> None:
        """Delete it completely. Records that clients may still read are saved as DELETED instead."""
        self._db.execute("DELETE FROM resources WHERE id = ?", (record.id,))

    def get(self, kind: Kind, resource_id: str) -> Record | None:
        records = self.select("kind = ? AND id = ?", (kind, resource_id))
        return records[0] if records else None

    def expect(self, kind: Kind, resource_id: str) -> Record:
        """As `get`, for a record that must exist. Raises LookupError."""
        record = self.get(kind, resource_id)
        if record is None:
            raise LookupError(f"the store has lost {kind} {resource_id}")
        return record

    def in_states(self, kind: Kind, states: Sequence[str]) -> list[Record]:
        """Records of `kind` in one of the `states`, oldest first."""
        marks = ",".join("?" * len(states))
        return self.select(f"kind = ? AND state IN ({marks}) ORDER BY seq", (kind, *states))

    def count_owned(self, kind: Kind, parent: str) -> int:
        """How many records of `kind` under `parent` are not deleted."""
        query = "SELECT count(*) FROM resources WHERE kind = ? AND parent = ? AND state <> 'DELETED'"
        (count,) = self._db.execute(query, (kind, parent)).fetchone()
        return int(count)

    def count_in_compartment(self, compartment: str) -> int:
        """How many records are directly in it and not deleted, without work requests."""
        query = (
            "SELECT count(*) FROM resources WHERE compartment = ? AND kind <> 'work-request' "
            "AND coalesce(state, '') <> 'DELETED'"
        )
        (count,) = self._db.execute(query, (compartment,)).fetchone()
        return int(count)

    def every(self, kind: Kind) -> list[Record]:
        """All records of `kind`, deleted ones too, oldest first."""
        return self.select("kind = ? ORDER BY seq", (kind,))

    def owned(self, kind: Kind, parent: str) -> list[Record]:
        """Records of `kind` under `parent` that are not deleted, oldest first."""
        condition = "kind = ? AND parent = ? AND coalesce(state, '') <> 'DELETED' ORDER BY seq"
        return self.select(condition, (kind, parent))

    def blob_used(self, sha256: str) -> bool:
        query = "SELECT 1 FROM resources WHERE blob = ? AND coalesce(state, '') <> 'DELETED' LIMIT 1"
        return self._db.execute(query, (sha256,)).fetchone() is not None

    def page(
        self,
        kind: Kind,
        filters: Mapping[str, str],
        sort: Sort,
        after: tuple[Any, int] | None,
        limit: int,
    ) -> list[tuple[tuple[Any, int], Record]]:
        """At most `limit` records after the position `after`, each with its position.

        `filters` and `sort` name fields of the document, or columns (`compartment`, `state`, `parent`,
        `name`). They have to be constants of this package, never text from a client.
        """
        where: list[str] = ["kind = ?"]
        values: list[str] = [kind]
        for name, value in filters.items():
            where.append(f"{_column(name)} = ?")
            values.append(value)
        key, (order, sign) = _sort_key(sort.column), ("DESC", "<") if sort.descending else ("ASC", ">")
        bounds: tuple[Any, ...] = ()
        if after is not None:
            where.append(f"({key}, seq) {sign} (?, ?)")
            bounds = after
        condition = f"{' AND '.join(where)} ORDER BY {key} {order}, seq {order} LIMIT ?"
        return self._rows(condition, (*values, *bounds, limit), key)

    def between(self, kind: Kind, start: str, end: str, limit: int) -> list[Record]:
        """At most `limit` records of `kind` whose id is `start` or later and before `end`, in byte order."""
        # The plus makes SQLite use the index of ids, which already has this order.
        return self.select("+kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?", (kind, start, end, limit))

    def measure(self, kind: Kind, start: str, end: str) -> tuple[int, int]:
        """How many records `between` would find, and the sum of their sizes."""
        query = (
            "SELECT count(*), coalesce(sum(json_extract(document, '$.size')), 0) FROM resources "
            "WHERE +kind = ? AND id >= ? AND id < ?"
        )
        count, size = self._db.execute(query, (kind, start, end)).fetchone()
        return int(count), int(size)

    def select(self, condition: str, values: Sequence[Any]) -> list[Record]:
        """Records that fulfil a WHERE clause. `condition` has to be a constant of this package; only `values`
        may come from a client.
        """
        return [record for _, record in self._rows(condition, values, "seq")]

    def _rows(self, condition: str, values: Sequence[Any], sort: str) -> list[tuple[tuple[Any, int], Record]]:
        query = f"SELECT {sort}, seq, kind, id, document, private, etag FROM resources WHERE {condition}"  # noqa: S608 (constants)
        return [
            ((key, seq), Record(kind, rid, json.loads(document), json.loads(private), etag))
            for key, seq, kind, rid, document, private, etag in self._db.execute(query, values)
        ]

    # -- keys, values and retry tokens

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row and str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def public_key(self, key_id: str) -> str | None:
        row = self._db.execute("SELECT public_key FROM api_keys WHERE key_id = ?", (key_id,)).fetchone()
        return row and str(row[0])

    def register_key(self, key_id: str, public_key: str) -> None:
        """Make it the only key. Older ones are removed, as they may have got lost to others."""
        self._db.execute("DELETE FROM api_keys")
        self._db.execute("INSERT INTO api_keys VALUES (?, ?)", (key_id, public_key))

    def replay(self, scope: str, not_before: float) -> Replay | None:
        """The answer to this token, if it was given after `not_before` (seconds since the epoch)."""
        self._db.execute("DELETE FROM retry_tokens WHERE time < ?", (not_before,))
        query = "SELECT digest, resource, status, headers, body FROM retry_tokens WHERE scope = ?"
        row = self._db.execute(query, (scope,)).fetchone()
        return row and Replay(row[0], row[1], row[2], json.loads(row[3]), row[4])

    def remember(self, scope: str, time: float, replay: Replay) -> None:
        self._db.execute(
            "INSERT INTO retry_tokens VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                scope,
                replay.digest,
                time,
                replay.resource,
                replay.status,
                json.dumps(dict(replay.headers)),
                replay.body,
            ),
        )

    def state_of(self, resource_id: str) -> str | None:
        row = self._db.execute("SELECT state FROM resources WHERE id = ?", (resource_id,)).fetchone()
        return row and str(row[0])


def _column(name: str) -> str:
    if name.startswith("$."):  # a field of the document that has the same name as a column
        return f"json_extract(document, '{name}')"
    if name in {"id", "seq", "compartment", "state", "parent", "name"}:
        return name
    return f"json_extract(document, '$.{name}')"


def _sort_key(name: str) -> str:
    return "seq" if name == "seq" else f"coalesce({_column(name)}, '')"
