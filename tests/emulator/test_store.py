"""State written by an older emulator is brought up to date."""

import json
import sqlite3
from pathlib import Path

from reconciler.emulator.store import MIGRATIONS, Record, Store


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
    assert store.get("model", "m") == Record("model", "m", model, {}, "e")
    config = {"modelGroupConfigurationDetails": {"modelGroupId": "g"}}
    document = {"lifecycleState": "ACTIVE", "modelDeploymentConfigurationDetails": config}
    store.insert(Record("deployment", "d", document))
    assert store.deployments_of_group("g") == ["d"]
    members = {"memberModelDetails": [{"modelId": "m"}, {"modelId": "m", "inferenceKey": "k"}]}
    store.insert(Record("model-group", "g", {"lifecycleState": "ACTIVE", "memberModelEntries": members}))
    assert (store.groups_of_model("m"), store.groups_of_model("x")) == (["g"], [])
    store.close()
