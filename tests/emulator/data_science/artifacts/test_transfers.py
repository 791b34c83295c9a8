"""Artifacts between buckets and the catalog: export, import, and references, by the real SDK."""

import hashlib
from collections.abc import Callable
from typing import Any

import oci
import pytest
from oci.data_science import models as m

from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.lifecycle.progression import Reads, Seconds
from datascience_emulator.readings import Readings
from tests.support.emulator import Emulator, artifact
from tests.support.refusing import refused
from tests.support.storage import Storage, storage
from tests.support.waiting import wait_for

CONTENT = artifact("one")


@pytest.fixture
def store(emulator: Emulator) -> Storage:
    return storage(emulator)


@pytest.fixture
def model(store: Storage) -> str:
    return store.emulator.model(store.emulator.project())


def export(store: Storage, model: str, name: str = "a.zip", bucket: str = "b", **more: Any) -> Any:
    region = more.pop("region", "us-ashburn-1")
    source = m.ArtifactExportDetailsObjectStorage(
        namespace=store.namespace, source_bucket=bucket, source_object_name=name, source_region=region
    )
    details = m.ExportModelArtifactDetails(artifact_export_details=source)
    return store.emulator.client.export_model_artifact(model, details, **more)


def import_(store: Storage, model: str, name: str = "a.zip", bucket: str = "b") -> Any:
    target = m.ArtifactImportDetailsObjectStorage(
        namespace=store.namespace,
        destination_bucket=bucket,
        destination_object_name=name,
        destination_region="us-ashburn-1",
    )
    details = m.ImportModelArtifactDetails(artifact_import_details=target)
    return store.emulator.client.import_model_artifact(model, details)


def register(store: Storage, model: str, prefix: str | None, bucket: str = "b") -> Any:
    reference = m.OSSModelArtifactReferenceDetails(
        namespace=store.namespace, bucket_name=bucket, prefix=prefix
    )
    details = m.RegisterModelArtifactReferenceDetails(model_artifact_references=[reference])
    return store.emulator.client.register_model_artifact_reference(details, model)


def failed_with(store: Storage, response: Any) -> str:
    work = store.emulator.finished(response)
    assert work.status == "FAILED"
    (error,) = store.emulator.client.list_work_request_errors(work.id).data
    return str(error.code)


def code_of(error: pytest.ExceptionInfo[oci.exceptions.ServiceError]) -> tuple[int, str]:
    return error.value.status, error.value.code


class TestExport:
    @pytest.mark.shows("export")
    def test_an_object_becomes_the_artifact(self, store: Storage, model: str) -> None:
        store.put("a.zip", CONTENT)
        response = export(store, model)
        work = store.emulator.finished(response)
        assert (response.status, work.status, work.operation_type) == (
            202,
            "SUCCEEDED",
            "EXPORT_MODEL_ARTIFACT",
        )
        assert work.resources[0].identifier == model
        client = store.emulator.client
        assert client.get_model(model).data.lifecycle_state == "ACTIVE"
        assert client.get_model_artifact_content(model).data.content == CONTENT
        head = client.head_model_artifact(model).headers
        assert head["content-disposition"] == f"attachment; filename={model}.zip"

    def test_no_bytes_move_and_each_side_keeps_them(self, store: Storage, model: str) -> None:
        store.put("a.zip", CONTENT)
        store.emulator.finished(export(store, model))
        assert store.stored() == [hashlib.sha256(CONTENT).hexdigest()]
        store.delete("a.zip")
        client = store.emulator.client
        assert client.get_model_artifact_content(model).data.content == CONTENT
        client.delete_model(model)
        assert store.stored() == []

    def test_the_exported_model_serves(self, store: Storage) -> None:
        emulator = store.emulator
        project = emulator.project()
        model = emulator.model(project)
        store.put("a.zip", CONTENT)
        emulator.finished(export(store, model))
        deployment = emulator.create(project, model).data.id
        assert emulator.settle(deployment).lifecycle_state == "ACTIVE"
        assert emulator.predict(deployment).json()["answer"] == "one"

    @pytest.mark.shows("transfer-fails")
    def test_what_is_not_there_fails_the_work(self, store: Storage, model: str) -> None:
        assert failed_with(store, export(store, model)) == "ObjectNotFound"
        assert failed_with(store, export(store, model, bucket="absent")) == "BucketNotFound"
        assert store.emulator.client.get_model(model).data.lifecycle_state == "ACTIVE"
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            store.emulator.client.get_model_artifact_content(model)
        assert caught.value.status == 404

    def test_an_artifact_is_never_replaced(self, store: Storage) -> None:
        model = store.emulator.model(store.emulator.project(), CONTENT)
        store.put("a.zip", artifact("two"))
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            export(store, model)
        assert code_of(caught) == (409, "Conflict")

    def test_another_region(self, store: Storage, model: str) -> None:
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            export(store, model, region="eu-frankfurt-1")
        assert code_of(caught) == (400, "InvalidParameter")

    def test_a_retry_token_asks_once(self, store: Storage, model: str) -> None:
        store.put("a.zip", CONTENT)
        first = export(store, model, opc_retry_token="t").headers["opc-work-request-id"]
        store.emulator.finished(export(store, model, opc_retry_token="t"))
        listed = store.emulator.client.list_work_requests(store.emulator.compartment).data
        assert [one.id for one in listed] == [first]

    def test_if_match(self, store: Storage, model: str) -> None:
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            export(store, model, if_match="stale")
        assert code_of(caught) == (412, "NoEtagMatch")


class TestImport:
    @pytest.mark.shows("import")
    def test_the_artifact_becomes_an_object(self, store: Storage) -> None:
        model = store.emulator.model(store.emulator.project(), CONTENT)
        store.put("a.zip", b"replaced")
        work = store.emulator.finished(import_(store, model))
        assert (work.status, work.operation_type) == ("SUCCEEDED", "IMPORT_MODEL_ARTIFACT")
        assert store.content("a.zip") == CONTENT
        assert store.head("a.zip").headers["content-length"] == str(len(CONTENT))

    def test_without_an_artifact(self, store: Storage, model: str) -> None:
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            import_(store, model)
        assert code_of(caught) == (404, "NotAuthorizedOrNotFound")

    def test_into_what_is_not_there(self, store: Storage) -> None:
        model = store.emulator.model(store.emulator.project(), CONTENT)
        assert failed_with(store, import_(store, model, bucket="absent")) == "BucketNotFound"
        assert failed_with(store, import_(store, model, name="a\nb")) == "InvalidObjectName"


class TestReferences:
    @pytest.mark.shows("by-reference")
    def test_a_model_by_reference(self, store: Storage) -> None:
        emulator = store.emulator
        project = emulator.project()
        model = emulator.model(project)
        store.put("models/one/config", b"x")
        work = emulator.finished(register(store, model, "models/one/"))
        assert (work.status, work.operation_type) == ("SUCCEEDED", "REGISTER_MODEL_ARTIFACT")
        assert emulator.client.get_model(model).data.is_model_by_reference is True
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            register(store, model, "models/one/")
        assert code_of(caught) == (409, "Conflict")
        deployment = emulator.create(project, model).data.id
        assert emulator.settle(deployment).lifecycle_state == "ACTIVE"
        answer = emulator.predict(deployment)
        assert answer.status_code == 503
        assert "by reference" in answer.text

    def test_references_to_nothing(self, store: Storage, model: str) -> None:
        store.put("a")
        store.put("z")
        assert failed_with(store, register(store, model, "models/")) == "ObjectNotFound"
        assert failed_with(store, register(store, model, None, bucket="absent")) == "BucketNotFound"
        assert store.emulator.client.get_model(model).data.is_model_by_reference is False


ASK: dict[str, Callable[[Storage, str], Any]] = {
    "export_model_artifact": export,
    "import_model_artifact": import_,
    "register_model_artifact_reference": lambda store, model: register(store, model, "a"),
}


class TestMeanwhile:
    """What happens between the call and the end of its work."""

    def ask(self, store: Storage, operation: str, model: str, meanwhile: Callable[[], Any]) -> Any:
        orders = store.emulator.orders
        orders.add(Order(Fault.HOLD, operation))
        response = ASK[operation](store, model)
        wait_for(lambda: orders.held)
        meanwhile()
        orders.release()
        return response

    @pytest.mark.parametrize("operation", ASK)
    def test_the_model_is_deleted(self, store: Storage, operation: str) -> None:
        emulator = store.emulator
        content = CONTENT if operation == "import_model_artifact" else None
        model = emulator.model(emulator.project(), content)
        store.put("a.zip", b"before")
        response = self.ask(store, operation, model, lambda: emulator.client.delete_model(model))
        assert failed_with(store, response) == "NotAuthorizedOrNotFound"
        assert store.content("a.zip") == b"before"
        assert store.stored() == [hashlib.sha256(b"before").hexdigest()]

    @pytest.mark.parametrize("operation", ["export_model_artifact", "register_model_artifact_reference"])
    def test_the_model_gets_an_artifact(self, store: Storage, model: str, operation: str) -> None:
        client = store.emulator.client
        store.put("a.zip", b"another")
        response = self.ask(store, operation, model, lambda: client.create_model_artifact(model, CONTENT))
        assert failed_with(store, response) == "Conflict"
        assert client.get_model_artifact_content(model).data.content == CONTENT
        assert client.get_model(model).data.is_model_by_reference is False


def test_a_transfer_under_way_survives_a_restart(start: Callable[..., Emulator]) -> None:
    first = storage(start(Seconds(3600)))
    model = first.emulator.model(first.emulator.project())
    first.put("a.zip", CONTENT)
    work = export(first, model).headers["opc-work-request-id"]
    assert first.emulator.client.get_work_request(work).data.time_finished is None
    first.emulator.close()
    second = start()
    wait_for(lambda: second.client.get_work_request(work).data.time_finished)
    assert second.client.get_model_artifact_content(model).data.content == CONTENT


def test_an_import_over_an_object_removes_what_it_had(store: Storage) -> None:
    model = store.emulator.model(store.emulator.project(), CONTENT)
    store.put("a.zip", b"before")
    assert len(store.stored()) == 2
    assert store.emulator.finished(import_(store, model)).status == "SUCCEEDED"
    assert store.content("a.zip") == CONTENT
    assert len(store.stored()) == 1


@pytest.mark.parametrize(
    ("reading", "told"), [("409", (409, "Conflict")), ("400", (400, "InvalidParameter"))]
)
def test_how_a_second_artifact_is_refused(start: Any, reading: str, told: tuple[int, str]) -> None:
    store = storage(start(readings=Readings(second_artifact=reading)))
    model = store.emulator.model(store.emulator.project(), CONTENT)
    assert refused(export, store, model)[:2] == told
    assert refused(register, store, model, "a")[:2] == told


def test_the_log_says_nothing_that_was_not_so(store: Storage, model: str) -> None:
    work = store.emulator.finished(export(store, model, "nothing"))
    logs = store.emulator.client.list_work_request_logs(work.id).data
    assert not any("Found" in one.message or "Stored" in one.message for one in logs)
    assert "does not exist" in logs[-1].message


@pytest.mark.parametrize("how", ["get", "list"])
def test_to_read_the_model_is_to_look_at_its_transfer(start: Callable[..., Emulator], how: str) -> None:
    emulator = start(Reads(2))
    store, client = storage(emulator), emulator.client
    store.put("a.zip", CONTENT)
    model = emulator.model(emulator.project())
    export(store, model)
    records = emulator.app.state.cloud.store
    for _ in range(2):
        assert "artifact" not in records.expect("model", model).private
        client.get_model(model) if how == "get" else client.list_models(emulator.compartment)
    wait_for(lambda: "artifact" in records.expect("model", model).private)
