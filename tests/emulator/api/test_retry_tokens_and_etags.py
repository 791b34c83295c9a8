"""Retry tokens and etags in detail: how long they are valid, for whom and what, and how they are written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import oci
import pytest
from oci.data_science import models as m

from datascience_emulator.api.retry_tokens import RetryToken, recall, remember
from datascience_emulator.store.store import Record, Store
from datascience_emulator.wire.calls import Answer, Call, Caller
from datascience_emulator.wire.errors import ServiceError

DAY, THEN = 24 * 3600.0, 1_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state.sqlite")
    yield opened
    opened.close()


def test_a_retry_token_lives_for_a_day(store: Store) -> None:
    remember(store, RetryToken("t", THEN), "digest", Answer(202, {"id": "one"}, {"etag": "e"}))
    assert recall(store, RetryToken("t", THEN + DAY - 1), "digest") == Answer(
        202, {"id": "one"}, {"etag": "e"}
    )
    assert recall(store, RetryToken("t", THEN + DAY + 1), "digest") is None
    remember(store, RetryToken("t", THEN + DAY + 1), "other", Answer(204))
    assert recall(store, RetryToken("t", THEN + DAY + 2), "other") == Answer(204)


@pytest.mark.parametrize("state", ["DELETING", "DELETED"])
def test_a_retry_token_ends_with_what_it_made(store: Store, state: str) -> None:
    record = Record("model-group", "g", {"lifecycleState": "ACTIVE"})
    store.insert(record)
    remember(store, RetryToken("t", THEN), "digest", Answer(made="g"))
    assert recall(store, RetryToken("t", THEN), "digest") == Answer()
    record.document["lifecycleState"] = state
    store.save(record)
    with pytest.raises(ServiceError) as refused:
        recall(store, RetryToken("t", THEN), "digest")
    assert (refused.value.status, refused.value.code) == (409, "InvalidatedRetryToken")


def test_a_retry_token_is_one_callers_for_one_operation() -> None:
    def token(user: str, method: str, path: str) -> RetryToken | None:
        caller, headers = Caller("tenancy", user, "key", None), {"opc-retry-token": "t"}
        call = Call(caller, {}, {}, headers, None, "http://localhost", datetime.now(UTC))
        return RetryToken.of(call, method, path)

    tokens = [
        token(user, method, path)
        for user in ("one", "other")
        for method in ("POST", "PUT")
        for path in ("/projects", "/models")
    ]
    assert None not in tokens
    assert len({one.scope for one in tokens if one}) == 8


def test_a_create_repeated_after_another_operation_had_its_token(emulator: Any) -> None:
    client, compartment = emulator.client, emulator.compartment
    project = client.create_project(m.CreateProjectDetails(compartment_id=compartment), opc_retry_token="t")
    details = m.CreateModelDetails(compartment_id=compartment, project_id=project.data.id)
    assert client.create_model(details, opc_retry_token="t").data.id.startswith("ocid1.datasciencemodel.")


@pytest.mark.parametrize(("form", "status"), [("*", 200), ('"{}"', 200), ("{}", 200), ('"{}-"', 412)])
def test_how_an_etag_may_be_written(emulator: Any, form: str, status: int) -> None:
    """As RFC 9110, 13.1.1 has it, and bare, as the SDK sends it."""
    client, project = emulator.client, emulator.project()
    given = form.format(client.get_project(project).headers["etag"])
    details = m.UpdateProjectDetails(description="x")
    try:
        found = client.update_project(project, details, if_match=given).status
    except oci.exceptions.ServiceError as error:
        found = error.status
    assert found == status
