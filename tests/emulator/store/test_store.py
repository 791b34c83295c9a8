"""The store: states of older emulators are migrated, and transactions are done whole or not at all."""

import asyncio
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.data_science.deployments.document_parts import compute_target_id
from datascience_emulator.store.blobs import Blobs
from datascience_emulator.store.migrations import MIGRATIONS
from datascience_emulator.store.store import Record, Store
from datascience_emulator.store.uses import (
    deployments_of_model_group,
    deployments_that_name,
    model_groups_of_model,
)


def test_a_state_from_before_model_groups(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    old = sqlite3.connect(path)
    old.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1;")
    columns = "(id, kind, etag, document, private)"
    model = {"id": "m", "lifecycleState": "ACTIVE"}
    old.execute(f"INSERT INTO resources {columns} VALUES ('m', 'model', 'e', ?, '{{}}')", [json.dumps(model)])
    old.commit()
    old.close()

    store = Store(path)
    tagged = {**model, "freeformTags": {}, "definedTags": {}}
    assert store.get("model", "m") == Record("model", "m", tagged, {}, "e")
    config = {"modelGroupConfigurationDetails": {"modelGroupId": "g"}}
    document = {"lifecycleState": "ACTIVE", "modelDeploymentConfigurationDetails": config}
    store.insert(Record("deployment", "d", document))
    assert deployments_of_model_group(store, "g") == ["d"]
    members = {"memberModelDetails": [{"modelId": "m"}, {"modelId": "m", "inferenceKey": "k"}]}
    store.insert(Record("model-group", "g", {"lifecycleState": "ACTIVE", "memberModelEntries": members}))
    assert (model_groups_of_model(store, "m"), model_groups_of_model(store, "x")) == (["g"], [])
    store.close()


def test_tags_are_there_in_a_state_from_before_they_always_were(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    old = sqlite3.connect(path)
    for script in MIGRATIONS[:3]:
        old.executescript(script)
    old.executescript("PRAGMA user_version = 3;")
    some = {"freeformTags": {"a": "b"}}
    for kind, document in (("project", some), ("deployment", {}), ("bucket", {}), ("work-request", {})):
        values = (kind, kind, "e", json.dumps(document), "{}")
        old.execute(
            "INSERT INTO resources (id, kind, etag, document, private) VALUES (?, ?, ?, ?, ?)", values
        )
    old.commit()
    old.close()

    store = Store(path)
    assert store.expect("project", "project").document == {**some, "definedTags": {}, "systemTags": {}}
    assert store.expect("deployment", "deployment").document == {"freeformTags": {}, "definedTags": {}}
    assert store.expect("bucket", "bucket").document == store.expect("work-request", "work-request").document
    store.close()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("DELETE FROM retry_tokens WHERE time < 1", "retry_tokens_aged"),
        (
            "SELECT id FROM resources WHERE kind = 'deployment' "
            "AND json_extract(document, '$.categoryLogDetails') IS NOT NULL",
            "resources_logged",
        ),
    ],
)
def test_what_every_call_asks_is_found_without_a_scan(tmp_path: Path, query: str, index: str) -> None:
    path = tmp_path / "state.sqlite"
    Store(path).close()
    database = sqlite3.connect(path)
    (plan,) = database.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    database.close()
    assert f"INDEX {index}" in plan[3], plan


def test_who_is_at_a_place_and_who_only_names_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")

    def document(place: str | None, **more: str) -> dict[str, Any]:
        infrastructure = {"computeTargetId": place} if place else {}
        config = {"infrastructureConfigurationDetails": infrastructure}
        return {"lifecycleState": "ACTIVE", "modelDeploymentConfigurationDetails": config, **more}

    store.insert(Record("deployment", "there", document("t")))
    store.insert(Record("deployment", "on its way", document("other"), {"target": document("t")}))
    store.insert(Record("deployment", "named so", document("other", displayName="t")))
    store.insert(Record("deployment", "gone", document("t") | {"lifecycleState": "DELETED"}))
    assert deployments_that_name(store, "t", compute_target_id) == ["there", "on its way"]
    store.close()


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")
    with store.transaction():
        store.insert(Record("model", "kept", {}))
    with pytest.raises(ZeroDivisionError):
        break_off(store)
    assert [one.id for one in store.every("model")] == ["kept"]
    assert store.meta("lost") is None
    store.close()


def break_off(store: Store) -> None:
    with store.transaction():
        store.insert(Record("model", "lost", {}))
        store.set_meta("lost", "x")
        raise ZeroDivisionError


@pytest.mark.parametrize(("synced", "times"), [(True, 1), (False, 0)])
def test_only_what_is_to_be_kept_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: bool, times: int
) -> None:
    store = Store(tmp_path / "state.sqlite", synced=synced)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (times,)  # 1: NORMAL
    store.close()
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", waited.append)
    with Blobs(tmp_path / "blobs", synced=synced).incoming() as incoming:
        incoming.write(b"x")
        asyncio.run(incoming.flush())
    assert len(waited) == times
